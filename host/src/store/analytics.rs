//! Figures about an event.

use chrono::TimeDelta;
use sqlx::Row;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::model::EventAnalytics;

impl Store {
    /// The figures of an event, which its participations keep right as they change. `None` if there is no such event.
    ///
    /// # Errors
    /// The database failed.
    pub async fn analytics(&self, event_id: Uuid) -> Result<Option<EventAnalytics>, StoreError> {
        let row = sqlx::query(
            "SELECT total_participants, completed_participants, average_score, participation_rate, \
               satisfaction_rating, last_updated, \
               (extract(epoch FROM average_completion_time) * 1000)::bigint AS completion_millis \
             FROM gameplay.event_analytics WHERE event_id = $1",
        );
        let Some(row) = row.bind(event_id).fetch_optional(&self.pool).await? else { return Ok(None) };
        let completion_millis: Option<i64> = row.try_get("completion_millis")?;
        Ok(Some(EventAnalytics {
            event_id,
            total_participants: row.try_get("total_participants")?,
            completed_participants: row.try_get("completed_participants")?,
            average_completion_time: completion_millis.map(TimeDelta::milliseconds),
            average_score: row.try_get("average_score")?,
            participation_rate: row.try_get("participation_rate")?,
            satisfaction_rating: row.try_get("satisfaction_rating")?,
            last_updated: row.try_get("last_updated")?,
        }))
    }
}
