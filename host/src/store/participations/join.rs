//! Joins: who gets in is decided under a lock of the event's row, so the cap holds exactly.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::running::Running;
use super::{Key, by_key};
use crate::model::counters::CounterRefused;
use crate::model::participation::Admission;
use crate::model::{EventStatus, Object, ParticipantStatus, Participation, PlayerId, Time};
use crate::store::StoreError;

/// A player at the door, whom the event's rule has let pass.
#[derive(Debug, Clone)]
pub struct Application {
    /// The event.
    pub event_id: Uuid,
    /// The player.
    pub player_id: PlayerId,
    /// The id that a new participation gets. It also tells an application that is made again, because the connection was
    /// lost with the answer, from another one.
    pub id: Uuid,
    /// What the player begins with.
    pub admission: Admission,
    /// Whether it is known what is to be known of a player who left and comes back. Otherwise nothing is written of one.
    pub may_return: bool,
}

impl Application {
    fn key(&self) -> Key {
        (self.event_id, self.player_id.clone())
    }

    /// Whether joining moves shared counters.
    pub(super) fn moves_counters(&self) -> bool {
        !self.admission.counters.is_empty()
    }

    /// The participation of a newcomer.
    pub(super) fn participation(&self, now: Time) -> Participation {
        Participation::new(self.id, self.event_id, self.player_id.clone(), self.admission.clone(), now)
    }
}

/// What became of an application.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinOutcome {
    /// The player is in, for the first time or again.
    Joined(Arc<Participation>),
    /// The player was in before and left, which the application does not know.
    LeftBefore(Arc<Participation>),
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
    /// The counters that the admission moves do not take it.
    CounterRefused(CounterRefused),
    /// There is no such event.
    NoEvent,
}

/// Lets players in, as far as there is room: an outcome for each application, in their order. The events count who came in,
/// and what that moves.
pub(super) async fn enter(
    connection: &mut PgConnection,
    events: &mut HashMap<Uuid, Running>,
    applications: &[&Application],
    now: Time,
) -> Result<Vec<JoinOutcome>, StoreError> {
    let mut decided: HashMap<Uuid, JoinOutcome> = HashMap::new();
    let mut waiting = at_the_door(events, applications, now, &mut decided);

    // Who is known already matters only where there is not room for all of them, where counters move with each, or where
    // those who left may not just come back.
    let close: Vec<&Application> = {
        let mut asking: HashMap<Uuid, usize> = HashMap::new();
        for application in &waiting {
            *asking.entry(application.event_id).or_default() += 1;
        }
        let is_tight =
            |id: &Uuid| events.get(id).zip(asking.get(id)).is_some_and(|(event, asking)| *asking > event.room());
        let is_close = |application: &&Application| {
            !application.may_return || application.moves_counters() || is_tight(&application.event_id)
        };
        waiting.iter().copied().filter(is_close).collect()
    };
    if !close.is_empty() {
        let known = read(connection, &close).await?;
        let mut room: HashMap<Uuid, usize> = events.iter().map(|(id, event)| (*id, event.room())).collect();
        waiting.retain(|application| {
            let outcome = known.get(&application.key()).and_then(|row| standing(row, application)).or_else(|| {
                let (event, room) = (events.get_mut(&application.event_id)?, room.get_mut(&application.event_id)?);
                pass(event, room, application, now)
            });
            let goes_in = outcome.is_none();
            decided.extend(outcome.map(|outcome| (application.id, outcome)));
            goes_in
        });
    }

    let written = insert(connection, &waiting, now).await?;
    let (fresh, others): (Vec<&Application>, Vec<&Application>) =
        waiting.into_iter().partition(|application| written.contains(&application.id));
    let rows = if others.is_empty() { HashMap::new() } else { read(connection, &others).await? };
    let mut come_in = |application: &Application, participation: Participation| {
        if let Some(event) = events.get_mut(&application.event_id) {
            event.inside += 1;
        }
        decided.insert(application.id, JoinOutcome::Joined(Arc::new(participation)));
    };
    for application in fresh {
        come_in(application, application.participation(now));
    }
    let mut refused = Vec::new();
    for application in others {
        match rows.get(&application.key()) {
            Some(row) if written.contains(&row.id) => come_in(application, row.clone()),
            Some(row) => refused.extend(standing(row, application).map(|outcome| (application.id, outcome))),
            None => {}
        }
    }
    decided.extend(refused);
    Ok(answers(applications, &decided))
}

/// Lets a player through who is not in, and moves the counters: `None`, or why not.
fn pass(event: &mut Running, room: &mut usize, application: &Application, now: Time) -> Option<JoinOutcome> {
    // Whoever came before may have reached the goal that ends the event.
    let status = event.status_at(now);
    if status != EventStatus::Active {
        return Some(JoinOutcome::NotOpen(status));
    }
    if let (0, Some(capacity)) = (*room, event.locked.capacity) {
        return Some(JoinOutcome::Full { capacity });
    }
    if application.moves_counters()
        && let Err(refused) = event.move_counters(&application.admission.counters)
    {
        return Some(JoinOutcome::CounterRefused(refused));
    }
    *room = room.saturating_sub(1);
    None
}

/// Sends away whom no room would help; returns the others, each player once.
fn at_the_door<'a>(
    events: &HashMap<Uuid, Running>,
    applications: &[&'a Application],
    now: Time,
    decided: &mut HashMap<Uuid, JoinOutcome>,
) -> Vec<&'a Application> {
    let mut seen = HashSet::new();
    let mut waiting = Vec::with_capacity(applications.len());
    for &application in applications {
        match events.get(&application.event_id).map(|event| event.status_at(now)) {
            None => _ = decided.insert(application.id, JoinOutcome::NoEvent),
            Some(status) if status != EventStatus::Active => {
                decided.insert(application.id, JoinOutcome::NotOpen(status));
            }
            Some(_) => {
                if seen.insert((application.event_id, &application.player_id)) {
                    waiting.push(application);
                }
            }
        }
    }
    waiting
}

/// Gives each application its outcome. Who applied twice at once finds the other application decided first.
fn answers(applications: &[&Application], decided: &HashMap<Uuid, JoinOutcome>) -> Vec<JoinOutcome> {
    let mut first: HashMap<Key, JoinOutcome> = HashMap::new();
    let mut answers = Vec::with_capacity(applications.len());
    for application in applications {
        let own = decided.get(&application.id).cloned();
        let outcome = own.unwrap_or_else(|| match first.get(&application.key()) {
            Some(JoinOutcome::Joined(_)) | None => JoinOutcome::AlreadyIn(ParticipantStatus::Active),
            Some(other) => other.clone(),
        });
        if applications.len() > 1 {
            first.entry(application.key()).or_insert_with(|| outcome.clone());
        }
        answers.push(outcome);
    }
    answers
}

/// What an application comes to for a player who is known to the event: `None` for one who may come back.
fn standing(row: &Participation, application: &Application) -> Option<JoinOutcome> {
    match row.status {
        ParticipantStatus::Left if application.may_return => None,
        ParticipantStatus::Left => Some(JoinOutcome::LeftBefore(Arc::new(row.clone()))),
        ParticipantStatus::Kicked => Some(JoinOutcome::Kicked),
        // It was this very application that let the player in; only its answer was lost.
        ParticipantStatus::Active | ParticipantStatus::Completed if row.id == application.id => {
            Some(JoinOutcome::Joined(Arc::new(row.clone())))
        }
        status => Some(JoinOutcome::AlreadyIn(status)),
    }
}

/// Where the applicants stand already.
async fn read(
    connection: &mut PgConnection,
    applications: &[&Application],
) -> Result<HashMap<Key, Participation>, StoreError> {
    let keys: Vec<_> = applications.iter().map(|application| (application.event_id, &application.player_id)).collect();
    by_key(connection, &keys).await
}

/// Writes those who get in: the ids of the participations that are new, or ACTIVE again. Who comes back keeps score,
/// progress and the time of joining.
async fn insert(
    connection: &mut PgConnection,
    entering: &[&Application],
    now: Time,
) -> Result<HashSet<Uuid>, StoreError> {
    if entering.is_empty() {
        return Ok(HashSet::new());
    }
    let (events, players): (Vec<Uuid>, Vec<&str>) =
        entering.iter().map(|application| (application.event_id, application.player_id.as_str())).unzip();
    let ids: Vec<Uuid> = entering.iter().map(|application| application.id).collect();
    let counters: Vec<_> = entering
        .iter()
        .map(|application| application.moves_counters().then_some(Json(&application.admission.counters)))
        .collect();
    let written = sqlx::query_scalar(
        "INSERT INTO gameplay.event_participants AS p \
         (event_id, player_id, id, progress_data, admission_counters, join_time, score_at, last_activity) \
         SELECT event_id, player_id, id, coalesce(progress, '{}'), counters, $6, $6, $6 \
         FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[], $5::jsonb[]) \
           AS entering (event_id, player_id, id, progress, counters) \
         ON CONFLICT (event_id, player_id) DO UPDATE \
         SET status = 'ACTIVE', admission_counters = excluded.admission_counters, last_activity = $6, \
           version = p.version + 1 \
         WHERE p.status = 'LEFT' \
         RETURNING p.id",
    );
    let written = written.bind(events).bind(players).bind(ids).bind(first_notes(entering)).bind(counters).bind(now);
    Ok(written.fetch_all(connection).await?.into_iter().collect())
}

/// The progress that newcomers begin with: nothing at all where nobody's rule says anything, as mostly.
pub(super) fn first_notes<'a>(applications: &[&'a Application]) -> Vec<Json<&'a Object>> {
    let notes = applications.iter().map(|application| &application.admission.progress);
    if notes.clone().all(|notes| notes.is_empty()) { Vec::new() } else { notes.map(Json).collect() }
}
