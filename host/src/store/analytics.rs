//! Figures about an event, taken from its participations.

use chrono::TimeDelta;
use sqlx::Row;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::model::{EventAnalytics, Time};

impl Store {
    /// Takes the figures of an event anew, and keeps them. `None` if there is no such event.
    ///
    /// # Errors
    /// The database failed.
    pub async fn analytics(&self, event_id: Uuid, now: Time) -> Result<Option<EventAnalytics>, StoreError> {
        let row = sqlx::query(
            "INSERT INTO gameplay.event_analytics AS a (event_id, total_participants, completed_participants, \
               average_completion_time, average_score, participation_rate, satisfaction_rating, last_updated) \
             SELECT e.id, count(p.*), count(p.*) FILTER (WHERE p.status = 'COMPLETED'), \
               avg(p.completed_at - p.join_time) FILTER (WHERE p.status = 'COMPLETED'), avg(p.score)::float8, \
               CASE WHEN r.population IS NOT NULL THEN least(count(p.*)::float8 / r.population, 1) END, \
               avg(p.rating), $2 \
             FROM gameplay.world_events e \
             LEFT JOIN gameplay.event_participants p ON p.event_id = e.id \
             LEFT JOIN gameplay.regions r ON r.region = e.region \
             WHERE e.id = $1 GROUP BY e.id, r.population \
             ON CONFLICT (event_id) DO UPDATE SET total_participants = excluded.total_participants, \
               completed_participants = excluded.completed_participants, \
               average_completion_time = excluded.average_completion_time, average_score = excluded.average_score, \
               participation_rate = excluded.participation_rate, \
               satisfaction_rating = excluded.satisfaction_rating, last_updated = excluded.last_updated \
             RETURNING a.*, (extract(epoch FROM a.average_completion_time) * 1000)::bigint AS completion_millis",
        );
        let Some(row) = row.bind(event_id).bind(now).fetch_optional(&self.pool).await? else { return Ok(None) };
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
