//! Rewards: granting and reading.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, QueryBuilder, Row};
use uuid::Uuid;

use super::row::{integer, optional_text, text};
use super::{Page, PageRequest, Store, StoreError};
use crate::model::reward::{EventReward, RewardGrant};
use crate::model::{PlayerId, Time};

/// The columns of a reward, in any query.
macro_rules! reward_columns {
    ($start:literal, $rest:literal) => {
        concat!(
            $start,
            " r.id, r.event_id, r.player_id, r.reward_type, r.reward_id, r.amount, r.reason, r.claimed, r.claimed_at, ",
            "r.created_at ",
            $rest
        )
    };
}
pub(super) use reward_columns;

impl FromRow<'_, PgRow> for EventReward {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            event_id: row.try_get("event_id")?,
            player_id: text(row, "player_id")?,
            reward_type: text(row, "reward_type")?,
            reward_id: optional_text(row, "reward_id")?,
            amount: integer(row, "amount")?,
            reason: row.try_get("reason")?,
            claimed: row.try_get("claimed")?,
            claimed_at: row.try_get("claimed_at")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// What rewards of a player are sorted by in lists: the newest first.
pub type RewardKey = (Time, Uuid);

/// A reward that is to be granted to a player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayerGrant {
    /// Who gets it.
    pub player_id: PlayerId,
    /// What.
    pub grant: RewardGrant,
}

impl Store {
    /// The rewards of a player in an event, the oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rewards(&self, event_id: Uuid, player: &PlayerId) -> Result<Vec<EventReward>, StoreError> {
        let query = sqlx::query_as(reward_columns!(
            "SELECT",
            "FROM gameplay.event_rewards r WHERE r.event_id = $1 AND r.player_id = $2 ORDER BY r.created_at, r.id"
        ));
        Ok(query.bind(event_id).bind(player.as_str()).fetch_all(&self.pool).await?)
    }

    /// A page of all rewards of a player, the newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rewards_of_player(
        &self,
        player: &PlayerId,
        page: &PageRequest<RewardKey>,
    ) -> Result<Page<EventReward, RewardKey>, StoreError> {
        let count = sqlx::query_scalar("SELECT count(*) FROM gameplay.event_rewards WHERE player_id = $1");
        let total = count.bind(player.as_str()).fetch_one(&self.pool).await?;

        let mut query =
            QueryBuilder::new(reward_columns!("SELECT", "FROM gameplay.event_rewards r WHERE r.player_id = "));
        query.push_bind(player.as_str().to_owned());
        if let Some(after) = &page.after {
            query.push(" AND (r.created_at, r.id) < (").push_bind(after.0.0);
            query.push(", ").push_bind(after.0.1).push(")");
        }
        query.push(" ORDER BY r.created_at DESC, r.id DESC LIMIT ").push_bind(page.probe());
        query.push(" OFFSET ").push_bind(page.skip());
        let rows = query.build_query_as().fetch_all(&self.pool).await?;
        Ok(page.page(rows, total, |reward: &EventReward| (reward.created_at, reward.id)))
    }
}

/// Writes grants; says which were written. One whose key (player, type, id) exists already is left out.
pub(super) async fn grant(
    connection: &mut PgConnection,
    event_id: Uuid,
    grants: &[PlayerGrant],
    now: Time,
) -> Result<Vec<EventReward>, StoreError> {
    if grants.is_empty() {
        return Ok(Vec::new());
    }
    let (mut ids, mut players, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut reward_ids, mut amounts, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for PlayerGrant { player_id, grant } in grants {
        ids.push(Uuid::now_v7());
        players.push(player_id.as_str());
        kinds.push(grant.reward_type.as_str());
        reward_ids.push(grant.reward_id.as_ref().map(|id| id.as_str()));
        amounts.push(grant.amount.get());
        reasons.push(grant.reason.as_deref());
    }
    let rows = sqlx::query_as(reward_columns!(
        "INSERT INTO gameplay.event_rewards AS r \
         (event_id, id, player_id, reward_type, reward_id, amount, reason, created_at) \
         SELECT $1, id, player_id, reward_type, reward_id, amount, reason, $8 \
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[]) \
         AS g (id, player_id, reward_type, reward_id, amount, reason) \
         ON CONFLICT DO NOTHING RETURNING",
        ""
    ))
    .bind(event_id)
    .bind(ids)
    .bind(players)
    .bind(kinds)
    .bind(reward_ids)
    .bind(amounts)
    .bind(reasons)
    .bind(now)
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
