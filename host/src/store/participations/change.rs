//! Changes of participations. Whoever changes one has read it, decides what it becomes, and hands that over together with
//! the version that was read; if the row has moved on meanwhile, nothing is written and the decision is made again from
//! the newer row. So nothing is lost and nothing counts twice, however many write at once.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::participation_columns;
use crate::model::event::WorldEvent;
use crate::model::rules::{Capability, MAX_COUNTERS};
use crate::model::{EventStatus, MAX_SAFE_INTEGER, ParticipantStatus, Participation, PlayerId, Time};
use crate::store::{Store, StoreError, events, outbox, rewards};

/// What a participation is to become.
#[derive(Debug, Clone)]
pub struct Change {
    /// The participation as it is to be, with the version that it was read at.
    pub after: Participation,
    /// What to add to shared counters.
    pub counters: BTreeMap<String, i64>,
    /// Whether this may still be done when the event is over.
    pub after_the_end: bool,
}

impl Change {
    /// A change of this participation, which starts as it was read.
    #[must_use]
    pub fn of(participation: Participation) -> Self {
        Self { after: participation, counters: BTreeMap::new(), after_the_end: false }
    }
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeOutcome {
    /// Written.
    Applied(Participation),
    /// Somebody else was first: read again, decide again.
    Superseded,
    /// The event is not active.
    NotOpen(EventStatus),
    /// A counter would have left its range; nothing was written.
    CounterOutOfRange(String),
    /// The event would have more counters than it may; nothing was written.
    TooManyCounters,
    /// There is no such event or participation.
    Gone,
}

impl Store {
    /// Writes changes: an outcome for each, in their order. Counters move, goals fall and completions are rewarded in the
    /// same transaction.
    ///
    /// # Errors
    /// The database failed; then nothing was written.
    pub async fn change(&self, changes: &[Change], now: Time) -> Result<Vec<ChangeOutcome>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let ids: Vec<Uuid> = changes.iter().map(|change| change.after.event_id).collect();
        let mut round = Round {
            events: events::lock(&mut transaction, &ids).await?,
            rows: lock_rows(&mut transaction, changes).await?,
            now,
            accepted: Vec::new(),
            moved: BTreeMap::new(),
            reached: Vec::new(),
            transitions: Vec::new(),
        };
        let outcomes = changes.iter().map(|change| round.decide(change)).collect();
        round.write(&mut transaction).await?;
        transaction.commit().await?;
        Ok(outcomes)
    }
}

type Key = (Uuid, PlayerId);

fn key(participation: &Participation) -> Key {
    (participation.event_id, participation.player_id.clone())
}

/// The current version and status of a participation.
type Held = (i64, ParticipantStatus);

/// One transaction: everything is decided under the locks, then written at once.
struct Round {
    events: BTreeMap<Uuid, WorldEvent>,
    rows: HashMap<Key, Held>,
    now: Time,
    accepted: Vec<Participation>,
    /// The new values of the counters that move.
    moved: BTreeMap<(Uuid, String), i64>,
    /// Goals that fall: event, counter, target.
    reached: Vec<(Uuid, String, i64)>,
    /// Participations that become completed, by event.
    transitions: Vec<(Uuid, PlayerId)>,
}

impl Round {
    fn decide(&mut self, change: &Change) -> ChangeOutcome {
        let after = &change.after;
        let Some(event) = self.events.get_mut(&after.event_id) else { return ChangeOutcome::Gone };
        let Some(&(version, status)) = self.rows.get(&key(after)) else { return ChangeOutcome::Gone };
        if version != after.version {
            return ChangeOutcome::Superseded;
        }
        let open = event.status_at(self.now);
        if open != EventStatus::Active && !change.after_the_end {
            return ChangeOutcome::NotOpen(open);
        }
        let mut counters = event.counters.clone();
        for (counter, delta) in &change.counters {
            let value = counters.entry(counter.clone()).or_default();
            *value = value.saturating_add(*delta);
            if value.abs() > MAX_SAFE_INTEGER {
                return ChangeOutcome::CounterOutOfRange(counter.clone());
            }
        }

        if counters.len() > MAX_COUNTERS && counters.len() > event.counters.len() {
            return ChangeOutcome::TooManyCounters;
        }

        let goals = event.rules.as_ref().map(|rules| rules.goals.clone()).unwrap_or_default();
        let mut ends = false;
        for goal in &goals {
            let value_in = |counters: &BTreeMap<String, i64>| counters.get(goal.counter.as_str()).copied().unwrap_or(0);
            let target = goal.target.get();
            let falls = value_in(&event.counters) < target && value_in(&counters) >= target;
            // A target that was lowered below what is reached already ends the event at the next move.
            let is_overdue = goal.ends_event && !change.counters.is_empty() && value_in(&counters) >= target;
            if falls || is_overdue {
                self.reached.push((event.id, goal.counter.to_string(), target));
                ends |= goal.ends_event;
            }
        }
        for counter in change.counters.keys() {
            if let Some(value) = counters.get(counter) {
                self.moved.insert((event.id, counter.clone()), *value);
            }
        }
        event.counters = counters;
        if ends {
            event.advance(self.now);
            // An active event may always be completed.
            let _ = event.set_status(EventStatus::Completed, self.now);
        }
        if after.status == ParticipantStatus::Completed && status != ParticipantStatus::Completed {
            self.transitions.push(key(after));
        }

        let mut applied = after.clone();
        applied.version = version + 1;
        self.rows.insert(key(after), (applied.version, applied.status));
        self.accepted.push(applied.clone());
        ChangeOutcome::Applied(applied)
    }

    async fn write(mut self, connection: &mut PgConnection) -> Result<(), StoreError> {
        // Of several changes of one row in this round the last holds them all.
        let latest: HashMap<Key, Participation> = self.accepted.drain(..).map(|row| (key(&row), row)).collect();
        write_rows(connection, latest.into_values().collect()).await?;
        write_counters(connection, &self.moved).await?;
        for (event_id, counter, target) in &self.reached {
            let data = json!({ "eventId": event_id, "counter": counter, "target": target });
            outbox::tell(connection, *event_id, "goal.reached", data, self.now).await?;
        }
        for (event_id, player) in &self.transitions {
            let Some(event) = self.events.get(event_id) else { continue };
            if !event.has_rule(Capability::Rewards) {
                rewards::grant_promised(connection, event, player, self.now).await?;
            }
        }
        for event in self.events.values_mut() {
            if event.status == EventStatus::Completed && self.reached.iter().any(|(id, ..)| *id == event.id) {
                event.version += 1;
                event.updated_at = self.now;
                events::write(connection, EventStatus::Active, event, self.now).await?;
            }
        }
        Ok(())
    }
}

async fn lock_rows(connection: &mut PgConnection, changes: &[Change]) -> Result<HashMap<Key, Held>, StoreError> {
    let (mut events, mut players) = (Vec::new(), Vec::new());
    for change in changes {
        events.push(change.after.event_id);
        players.push(change.after.player_id.as_str().to_owned());
    }
    let rows: Vec<Participation> = sqlx::query_as(participation_columns!(
        "SELECT",
        "FROM gameplay.event_participants p \
         WHERE (p.event_id, p.player_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[])) \
         ORDER BY p.event_id, p.player_id FOR NO KEY UPDATE"
    ))
    .bind(events)
    .bind(players)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (key(&row), (row.version, row.status))).collect())
}

async fn write_rows(connection: &mut PgConnection, rows: Vec<Participation>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut query = sqlx::QueryBuilder::new(
        "UPDATE gameplay.event_participants AS p SET status = c.status, progress_data = c.progress_data, \
         score = c.score, score_at = c.score_at, achievements = c.achievements, last_activity = c.last_activity, \
         completed_at = c.completed_at, rating = c.rating, last_sequence = c.last_sequence, version = c.version FROM (",
    );
    query.push_values(rows, |mut row, participation| {
        row.push_bind(participation.event_id)
            .push_bind(participation.player_id.as_str().to_owned())
            .push_bind(participation.status.as_str())
            .push_bind(Json(participation.progress_data.unwrap_or_default()))
            .push_bind(participation.score.get())
            .push_bind(participation.score_at)
            .push_bind(Json(participation.achievements))
            .push_bind(participation.last_activity)
            .push_bind(participation.completed_at)
            .push_bind(participation.rating.map(|rating| rating.get()))
            .push_bind(participation.last_sequence.map(|sequence| sequence.get()))
            .push_bind(participation.version);
    });
    query.push(
        ") AS c (event_id, player_id, status, progress_data, score, score_at, achievements, last_activity, \
         completed_at, rating, last_sequence, version) \
         WHERE p.event_id = c.event_id AND p.player_id = c.player_id",
    );
    query.build().execute(connection).await?;
    Ok(())
}

async fn write_counters(
    connection: &mut PgConnection,
    moved: &BTreeMap<(Uuid, String), i64>,
) -> Result<(), StoreError> {
    if moved.is_empty() {
        return Ok(());
    }
    let (mut events, mut counters, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for ((event_id, counter), value) in moved {
        events.push(*event_id);
        counters.push(counter.clone());
        values.push(*value);
    }
    sqlx::query(
        "INSERT INTO gameplay.event_counters (event_id, counter, value) \
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[]) \
         ON CONFLICT (event_id, counter) DO UPDATE SET value = excluded.value",
    )
    .bind(events)
    .bind(counters)
    .bind(values)
    .execute(connection)
    .await?;
    Ok(())
}
