//! One transaction for what many players do at once: changes of participations, then joins. All is decided under the locks
//! of the events' rows, so caps, goals and the end of an event hold exactly, whoever else writes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::change::{Change, ChangeOutcome, Held, lock_rows, write_rows};
use super::join::{Application, JoinOutcome, enter};
use super::lock;
use super::running::Running;
use crate::model::event::WorldEvent;
use crate::model::reward::promised;
use crate::model::rules::Capability;
use crate::model::{EventStatus, Time};
use crate::store::rewards::{self, PlayerGrant};
use crate::store::{Store, StoreError, events, outbox};

/// What is to be written in one transaction.
#[derive(Debug, Clone, Default)]
pub struct Batch<'a> {
    /// Who wants in.
    pub joins: Vec<&'a Application>,
    /// What is to change of who is in.
    pub changes: Vec<&'a Change>,
}

/// Events that whoever writes holds in memory. They are used where they are of the version that the database has.
pub type KnownEvents = HashMap<Uuid, Arc<WorldEvent>>;

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// What became of each application, in order.
    pub joins: Vec<JoinOutcome>,
    /// What became of each change, in order.
    pub changes: Vec<ChangeOutcome>,
    /// How the events were left.
    pub events: Vec<EventState>,
}

/// What joins and reports move of an event, as a transaction left it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventState {
    /// The event.
    pub id: Uuid,
    /// Which edit of it this is.
    pub version: i64,
    /// How many are in.
    pub inside: i32,
    /// The shared counters, if they were looked at.
    pub counters: Option<BTreeMap<String, i64>>,
}

impl Store {
    /// Writes changes and joins: an outcome for each. Counters move, goals fall and completions are rewarded in the same
    /// transaction.
    ///
    /// # Errors
    /// The database failed; then nothing was written, unless the connection was lost while it committed.
    pub async fn write(&self, batch: &Batch<'_>, known: &KnownEvents, now: Time) -> Result<Written, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let mut round = Round::open(&mut transaction, batch, known, now).await?;
        // Rows are mostly still at the version that was read, and decisions mostly hold: they are written at once.
        let held = write_rows(&mut transaction, &round.writable(batch)).await?;
        let written = held.len();
        let mut outcomes = round.decide(&batch.changes, held);
        let applied = outcomes.iter().filter(|outcome| matches!(outcome, ChangeOutcome::Applied(_))).count();
        if applied < written {
            // Something was written that may not be. From the start, and looking first.
            transaction.rollback().await?;
            transaction = self.pool.begin().await?;
            round = Round::open(&mut transaction, batch, known, now).await?;
            let held = lock_rows(&mut transaction, &round.writable(batch)).await?;
            outcomes = round.decide(&batch.changes, held);
            let decided = batch.changes.iter().zip(&outcomes);
            let accepted: Vec<&Change> = decided
                .filter(|(_, outcome)| matches!(outcome, ChangeOutcome::Applied(_)))
                .map(|(change, _)| *change)
                .collect();
            write_rows(&mut transaction, &accepted).await?;
        }
        let joins = enter(&mut transaction, &mut round.events, &batch.joins, now).await?;
        round.follow_up(&mut transaction).await?;
        transaction.commit().await?;
        Ok(Written { joins, changes: outcomes, events: round.states() })
    }
}

/// One transaction.
struct Round {
    now: Time,
    events: HashMap<Uuid, Running>,
}

impl Round {
    /// Locks the events, and reads of them what the batch needs.
    async fn open(
        connection: &mut PgConnection,
        batch: &Batch<'_>,
        known: &KnownEvents,
        now: Time,
    ) -> Result<Self, StoreError> {
        let of_joins = batch.joins.iter().map(|application| application.event_id);
        let mut ids: Vec<Uuid> = of_joins.chain(batch.changes.iter().map(|change| change.after.event_id)).collect();
        ids.sort_unstable();
        ids.dedup();
        let locked = lock::lock(connection, &ids).await?;
        let events = locked.into_iter().map(|(id, event)| (id, Running::of(event))).collect();
        let mut round = Self { now, events };
        round.read(connection, batch, known).await?;
        Ok(round)
    }

    /// Reads the counters where changes move them, and the whole event where it matters what it promises.
    async fn read(
        &mut self,
        connection: &mut PgConnection,
        batch: &Batch<'_>,
        known: &KnownEvents,
    ) -> Result<(), StoreError> {
        let counting = batch.joins.iter().filter(|application| application.moves_counters());
        let counting = counting.map(|application| application.event_id);
        let events_of = |wanted: &dyn Fn(&Change) -> bool| {
            let changing = batch.changes.iter().filter(|change| wanted(change)).map(|change| change.after.event_id);
            let mut ids: Vec<Uuid> = changing.chain(counting.clone()).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let moving = events_of(&|change| !change.counters.is_empty());
        if !moving.is_empty() {
            let mut counters = lock::counters(connection, &moving).await?;
            for id in &moving {
                if let Some(running) = self.events.get_mut(id) {
                    running.counters = Some(counters.remove(id).unwrap_or_default());
                }
            }
        }
        let mut missing = Vec::new();
        for id in events_of(&|change| !change.counters.is_empty() || change.completes()) {
            let Some(running) = self.events.get_mut(&id) else { continue };
            running.event = known.get(&id).filter(|event| event.version == running.locked.version).cloned();
            if running.event.is_none() {
                missing.push(id);
            }
        }
        for (id, event) in events::read(connection, &missing).await? {
            if let Some(running) = self.events.get_mut(&id) {
                running.event = Some(Arc::new(event));
            }
        }
        Ok(())
    }

    /// The changes that the events' states do not forbid.
    fn writable<'a>(&self, batch: &Batch<'a>) -> Vec<&'a Change> {
        let is_open = |change: &&Change| {
            let running = self.events.get(&change.after.event_id);
            running.is_some_and(|event| change.after_the_end || event.status_at(self.now) == EventStatus::Active)
        };
        batch.changes.iter().copied().filter(is_open).collect()
    }

    /// Decides one change after the other, over the rows that are held at the version that they were read at.
    fn decide(&mut self, changes: &[&Change], mut held: Held) -> Vec<ChangeOutcome> {
        changes.iter().map(|change| self.decide_one(change, &mut held)).collect()
    }

    fn decide_one(&mut self, change: &Change, held: &mut Held) -> ChangeOutcome {
        let after = &change.after;
        let Some(event) = self.events.get_mut(&after.event_id) else { return ChangeOutcome::Gone };
        let open = event.status_at(self.now);
        if open != EventStatus::Active && !change.after_the_end {
            return ChangeOutcome::NotOpen(open);
        }
        // A row that is not there at all is found out by whoever reads it again.
        let Some(row) = held.get_mut(&after.key()) else { return ChangeOutcome::Superseded };
        if *row != (after.version, change.before) {
            return ChangeOutcome::Superseded;
        }
        if !change.counters.is_empty()
            && let Err(refused) = event.move_counters(&change.counters)
        {
            return ChangeOutcome::CounterRefused(refused);
        }
        *row = (after.version + 1, after.status);
        event.inside += i32::from(after.status.is_inside()) - i32::from(change.before.is_inside());
        if change.completes() {
            event.completed.push(after.player_id.clone());
        }
        ChangeOutcome::Applied(Arc::new(change.applied()))
    }

    /// Writes what comes of changes and joins: counters, goals, the ends of events, promised rewards.
    async fn follow_up(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        write_counters(connection, &self.events).await?;
        for (id, running) in &self.events {
            for (counter, target) in &running.reached {
                let data = json!({ "eventId": id, "counter": counter, "target": target });
                outbox::tell(connection, *id, "goal.reached", data, self.now).await?;
            }
            let Some(event) = &running.event else { continue };
            if !event.has_rule(Capability::Rewards) {
                let promised = promised(&event.rewards);
                let grants = running.completed.iter().flat_map(|player_id| {
                    promised.iter().map(|grant| PlayerGrant { player_id: player_id.clone(), grant: grant.clone() })
                });
                rewards::grant(connection, *id, &grants.collect::<Vec<_>>(), self.now).await?;
            }
            if running.is_ended {
                let mut ended = WorldEvent { current_participants: running.inside, ..WorldEvent::clone(event) };
                ended.advance(self.now);
                // An active event may always be completed.
                let _ = ended.set_status(EventStatus::Completed, self.now);
                ended.version += 1;
                ended.updated_at = self.now;
                events::write(connection, EventStatus::Active, &ended, self.now).await?;
            }
        }
        Ok(())
    }

    fn states(self) -> Vec<EventState> {
        let state = |(id, event): (Uuid, Running)| EventState {
            id,
            version: event.locked.version + i64::from(event.is_ended),
            inside: event.inside,
            counters: event.counters,
        };
        self.events.into_iter().map(state).collect()
    }
}

async fn write_counters(connection: &mut PgConnection, running: &HashMap<Uuid, Running>) -> Result<(), StoreError> {
    let (mut events, mut counters, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (id, event) in running {
        for (counter, value) in &event.moved {
            events.push(*id);
            counters.push(counter.as_str());
            values.push(*value);
        }
    }
    if events.is_empty() {
        return Ok(());
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
