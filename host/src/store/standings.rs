//! Standings: the rows that leaderboards are loaded from, and the final ones.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use super::row::{integer, text};
use super::{Store, StoreError};
use crate::model::{ParticipantStatus, PlayerId, Score, Time};

/// What standings are sorted by: best score first, then who reached it first, then by id.
pub type StandingKey = (Score, Time, PlayerId);

/// A player's place in the standings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LeaderboardEntry)]
pub struct Rank {
    /// The place, from 1; shared by equal scores.
    pub rank: u64,
    /// The player.
    pub player_id: PlayerId,
    /// The score.
    pub score: Score,
    /// When the score was reached.
    pub score_at: DateTime<Utc>,
}

/// A part of the standings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaderboard {
    /// The places, best first.
    pub entries: Vec<Rank>,
    /// How many players stand in all.
    pub total: u64,
    /// Whether others stand behind these.
    pub more: bool,
}

/// What a leaderboard needs of a participation.
#[derive(Debug, Clone)]
pub struct StandingRow {
    /// The player.
    pub player: Arc<str>,
    /// The score.
    pub score: i64,
    /// When it was reached.
    pub score_at: Time,
    /// Whether the player takes part, or did to the end.
    pub stands: bool,
    /// The participation's version.
    pub version: i64,
}

/// Whether a participation in this status stands on the board.
pub(super) fn stands(status: &str) -> bool {
    status.parse().is_ok_and(ParticipantStatus::is_inside)
}

impl FromRow<'_, PgRow> for StandingRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            player: row.try_get::<&str, _>("player_id")?.into(),
            score: row.try_get("score")?,
            score_at: row.try_get("score_at")?,
            stands: stands(row.try_get("status")?),
            version: row.try_get("version")?,
        })
    }
}

impl FromRow<'_, PgRow> for Rank {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let rank: i64 = row.try_get("rank")?;
        Ok(Self {
            rank: rank.unsigned_abs(),
            player_id: text(row, "player_id")?,
            score: integer(row, "score")?,
            score_at: row.try_get("score_at")?,
        })
    }
}

impl Store {
    /// The next participations of an event by id of the player, of every status. Behind `""` are all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn standing_rows(&self, event_id: Uuid, after: &str, limit: i64) -> Result<Vec<StandingRow>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT player_id, score, score_at, status, version FROM gameplay.event_participants \
             WHERE event_id = $1 AND player_id > $2 ORDER BY event_id, player_id LIMIT $3",
        );
        Ok(rows.bind(event_id).bind(after).bind(limit).fetch_all(&self.pool).await?)
    }

    /// How many the final standings have; `None` before they are written.
    async fn final_total(&self, event_id: Uuid) -> Result<Option<i64>, StoreError> {
        let total = sqlx::query_scalar("SELECT total FROM gameplay.event_settlements WHERE event_id = $1 AND ranked");
        Ok(total.bind(event_id).fetch_optional(&self.pool).await?)
    }

    /// Where a player stood in the end. `None` before the final standings are written.
    ///
    /// # Errors
    /// The database failed.
    pub async fn final_rank(&self, event_id: Uuid, player: &PlayerId) -> Result<Option<Option<Rank>>, StoreError> {
        if self.final_total(event_id).await?.is_none() {
            return Ok(None);
        }
        let row = sqlx::query_as(
            "SELECT s.rank, s.player_id, p.score, p.score_at FROM gameplay.event_standings s \
             JOIN gameplay.event_participants p USING (event_id, player_id) WHERE s.event_id = $1 AND s.player_id = $2",
        );
        Ok(Some(row.bind(event_id).bind(player.as_str()).fetch_optional(&self.pool).await?))
    }

    /// A part of the final standings. `None` before they are written.
    ///
    /// # Errors
    /// The database failed.
    pub async fn final_page(
        &self,
        event_id: Uuid,
        after: Option<&StandingKey>,
        limit: u32,
    ) -> Result<Option<Leaderboard>, StoreError> {
        let Some(total) = self.final_total(event_id).await? else { return Ok(None) };
        let start = match after {
            None => 0,
            Some((score, at, player)) => match self.final_position(event_id, player).await? {
                Some(position) => position,
                // The player was gone before the end, or the score moved on.
                None => {
                    let above = sqlx::query_scalar(
                        "SELECT count(*) FROM gameplay.event_standings s \
                         JOIN gameplay.event_participants p USING (event_id, player_id) \
                         WHERE s.event_id = $1 AND (-p.score, p.score_at, s.player_id) <= (-$2, $3, $4)",
                    );
                    let above = above.bind(event_id).bind(score.get()).bind(at).bind(player.as_str());
                    above.fetch_one(&self.pool).await?
                }
            },
        };
        self.final_slice(event_id, start, limit, total).await.map(Some)
    }

    /// The final standings around a player; `Some(None)` if the player is not among them. `None` before they are written.
    ///
    /// # Errors
    /// The database failed.
    pub async fn final_around(
        &self,
        event_id: Uuid,
        player: &PlayerId,
        limit: u32,
    ) -> Result<Option<Option<Leaderboard>>, StoreError> {
        let Some(total) = self.final_total(event_id).await? else { return Ok(None) };
        let Some(position) = self.final_position(event_id, player).await? else { return Ok(Some(None)) };
        let limit_rows = i64::from(limit);
        let start = (position - 1 - limit_rows / 2).max(0).min((total - limit_rows).max(0));
        self.final_slice(event_id, start, limit, total).await.map(|found| Some(Some(found)))
    }

    async fn final_position(&self, event_id: Uuid, player: &PlayerId) -> Result<Option<i64>, StoreError> {
        let position =
            sqlx::query_scalar("SELECT position FROM gameplay.event_standings WHERE event_id = $1 AND player_id = $2");
        Ok(position.bind(event_id).bind(player.as_str()).fetch_optional(&self.pool).await?)
    }

    async fn final_slice(&self, event_id: Uuid, start: i64, limit: u32, total: i64) -> Result<Leaderboard, StoreError> {
        let end = start.saturating_add(i64::from(limit));
        let rows = sqlx::query_as(
            "SELECT s.rank, s.player_id, p.score, p.score_at FROM gameplay.event_standings s \
             JOIN gameplay.event_participants p USING (event_id, player_id) \
             WHERE s.event_id = $1 AND s.position > $2 AND s.position <= $3 ORDER BY s.position",
        );
        let entries = rows.bind(event_id).bind(start).bind(end).fetch_all(&self.pool).await?;
        Ok(Leaderboard { entries, total: total.unsigned_abs(), more: end < total })
    }
}
