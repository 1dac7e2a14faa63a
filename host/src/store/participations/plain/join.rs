//! Joins of players who are new to events that have room for all who ask.

use std::collections::HashSet;
use std::sync::Arc;

use sqlx::FromRow;
use uuid::Uuid;

use super::Plain;
use crate::model::Time;
use crate::store::participations::join::first_notes;
use crate::store::participations::{Application, EventState, JoinOutcome};
use crate::store::{Store, StoreError};

/// An event that was joined.
#[derive(FromRow)]
struct Joined {
    id: Uuid,
    version: i64,
    /// How many were in before.
    inside: i32,
    /// The participations that are new.
    entered: Vec<Uuid>,
}

impl Store {
    /// Lets players in where the event is open, has room for all who ask, and does not know them yet, if no counters move
    /// with them.
    ///
    /// # Errors
    /// The database failed; then nothing was written, unless the connection was lost while it committed.
    pub async fn join_plainly(
        &self,
        applications: &[&Application],
        now: Time,
    ) -> Result<Plain<JoinOutcome>, StoreError> {
        let plain: Vec<&Application> =
            applications.iter().copied().filter(|application| !application.moves_counters()).collect();
        if plain.is_empty() {
            return Ok(Plain { outcomes: applications.iter().map(|_| None).collect(), events: Vec::new() });
        }
        let (events, players): (Vec<Uuid>, Vec<&str>) =
            plain.iter().map(|application| (application.event_id, application.player_id.as_str())).unzip();
        let ids: Vec<Uuid> = plain.iter().map(|application| application.id).collect();
        let joined: Vec<Joined> = sqlx::query_as(
            "WITH door AS MATERIALIZED ( \
               SELECT e.id, e.version, e.status, e.end_time, e.max_participants, e.current_participants \
               FROM gameplay.world_events e WHERE e.id = ANY ($1) ORDER BY e.id FOR NO KEY UPDATE), \
             applicant AS MATERIALIZED ( \
               SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $5::jsonb[]) \
                 AS a (event_id, player_id, id, progress)), \
             open AS MATERIALIZED ( \
               SELECT d.id FROM door d \
               JOIN (SELECT event_id, count(*) AS asking FROM applicant GROUP BY event_id) a ON a.event_id = d.id \
               WHERE d.status = 'ACTIVE' AND (d.end_time IS NULL OR d.end_time > $4) \
                 AND (d.max_participants IS NULL OR d.max_participants - d.current_participants >= a.asking)), \
             entered AS ( \
               INSERT INTO gameplay.event_participants \
                 (event_id, player_id, id, progress_data, join_time, score_at, last_activity) \
               SELECT a.event_id, a.player_id, a.id, coalesce(a.progress, '{}'), $4, $4, $4 FROM open o JOIN applicant a ON a.event_id = o.id \
               ON CONFLICT (event_id, player_id) DO NOTHING RETURNING event_id, id) \
             SELECT d.id, d.version, d.current_participants AS inside, \
               ARRAY(SELECT e.id FROM entered e WHERE e.event_id = d.id) AS entered \
             FROM door d",
        )
        .bind(events)
        .bind(players)
        .bind(ids)
        .bind(now)
        .bind(first_notes(&plain))
        .fetch_all(&self.pool)
        .await?;
        let entered: HashSet<Uuid> = joined.iter().flat_map(|event| event.entered.iter().copied()).collect();
        let outcome = |application: &&Application| {
            let is_in = entered.contains(&application.id);
            is_in.then(|| JoinOutcome::Joined(Arc::new(application.participation(now))))
        };
        let state = |event: &Joined| EventState {
            id: event.id,
            version: event.version,
            inside: event.inside.saturating_add(i32::try_from(event.entered.len()).unwrap_or(i32::MAX)),
            counters: None,
        };
        Ok(Plain {
            outcomes: applications.iter().map(outcome).collect(),
            events: joined.iter().filter(|event| !event.entered.is_empty()).map(state).collect(),
        })
    }
}
