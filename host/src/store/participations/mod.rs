//! Participations: join, read, list, change.

mod change;
mod join;
mod lock;
mod plain;
mod running;
mod trace;
mod write;

use std::collections::HashMap;

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, QueryBuilder, Row};
use uuid::Uuid;

pub use change::{Change, ChangeOutcome};
pub use join::{Application, JoinOutcome};
pub use plain::Plain;
pub use trace::Trace;
pub use write::{Batch, EventState, KnownEvents, Written};

use super::row::{integer, json, optional_integer, optional_json, text};
use super::{Page, PageRequest, Store, StoreError};
use crate::model::number::Rating;
use crate::model::{Object, ObjectList, ParticipantStatus, Participation, PlayerId, Time};

/// The columns of a participation, in any query.
macro_rules! participation_columns {
    ($start:literal, $rest:literal) => {
        concat!(
            $start,
            " p.id, p.event_id, p.player_id, p.join_time, p.status, p.progress_data, p.score, p.score_at, ",
            "p.achievements, p.last_activity, p.completed_at, p.rating, p.last_sequence, p.admission_counters, p.version ",
            $rest
        )
    };
}
pub(super) use participation_columns;

impl FromRow<'_, PgRow> for Participation {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let rating: Option<f64> = row.try_get("rating")?;
        Ok(Self {
            id: row.try_get("id")?,
            event_id: row.try_get("event_id")?,
            player_id: text(row, "player_id")?,
            join_time: row.try_get("join_time")?,
            status: text(row, "status")?,
            progress_data: Some(Object::stored(json(row, "progress_data")?)),
            score: integer(row, "score")?,
            score_at: row.try_get("score_at")?,
            achievements: ObjectList::stored(json(row, "achievements")?),
            last_activity: row.try_get("last_activity")?,
            completed_at: row.try_get("completed_at")?,
            rating: rating.and_then(|rating| Rating::try_from(rating).ok()),
            last_sequence: optional_integer(row, "last_sequence")?,
            admission_counters: optional_json(row, "admission_counters")?,
            version: row.try_get("version")?,
        })
    }
}

/// What tells participations apart: the event and the player.
pub type Key = (Uuid, PlayerId);

impl Participation {
    /// What tells it apart.
    #[must_use]
    pub fn key(&self) -> Key {
        (self.event_id, self.player_id.clone())
    }
}

/// Reads participations by their keys, as far as there are such.
async fn by_key(
    connection: &mut PgConnection,
    keys: &[(Uuid, &PlayerId)],
) -> Result<HashMap<Key, Participation>, StoreError> {
    let (events, players): (Vec<Uuid>, Vec<&str>) =
        keys.iter().map(|(event, player)| (*event, player.as_str())).unzip();
    let rows: Vec<Participation> = sqlx::query_as(participation_columns!(
        "SELECT",
        "FROM gameplay.event_participants p \
         WHERE (p.event_id, p.player_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))"
    ))
    .bind(events)
    .bind(players)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key(), row)).collect())
}

/// What participations of an event are sorted by in lists: who joined first.
pub type ParticipationKey = (Time, PlayerId);

/// What participations of a player are sorted by in lists: the newest first.
pub type PlayerEventKey = (Time, Uuid);

impl Store {
    /// Participations by their keys, as far as there are such.
    ///
    /// # Errors
    /// The database failed.
    pub async fn participations_by_key(&self, keys: &[Key]) -> Result<HashMap<Key, Participation>, StoreError> {
        let keys: Vec<_> = keys.iter().map(|(event, player)| (*event, player)).collect();
        by_key(&mut *self.pool.acquire().await?, &keys).await
    }

    /// A page of the participations of an event, who joined first stands first. `None` if there is no such event.
    ///
    /// # Errors
    /// The database failed.
    pub async fn participations(
        &self,
        event_id: Uuid,
        status: Option<ParticipantStatus>,
        page: &PageRequest<ParticipationKey>,
    ) -> Result<Option<Page<Participation, ParticipationKey>>, StoreError> {
        let counts = sqlx::query_as(
            "SELECT participants_active, participants_completed, participants_left, participants_kicked \
             FROM gameplay.world_events WHERE id = $1",
        );
        let counts: Option<(i32, i32, i32, i32)> = counts.bind(event_id).fetch_optional(&self.pool).await?;
        let Some((active, completed, left, kicked)) = counts else { return Ok(None) };
        let total = match status {
            None => i64::from(active) + i64::from(completed) + i64::from(left) + i64::from(kicked),
            Some(ParticipantStatus::Active) => active.into(),
            Some(ParticipantStatus::Completed) => completed.into(),
            Some(ParticipantStatus::Left) => left.into(),
            Some(ParticipantStatus::Kicked) => kicked.into(),
        };

        let mut query = QueryBuilder::new(participation_columns!(
            "SELECT",
            "FROM gameplay.event_participants p WHERE p.event_id = "
        ));
        query.push_bind(event_id);
        if let Some(status) = status {
            query.push(" AND p.status = ").push_bind(status.as_str());
        }
        if let Some(after) = &page.after {
            query.push(" AND (p.join_time, p.player_id) > (").push_bind(after.0.0);
            query.push(", ").push_bind(after.0.1.as_str().to_owned()).push(")");
        }
        query.push(" ORDER BY p.join_time, p.player_id LIMIT ").push_bind(page.probe());
        query.push(" OFFSET ").push_bind(page.skip());
        let rows = query.build_query_as().fetch_all(&self.pool).await?;
        Ok(Some(page.page(rows, total, |row: &Participation| (row.join_time, row.player_id.clone()))))
    }

    /// Some who are in an event: of those who joined first and of those who joined last, up to `each`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sample(&self, event_id: Uuid, each: i64) -> Result<Vec<Participation>, StoreError> {
        let rows: Vec<Participation> = sqlx::query_as(participation_columns!(
            "SELECT",
            "FROM gameplay.event_participants p WHERE p.event_id = $1 AND p.player_id IN ( \
               (SELECT player_id FROM gameplay.event_participants \
                WHERE event_id = $1 AND status IN ('ACTIVE', 'COMPLETED') ORDER BY join_time, player_id LIMIT $2) \
               UNION \
               (SELECT player_id FROM gameplay.event_participants \
                WHERE event_id = $1 AND status IN ('ACTIVE', 'COMPLETED') \
                ORDER BY join_time DESC, player_id DESC LIMIT $2)) \
             ORDER BY p.score DESC, p.score_at, p.player_id"
        ))
        .bind(event_id)
        .bind(each)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// A page of all participations of a player, the newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn participations_of_player(
        &self,
        player: &PlayerId,
        page: &PageRequest<PlayerEventKey>,
    ) -> Result<Page<Participation, PlayerEventKey>, StoreError> {
        let count = sqlx::query_scalar("SELECT count(*) FROM gameplay.event_participants WHERE player_id = $1");
        let total = count.bind(player.as_str()).fetch_one(&self.pool).await?;

        let mut query = QueryBuilder::new(participation_columns!(
            "SELECT",
            "FROM gameplay.event_participants p WHERE p.player_id = "
        ));
        query.push_bind(player.as_str().to_owned());
        if let Some(after) = &page.after {
            query.push(" AND (p.join_time, p.event_id) < (").push_bind(after.0.0);
            query.push(", ").push_bind(after.0.1).push(")");
        }
        query.push(" ORDER BY p.join_time DESC, p.event_id DESC LIMIT ").push_bind(page.probe());
        query.push(" OFFSET ").push_bind(page.skip());
        let rows = query.build_query_as().fetch_all(&self.pool).await?;
        Ok(page.page(rows, total, |row: &Participation| (row.join_time, row.event_id)))
    }
}
