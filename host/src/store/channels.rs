//! Channels: which version of a plugin is deployed under a name, and how it came there.

use std::collections::BTreeMap;

use semver::Version;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use super::lock::lock;
use super::plugins::select_version;
use super::row::{json, text};
use super::{Store, StoreError};
use crate::model::plugin::{Channel, ChannelMove, PluginVersion};
use crate::model::rules::RulesReference;
use crate::model::text::{ChannelName, PluginName};
use crate::model::{Name, Object, Time};

/// How many moves of a channel are kept.
pub const MAX_MOVES: i64 = 100;

impl FromRow<'_, PgRow> for ChannelMove {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            version: text(row, "version")?,
            number: row.try_get("number")?,
            back_to: row.try_get("back_to")?,
            moved_by: row.try_get("moved_by")?,
            moved_at: row.try_get("moved_at")?,
        })
    }
}

/// A way of picking the version that a channel moves to.
#[derive(Debug, Clone, Copy)]
pub enum Destination<'a> {
    /// This version.
    Version(&'a Version),
    /// The one that it was at before the one that it is at.
    Back,
}

/// A channel that is to be moved.
#[derive(Debug)]
pub struct Move {
    /// Where it is, if it is anywhere yet.
    pub before: Option<Channel>,
    /// Where it is to be.
    pub to: PluginVersion,
    /// The active templates that follow it.
    pub followers: Vec<Follower>,
}

/// A template that follows a channel.
#[derive(Debug)]
pub struct Follower {
    /// The template.
    pub id: Uuid,
    /// Its name.
    pub name: Name,
    /// The parameters that events get.
    pub parameters: Object,
}

/// What became of a channel that was to be moved.
#[derive(Debug, Clone, PartialEq)]
pub enum MoveOutcome {
    /// It is there now; whether it is new.
    Moved(Channel, bool),
    /// It was there already.
    Unmoved(Channel),
    /// There is no such version.
    NoVersion(Version),
    /// The version was yanked.
    Yanked(Version),
    /// There is no such channel to roll back.
    NoChannel,
    /// It was never at any other version, or so long ago that nobody knows.
    NothingBefore(Channel),
}

/// Where a channel is.
struct Position {
    channel: Option<Channel>,
    /// The moves that are kept, the newest first.
    moves: Vec<ChannelMove>,
}

impl Store {
    /// The version that each channel of these plugins is at.
    ///
    /// # Errors
    /// The database failed.
    pub async fn deployed(
        &self,
        plugins: &[PluginName],
    ) -> Result<BTreeMap<PluginName, BTreeMap<ChannelName, Version>>, StoreError> {
        let names: Vec<&str> = plugins.iter().map(PluginName::as_str).collect();
        let query =
            sqlx::query("SELECT plugin, channel, version FROM gameplay.plugin_channels WHERE plugin = ANY ($1)");
        let mut deployed: BTreeMap<PluginName, BTreeMap<ChannelName, Version>> = BTreeMap::new();
        for row in query.bind(names).fetch_all(&self.pool).await? {
            let of_plugin = deployed.entry(text(&row, "plugin")?).or_default();
            of_plugin.insert(text(&row, "channel")?, text(&row, "version")?);
        }
        Ok(deployed)
    }

    /// A channel and its moves, the newest first. `None` if there is no such channel.
    ///
    /// # Errors
    /// The database failed.
    pub async fn channel(
        &self,
        plugin: &PluginName,
        channel: &ChannelName,
    ) -> Result<Option<(Channel, Vec<ChannelMove>)>, StoreError> {
        let Position { channel, moves } = read(&mut *self.pool.acquire().await?, plugin, channel).await?;
        Ok(channel.map(|channel| (channel, moves)))
    }

    /// Moves a channel, under a lock, so that of two who move it at once each sees what the other did. `check` looks at
    /// what would come of it, and may refuse.
    ///
    /// # Errors
    /// What `check` says, in which case it stays where it is; or the database failed.
    pub async fn move_channel<E: From<StoreError>>(
        &self,
        plugin: &PluginName,
        name: &ChannelName,
        to: Destination<'_>,
        by: &str,
        now: Time,
        check: impl FnOnce(&Move) -> Result<(), E>,
    ) -> Result<MoveOutcome, E> {
        let mut transaction = self.pool.begin().await.map_err(StoreError::from)?;
        // Nobody else moves it meanwhile, though there may be no row of it yet.
        lock(&mut transaction, &format!("channel {plugin} {name}")).await?;
        let Position { channel: before, moves } = read(&mut transaction, plugin, name).await?;
        let (version, back_to) = match to {
            Destination::Version(version) => (version.clone(), None),
            Destination::Back => {
                let Some(channel) = &before else { return Ok(MoveOutcome::NoChannel) };
                let Some(earlier) = earlier(&moves) else { return Ok(MoveOutcome::NothingBefore(channel.clone())) };
                (earlier.version.clone(), Some(earlier.number))
            }
        };
        let to = match lock_version(&mut transaction, plugin, &version).await? {
            None => return Ok(MoveOutcome::NoVersion(version)),
            Some(to) if to.yanked => return Ok(MoveOutcome::Yanked(version)),
            Some(to) => to,
        };
        let followers = followers(&mut transaction, plugin, name).await?;
        let step = Move { before, to, followers };
        check(&step)?;
        let before = step.before;
        if let Some(before) = before.as_ref().filter(|before| before.current.version == version) {
            return Ok(MoveOutcome::Unmoved(before.clone()));
        }
        let number = before.as_ref().map_or(0, |before| before.current.number) + 1;
        let current = ChannelMove { version, number, back_to, moved_by: by.to_owned(), moved_at: now };
        let channel = Channel { plugin: plugin.clone(), channel: name.clone(), current };
        write(&mut transaction, &channel).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(MoveOutcome::Moved(channel, before.is_none()))
    }
}

/// The move that a rollback goes back to: the one before the one whose version it is at.
fn earlier(moves: &[ChannelMove]) -> Option<&ChannelMove> {
    let find = |number: i64| moves.iter().find(|step| step.number == number);
    // A rollback stands for the move that it went back to, which was none itself.
    let origin = |step: &'_ ChannelMove| find(step.back_to.unwrap_or(step.number));
    let current = origin(moves.first()?)?;
    origin(find(current.number - 1)?)
}

async fn read(
    connection: &mut PgConnection,
    plugin: &PluginName,
    channel: &ChannelName,
) -> Result<Position, StoreError> {
    let moves: Vec<ChannelMove> = sqlx::query_as(
        "SELECT version, number, back_to, moved_by, moved_at FROM gameplay.plugin_channel_moves \
         WHERE plugin = $1 AND channel = $2 ORDER BY number DESC",
    )
    .bind(plugin.as_str())
    .bind(channel.as_str())
    .fetch_all(connection)
    .await?;
    let at =
        |current: &ChannelMove| Channel { plugin: plugin.clone(), channel: channel.clone(), current: current.clone() };
    Ok(Position { channel: moves.first().map(at), moves })
}

/// The version, if there is one. It cannot be yanked until the transaction ends.
async fn lock_version(
    connection: &mut PgConnection,
    plugin: &PluginName,
    version: &Version,
) -> Result<Option<PluginVersion>, StoreError> {
    let query = sqlx::query_as(select_version!("WHERE v.plugin = $1 AND v.version = $2 FOR NO KEY UPDATE"));
    Ok(query.bind(plugin.as_str()).bind(version.to_string()).fetch_optional(connection).await?)
}

/// The active templates that follow a channel.
async fn followers(
    connection: &mut PgConnection,
    plugin: &PluginName,
    channel: &ChannelName,
) -> Result<Vec<Follower>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, name, rules FROM gameplay.event_templates \
         WHERE is_active AND rules ->> 'plugin' = $1 AND rules ->> 'channel' = $2 ORDER BY created_at, id",
    );
    let rows = rows.bind(plugin.as_str()).bind(channel.as_str()).fetch_all(connection).await?;
    let follower = |row: &PgRow| {
        let rules: RulesReference = json(row, "rules")?;
        Ok(Follower { id: row.try_get("id")?, name: text(row, "name")?, parameters: rules.parameters })
    };
    Ok(rows.iter().map(follower).collect::<Result<_, sqlx::Error>>()?)
}

async fn write(connection: &mut PgConnection, channel: &Channel) -> Result<(), StoreError> {
    let ChannelMove { version, number, back_to, moved_by, moved_at } = &channel.current;
    sqlx::query(
        "INSERT INTO gameplay.plugin_channels (plugin, channel, version, number) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (plugin, channel) DO UPDATE SET version = $3, number = $4",
    )
    .bind(channel.plugin.as_str())
    .bind(channel.channel.as_str())
    .bind(version.to_string())
    .bind(number)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO gameplay.plugin_channel_moves (plugin, channel, number, version, back_to, moved_by, moved_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(channel.plugin.as_str())
    .bind(channel.channel.as_str())
    .bind(number)
    .bind(version.to_string())
    .bind(back_to)
    .bind(moved_by)
    .bind(moved_at)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM gameplay.plugin_channel_moves WHERE plugin = $1 AND channel = $2 AND number <= $3")
        .bind(channel.plugin.as_str())
        .bind(channel.channel.as_str())
        .bind(number - MAX_MOVES)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moves, written as version and, for a rollback, the move that it went back to.
    fn moves(steps: &[(u64, Option<i64>)]) -> Vec<ChannelMove> {
        let step = |(number, (version, back_to)): (i64, &(u64, Option<i64>))| ChannelMove {
            version: Version::new(*version, 0, 0),
            number,
            back_to: *back_to,
            moved_by: "me".to_owned(),
            moved_at: Time::UNIX_EPOCH,
        };
        let mut moves: Vec<_> = (1..).zip(steps).map(step).collect();
        moves.reverse();
        moves
    }

    fn back(steps: &[(u64, Option<i64>)]) -> Option<(u64, i64)> {
        earlier(&moves(steps)).map(|step| (step.version.major, step.number))
    }

    #[test]
    fn a_rollback_goes_back_and_the_next_one_further() {
        assert_eq!(back(&[]), None);
        assert_eq!(back(&[(1, None)]), None);
        assert_eq!(back(&[(1, None), (2, None), (3, None)]), Some((2, 2)));
        assert_eq!(back(&[(1, None), (2, None), (3, None), (2, Some(2))]), Some((1, 1)));
        assert_eq!(back(&[(1, None), (2, None), (3, None), (2, Some(2)), (1, Some(1))]), None);
    }

    #[test]
    fn what_was_deployed_after_a_rollback_goes_back_to_where_that_went() {
        let steps = [(1, None), (2, None), (1, Some(1)), (3, None)];
        assert_eq!(back(&steps), Some((1, 1)));
    }

    #[test]
    fn what_is_no_longer_kept_cannot_be_gone_back_to() {
        let mut kept = moves(&[(1, None), (2, None), (3, None), (2, Some(2))]);
        kept.truncate(3);
        assert_eq!(earlier(&kept), None);
    }
}
