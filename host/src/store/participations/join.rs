//! Joins: who gets in is decided under a lock of the event's row, so the cap holds exactly.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::participation_columns;
use crate::model::{EventStatus, ParticipantStatus, Participation, PlayerId, Time};
use crate::store::{Store, StoreError, events};

/// A player at the door, whom the event's rule has let pass.
#[derive(Debug, Clone)]
pub struct Application {
    /// The event.
    pub event_id: Uuid,
    /// The player.
    pub player_id: PlayerId,
    /// The id that a new participation gets.
    pub id: Uuid,
}

/// What became of an application.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinOutcome {
    /// The player is in, for the first time or again.
    Joined(Box<Participation>),
    /// The player was in already.
    AlreadyIn(ParticipantStatus),
    /// The player was removed and may not come back.
    Kicked,
    /// There is no room.
    Full {
        /// How many may be in.
        capacity: i32,
    },
    /// The event is not active.
    NotOpen(EventStatus),
    /// There is no such event.
    NoEvent,
}

impl Store {
    /// Lets players into events, as far as there is room: an outcome for each application, in their order.
    ///
    /// # Errors
    /// The database failed; then nobody got in.
    pub async fn join(&self, applications: &[Application], now: Time) -> Result<Vec<JoinOutcome>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let ids: Vec<Uuid> = applications.iter().map(|application| application.event_id).collect();
        let events = events::lock(&mut transaction, &ids).await?;
        let mut known = read(&mut transaction, applications).await?;
        let mut room: HashMap<Uuid, i32> =
            events.values().map(|event| (event.id, event.current_participants)).collect();

        let mut entering: Vec<&Application> = Vec::new();
        let mut outcomes: Vec<Option<JoinOutcome>> = Vec::with_capacity(applications.len());
        for application in applications {
            let key = (application.event_id, application.player_id.clone());
            let outcome = match (events.get(&application.event_id), known.get(&key)) {
                (None, _) => Some(JoinOutcome::NoEvent),
                (Some(event), _) if event.status_at(now) != EventStatus::Active => {
                    Some(JoinOutcome::NotOpen(event.status_at(now)))
                }
                (Some(_), Some(ParticipantStatus::Kicked)) => Some(JoinOutcome::Kicked),
                (Some(_), Some(status)) if status.is_inside() => Some(JoinOutcome::AlreadyIn(*status)),
                (Some(event), _) => {
                    let inside = room.entry(event.id).or_default();
                    match event.max_participants.map(|capacity| capacity.get()) {
                        Some(capacity) if *inside >= capacity => Some(JoinOutcome::Full { capacity }),
                        _ => {
                            *inside += 1;
                            known.insert(key, ParticipantStatus::Active);
                            entering.push(application);
                            None
                        }
                    }
                }
            };
            outcomes.push(outcome);
        }

        let mut entered = enter(&mut transaction, &entering, now).await?;
        transaction.commit().await?;
        let fill = |(outcome, application): (Option<JoinOutcome>, &Application)| {
            outcome.unwrap_or_else(|| match entered.remove(&(application.event_id, application.player_id.clone())) {
                Some(participation) => JoinOutcome::Joined(Box::new(participation)),
                None => JoinOutcome::AlreadyIn(ParticipantStatus::Active),
            })
        };
        Ok(outcomes.into_iter().zip(applications).map(fill).collect())
    }
}

type Key = (Uuid, PlayerId);

fn columns(applications: &[&Application]) -> (Vec<Uuid>, Vec<String>, Vec<Uuid>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for application in applications {
        columns.0.push(application.event_id);
        columns.1.push(application.player_id.as_str().to_owned());
        columns.2.push(application.id);
    }
    columns
}

/// Where the applicants stand already.
async fn read(
    connection: &mut PgConnection,
    applications: &[Application],
) -> Result<HashMap<Key, ParticipantStatus>, StoreError> {
    let (events, players, _) = columns(&applications.iter().collect::<Vec<_>>());
    let rows: Vec<Participation> = sqlx::query_as(participation_columns!(
        "SELECT",
        "FROM gameplay.event_participants p WHERE (p.event_id, p.player_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))"
    ))
    .bind(events)
    .bind(players)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.event_id, row.player_id), row.status)).collect())
}

/// Writes those who get in. Who comes back keeps score, progress and the time of joining.
async fn enter(
    connection: &mut PgConnection,
    entering: &[&Application],
    now: Time,
) -> Result<HashMap<Key, Participation>, StoreError> {
    if entering.is_empty() {
        return Ok(HashMap::new());
    }
    let (events, players, ids) = columns(entering);
    let rows: Vec<Participation> = sqlx::query_as(participation_columns!(
        "INSERT INTO gameplay.event_participants AS p \
         (event_id, player_id, id, join_time, score_at, last_activity) \
         SELECT event_id, player_id, id, $4, $4, $4 \
         FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS entering (event_id, player_id, id) \
         ON CONFLICT (event_id, player_id) DO UPDATE \
         SET status = 'ACTIVE', last_activity = $4, version = p.version + 1 \
         RETURNING",
        ""
    ))
    .bind(events)
    .bind(players)
    .bind(ids)
    .bind(now)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.event_id, row.player_id.clone()), row)).collect())
}
