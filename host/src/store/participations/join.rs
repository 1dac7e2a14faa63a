//! Joins: who gets in is decided under a lock of the event's row, so the cap holds exactly.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Key, by_key};
use crate::model::{EventStatus, ParticipantStatus, Participation, PlayerId, Time};
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
}

impl Application {
    fn key(&self) -> Key {
        (self.event_id, self.player_id.clone())
    }
}

/// What became of an application.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinOutcome {
    /// The player is in, for the first time or again.
    Joined(Arc<Participation>),
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

/// An event's door, as it stands in this transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door {
    pub(super) status: EventStatus,
    pub(super) capacity: Option<i32>,
    pub(super) inside: i32,
}

impl Door {
    fn room(&self) -> usize {
        let room = self.capacity.map_or(i32::MAX, |capacity| capacity.saturating_sub(self.inside));
        usize::try_from(room).unwrap_or_default()
    }
}

/// Lets players in, as far as there is room: an outcome for each application, in their order. The doors count who came in.
pub(super) async fn enter(
    connection: &mut PgConnection,
    doors: &mut HashMap<Uuid, Door>,
    applications: &[&Application],
    now: Time,
) -> Result<Vec<JoinOutcome>, StoreError> {
    let mut decided: HashMap<Uuid, JoinOutcome> = HashMap::new();
    let mut waiting = at_the_door(doors, applications, &mut decided);

    // Only where there is not room for all of them does it matter who of them needs any.
    let tight: Vec<&Application> = {
        let mut asking: HashMap<Uuid, usize> = HashMap::new();
        for application in &waiting {
            *asking.entry(application.event_id).or_default() += 1;
        }
        let is_tight =
            |id: &Uuid| doors.get(id).zip(asking.get(id)).is_some_and(|(door, asking)| *asking > door.room());
        waiting.iter().copied().filter(|application| is_tight(&application.event_id)).collect()
    };
    if !tight.is_empty() {
        let known = read(connection, &tight).await?;
        let mut room: HashMap<Uuid, usize> = doors.iter().map(|(id, door)| (*id, door.room())).collect();
        waiting.retain(|application| {
            let outcome = known.get(&application.key()).and_then(|row| standing(row, application)).or_else(|| {
                let room = room.entry(application.event_id).or_default();
                let capacity = doors.get(&application.event_id)?.capacity?;
                if *room == 0 {
                    return Some(JoinOutcome::Full { capacity });
                }
                *room -= 1;
                None
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
        if let Some(door) = doors.get_mut(&application.event_id) {
            door.inside += 1;
        }
        decided.insert(application.id, JoinOutcome::Joined(Arc::new(participation)));
    };
    for application in fresh {
        let player = application.player_id.clone();
        come_in(application, Participation::new(application.id, application.event_id, player, now));
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

/// Sends away whom no room would help; returns the others, each player once.
fn at_the_door<'a>(
    doors: &HashMap<Uuid, Door>,
    applications: &[&'a Application],
    decided: &mut HashMap<Uuid, JoinOutcome>,
) -> Vec<&'a Application> {
    let mut seen = HashSet::new();
    let mut waiting = Vec::with_capacity(applications.len());
    for &application in applications {
        match doors.get(&application.event_id) {
            None => _ = decided.insert(application.id, JoinOutcome::NoEvent),
            Some(door) if door.status != EventStatus::Active => {
                decided.insert(application.id, JoinOutcome::NotOpen(door.status));
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
        ParticipantStatus::Left => None,
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
    let written = sqlx::query_scalar(
        "INSERT INTO gameplay.event_participants AS p \
         (event_id, player_id, id, join_time, score_at, last_activity) \
         SELECT event_id, player_id, id, $4, $4, $4 \
         FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS entering (event_id, player_id, id) \
         ON CONFLICT (event_id, player_id) DO UPDATE \
         SET status = 'ACTIVE', last_activity = $4, version = p.version + 1 WHERE p.status = 'LEFT' \
         RETURNING p.id",
    );
    Ok(written.bind(events).bind(players).bind(ids).bind(now).fetch_all(connection).await?.into_iter().collect())
}
