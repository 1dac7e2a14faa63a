//! Settlement: the final standings (`ranking`), and the payout page by page. Each page's grants and the mark of how far the payout has
//! come commit together, so a crash anywhere resumes without a reward lost or granted twice.

mod ranking;

use serde_json::{Map, Value, json};
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, Postgres, Row, Transaction};
use uuid::Uuid;

pub use self::ranking::Ranking;
use super::participations::participation_columns;
use super::rewards::{PlayerGrant, grant};
use super::{LIFECYCLE_CHANNEL, Store, StoreError, outbox};
use crate::model::settlement::{Settlement, SettlementError, SettlementState};
use crate::model::{Object, Participation, PlayerId, Time};

/// A row of the final standings, as the payout rule sees it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The row's number in the standings, from 1.
    pub position: i64,
    /// The place; shared by equal scores.
    pub rank: i64,
    /// How the player ended.
    pub participation: Participation,
    /// The player's attributes.
    pub attributes: Object,
}

/// A settlement that this server works on, held by a lock of its row until the transaction ends.
pub struct OpenSettlement {
    transaction: Transaction<'static, Postgres>,
    /// The event that is settled.
    pub event_id: Uuid,
    /// Whether the final standings are written; before, nothing can be paid.
    pub is_ranked: bool,
    /// How many participants are settled.
    pub paid: i64,
    /// How many there are in all.
    pub total: i64,
    /// When the settlement began.
    pub started_at: Time,
}

/// Why a page was not paid.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    /// The rule grants a reward that the player has already got from this event.
    #[error("player {player_id} has already been granted this {reward} in this event")]
    AlreadyGranted {
        /// Who.
        player_id: PlayerId,
        /// What.
        reward: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Takes up a settlement that is running, that no other server works on at the moment, and that is none of `except`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_settlement(&self, except: &[Uuid]) -> Result<Option<OpenSettlement>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let row = sqlx::query(
            "SELECT event_id, ranked, paid, total, started_at FROM gameplay.event_settlements \
             WHERE state = 'running' AND event_id <> ALL ($1) ORDER BY updated_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED",
        );
        let Some(row) = row.bind(except).fetch_optional(&mut *transaction).await? else { return Ok(None) };
        Ok(Some(OpenSettlement {
            transaction,
            event_id: row.try_get("event_id")?,
            is_ranked: row.try_get("ranked")?,
            paid: row.try_get("paid")?,
            total: row.try_get("total")?,
            started_at: row.try_get("started_at")?,
        }))
    }

    /// Whether any settlement is running, whoever works on it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settles(&self) -> Result<bool, StoreError> {
        let query = "SELECT EXISTS (SELECT FROM gameplay.event_settlements WHERE state = 'running')";
        Ok(sqlx::query_scalar(query).fetch_one(&self.pool).await?)
    }

    /// Lets a settlement that stands still go on. `None` if the event has no settlement.
    ///
    /// # Errors
    /// The database failed.
    pub async fn resume_settlement(&self, event_id: Uuid, now: Time) -> Result<Option<Settlement>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "UPDATE gameplay.event_settlements SET state = 'running', error = NULL, updated_at = $2 \
             WHERE event_id = $1 AND state = 'failed'",
        )
        .bind(event_id)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        let row = sqlx::query("SELECT state, paid, total FROM gameplay.event_settlements WHERE event_id = $1");
        let Some(row) = row.bind(event_id).fetch_optional(&mut *transaction).await? else { return Ok(None) };
        let settlement = Settlement {
            state: super::row::text(&row, "state")?,
            paid: row.try_get("paid")?,
            total: row.try_get("total")?,
            error: None,
        };
        sqlx::query("SELECT pg_notify($1, '')").bind(LIFECYCLE_CHANNEL).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Some(settlement))
    }
}

impl OpenSettlement {
    /// The next rows of the standings that are not settled, at most `limit`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn page(&mut self, limit: i64) -> Result<Vec<Standing>, StoreError> {
        let rows = sqlx::query(participation_columns!(
            "SELECT s.position, s.rank, a.attributes,",
            "FROM gameplay.event_standings s \
             JOIN gameplay.event_participants p ON p.event_id = s.event_id AND p.player_id = s.player_id \
             LEFT JOIN gameplay.player_attributes a ON a.player_id = s.player_id \
             WHERE s.event_id = $1 AND s.position > $2 ORDER BY s.position LIMIT $3"
        ))
        .bind(self.event_id)
        .bind(self.paid)
        .bind(limit)
        .fetch_all(&mut *self.transaction)
        .await?;
        let standing = |row: &sqlx::postgres::PgRow| {
            let attributes: Option<Json<Map<String, Value>>> = row.try_get("attributes")?;
            Ok(Standing {
                position: row.try_get("position")?,
                rank: row.try_get("rank")?,
                participation: Participation::from_row(row)?,
                attributes: Object::stored(attributes.map(|json| json.0).unwrap_or_default()),
            })
        };
        Ok(rows.iter().map(standing).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Grants the rewards of a page and marks the standings as settled up to `position`.
    ///
    /// # Errors
    /// A reward was granted before, or the database failed; then nothing of the page holds.
    pub async fn pay(mut self, grants: &[PlayerGrant], position: i64, now: Time) -> Result<SettlementState, PayError> {
        let written = grant(&mut self.transaction, self.event_id, grants, now).await?;
        if written.len() < grants.len() {
            let is_written = |wanted: &PlayerGrant| {
                written.iter().any(|reward| {
                    reward.player_id == wanted.player_id
                        && reward.reward_type == wanted.grant.reward_type
                        && reward.reward_id == wanted.grant.reward_id
                })
            };
            if let Some(PlayerGrant { player_id, grant }) = grants.iter().find(|grant| !is_written(grant)) {
                let id = grant.reward_id.as_ref().map(|id| format!(" \"{id}\"")).unwrap_or_default();
                let reward = format!("{}{id}", grant.reward_type);
                return Err(PayError::AlreadyGranted { player_id: player_id.clone(), reward });
            }
        }
        self.paid = position.clamp(self.paid, self.total);
        let state = if self.paid == self.total { SettlementState::Done } else { SettlementState::Running };
        sqlx::query("UPDATE gameplay.event_settlements SET state = $2, paid = $3, updated_at = $4 WHERE event_id = $1")
            .bind(self.event_id)
            .bind(<&'static str>::from(state))
            .bind(self.paid)
            .bind(now)
            .execute(&mut *self.transaction)
            .await
            .map_err(StoreError::from)?;
        if state == SettlementState::Done {
            let data = json!({ "eventId": self.event_id, "participants": self.total });
            outbox::tell(&mut self.transaction, self.event_id, "settlement.done", data, now).await?;
        }
        self.transaction.commit().await.map_err(StoreError::from)?;
        Ok(state)
    }

    /// Notes why the settlement cannot go on. What was paid before stays.
    ///
    /// # Errors
    /// The database failed.
    pub async fn fail(mut self, error: &SettlementError, now: Time) -> Result<(), StoreError> {
        fail(&mut self.transaction, self.event_id, error, now).await?;
        self.transaction.commit().await?;
        Ok(())
    }
}

impl Store {
    /// Notes why a settlement cannot go on, when its transaction is gone.
    ///
    /// # Errors
    /// The database failed.
    pub async fn fail_settlement(&self, event_id: Uuid, error: &SettlementError, now: Time) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        fail(&mut transaction, event_id, error, now).await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn fail(
    connection: &mut PgConnection,
    event_id: Uuid,
    error: &SettlementError,
    now: Time,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE gameplay.event_settlements SET state = 'failed', error = $2, updated_at = $3 \
         WHERE event_id = $1 AND state = 'running'",
    )
    .bind(event_id)
    .bind(Json(error))
    .bind(now)
    .execute(&mut *connection)
    .await?;
    let data = json!({ "eventId": event_id, "code": error.code, "message": error.message });
    outbox::tell(connection, event_id, "settlement.failed", data, now).await
}
