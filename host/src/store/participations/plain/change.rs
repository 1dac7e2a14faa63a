//! Changes by which no goal falls, no counter may leave its range, and nobody becomes completed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use sqlx::FromRow;
use uuid::Uuid;

use super::Plain;
use crate::model::{MAX_SAFE_INTEGER, Time};
use crate::store::participations::change::{bind_rows, first_of_each_row, rows_as, set_columns};
use crate::store::participations::{Change, ChangeOutcome, EventState, KnownEvents};
use crate::store::{Store, StoreError};

/// An event that changes were to be written to.
#[derive(FromRow)]
struct Changed {
    id: Uuid,
    version: i64,
    /// How many were in before.
    inside: i32,
    /// Whether nothing stood in the way.
    is_open: bool,
    /// Which of the rows were written, from 1.
    written: Vec<i64>,
    /// Its shared counters before, if any of them was to move.
    counters: Vec<String>,
    values: Vec<i64>,
}

impl Store {
    /// Writes changes where the event is open, as far as their rows are still at the version that was read.
    ///
    /// # Errors
    /// The database failed; then nothing was written, unless the connection was lost while it committed.
    pub async fn change_plainly(
        &self,
        changes: &[&Change],
        known: &KnownEvents,
        now: Time,
    ) -> Result<Plain<ChangeOutcome>, StoreError> {
        let is_plain = |change: &Change| {
            !change.completes() && (change.counters.is_empty() || known.contains_key(&change.after.event_id))
        };
        let rows = first_of_each_row(changes.iter().copied().filter(|change| is_plain(change)));
        if rows.is_empty() {
            return Ok(Plain { outcomes: changes.iter().map(|_| None).collect(), events: Vec::new() });
        }
        let changed = self.write_plainly(&rows, known, now).await?;

        let mut written = HashSet::new();
        let mut events = HashMap::new();
        for event in changed.into_iter().filter(|event| event.is_open) {
            let ordinals = event.written.iter().filter_map(|ordinal| usize::try_from(ordinal - 1).ok());
            let of_event: Vec<&Change> = ordinals.filter_map(|index| rows.get(index).copied()).collect();
            written.extend(of_event.iter().map(|change| change.after.id));
            events.insert(event.id, event.state(&of_event));
        }
        let outcome = |change: &&Change| {
            if !is_plain(change) || !events.contains_key(&change.after.event_id) {
                return None;
            }
            // Of two changes of one row, decided from the same version, the first holds.
            let is_applied = written.remove(&change.after.id);
            Some(if is_applied {
                ChangeOutcome::Applied(Arc::new(change.applied()))
            } else {
                ChangeOutcome::Superseded
            })
        };
        Ok(Plain { outcomes: changes.iter().map(outcome).collect(), events: events.into_values().collect() })
    }

    async fn write_plainly(
        &self,
        rows: &[&Change],
        known: &KnownEvents,
        now: Time,
    ) -> Result<Vec<Changed>, StoreError> {
        let Steps { of_row, total, goals } = Steps::of(rows, known);
        let query = sqlx::query_as(concat!(
            "WITH door AS MATERIALIZED ( \
               SELECT e.id, e.version, e.status, e.end_time, e.current_participants \
               FROM gameplay.world_events e WHERE e.id = ANY ($1) ORDER BY e.id FOR NO KEY UPDATE), \
             step AS MATERIALIZED ( \
               SELECT * FROM unnest($15::uuid[], $16::text[], $17::bigint[], $18::bigint[], $19::bigint[]) \
                 AS s (event_id, counter, up, down, version)), \
             held AS MATERIALIZED ( \
               SELECT c.event_id, c.counter, c.value FROM door d JOIN gameplay.event_counters c ON c.event_id = d.id \
               WHERE d.id IN (SELECT event_id FROM step) FOR NO KEY UPDATE OF c), \
             open AS MATERIALIZED ( \
               SELECT d.id FROM door d WHERE d.status = 'ACTIVE' AND (d.end_time IS NULL OR d.end_time > $14) \
               AND NOT EXISTS ( \
                 SELECT FROM step s LEFT JOIN held h ON h.event_id = s.event_id AND h.counter = s.counter \
                 WHERE s.event_id = d.id AND (s.version <> d.version OR h.value IS NULL \
                   OR h.value + s.up > $20 OR h.value + s.down < -$20)) \
               AND NOT EXISTS ( \
                 SELECT FROM unnest($21::uuid[], $22::text[], $23::bigint[], $24::bool[]) \
                   AS g (event_id, counter, target, ends_event) \
                 JOIN held h ON h.event_id = g.event_id AND h.counter = g.counter \
                 LEFT JOIN step s ON s.event_id = g.event_id AND s.counter = g.counter \
                 WHERE g.event_id = d.id AND h.value + coalesce(s.up, 0) >= g.target \
                   AND (g.ends_event OR h.value + coalesce(s.down, 0) < g.target))), \
             written AS ( \
               UPDATE gameplay.event_participants AS p SET ",
            set_columns!(),
            " FROM ",
            rows_as!(),
            " JOIN open ON open.id = c.event_id \
               WHERE p.event_id = c.event_id AND p.player_id = c.player_id AND p.version = c.version AND p.id = c.id \
               RETURNING p.event_id, c.ordinal), \
             moved AS ( \
               UPDATE gameplay.event_counters AS m SET value = m.value + t.delta \
               FROM (SELECT w.event_id, s.counter, sum(s.delta)::bigint AS delta \
                 FROM unnest($25::bigint[], $26::text[], $27::bigint[]) AS s (ordinal, counter, delta) \
                 JOIN written w ON w.ordinal = s.ordinal GROUP BY w.event_id, s.counter) t \
               WHERE m.event_id = t.event_id AND m.counter = t.counter) \
             SELECT d.id, d.version, d.current_participants AS inside, open.id IS NOT NULL AS is_open, \
               ARRAY(SELECT w.ordinal FROM written w WHERE w.event_id = d.id) AS written, \
               ARRAY(SELECT h.counter FROM held h WHERE h.event_id = d.id ORDER BY h.counter) AS counters, \
               ARRAY(SELECT h.value FROM held h WHERE h.event_id = d.id ORDER BY h.counter) AS values \
             FROM door d LEFT JOIN open ON open.id = d.id",
        ));
        let query = bind_rows(query, rows)
            .bind(now)
            .bind(total.iter().map(|step| step.event_id).collect::<Vec<_>>())
            .bind(total.iter().map(|step| step.counter).collect::<Vec<_>>())
            .bind(total.iter().map(|step| step.up).collect::<Vec<_>>())
            .bind(total.iter().map(|step| step.down).collect::<Vec<_>>())
            .bind(total.iter().map(|step| step.version).collect::<Vec<_>>())
            .bind(MAX_SAFE_INTEGER)
            .bind(goals.iter().map(|goal| goal.event_id).collect::<Vec<_>>())
            .bind(goals.iter().map(|goal| goal.counter).collect::<Vec<_>>())
            .bind(goals.iter().map(|goal| goal.target).collect::<Vec<_>>())
            .bind(goals.iter().map(|goal| goal.ends_event).collect::<Vec<_>>())
            .bind(of_row.iter().map(|step| step.ordinal).collect::<Vec<_>>())
            .bind(of_row.iter().map(|step| step.counter).collect::<Vec<_>>())
            .bind(of_row.iter().map(|step| step.delta).collect::<Vec<_>>());
        Ok(query.fetch_all(&self.pool).await?)
    }
}

impl Changed {
    /// How these changes leave the event.
    fn state(&self, written: &[&Change]) -> EventState {
        let step = |change: &&Change| i32::from(change.after.status.is_inside()) - i32::from(change.before.is_inside());
        let mut counters: BTreeMap<String, i64> =
            self.counters.iter().cloned().zip(self.values.iter().copied()).collect();
        for (counter, delta) in written.iter().flat_map(|change| &change.counters) {
            if let Some(value) = counters.get_mut(counter) {
                *value = value.saturating_add(*delta);
            }
        }
        EventState {
            id: self.id,
            version: self.version,
            inside: self.inside.saturating_add(written.iter().map(step).sum()),
            counters: (!counters.is_empty()).then_some(counters),
        }
    }
}

/// How counters are to move.
struct Steps<'a> {
    of_row: Vec<Step<'a>>,
    total: Vec<Total<'a>>,
    /// Goals of the events whose counters move.
    goals: Vec<GoalOf<'a>>,
}

/// From wherever a counter stands, this is out of its range.
const FARTHEST: i64 = 3 * MAX_SAFE_INTEGER;

/// By one row.
struct Step<'a> {
    /// Which row, from 1.
    ordinal: i64,
    counter: &'a str,
    delta: i64,
}

/// By all rows: as far as it may go, whichever of them are written and in whatever order.
struct Total<'a> {
    event_id: Uuid,
    counter: &'a str,
    up: i64,
    down: i64,
    /// The edit of the event whose goals are known.
    version: i64,
}

struct GoalOf<'a> {
    event_id: Uuid,
    counter: &'a str,
    target: i64,
    ends_event: bool,
}

impl<'a> Steps<'a> {
    fn of(rows: &[&'a Change], known: &'a KnownEvents) -> Self {
        let mut of_row = Vec::new();
        let mut sums: BTreeMap<(Uuid, &str), (i64, i64)> = BTreeMap::new();
        for (ordinal, change) in (1..).zip(rows) {
            for (counter, &delta) in &change.counters {
                of_row.push(Step { ordinal, counter, delta });
                let (up, down) = sums.entry((change.after.event_id, counter.as_str())).or_default();
                *up = up.saturating_add(delta.max(0)).min(FARTHEST);
                *down = down.saturating_add(delta.min(0)).max(-FARTHEST);
            }
        }
        let moving: HashSet<Uuid> = sums.keys().map(|(event_id, _)| *event_id).collect();
        let total = |((event_id, counter), (up, down))| {
            let version = known.get(&event_id)?.version;
            Some(Total { event_id, counter, up, down, version })
        };
        let goals = moving.into_iter().filter_map(|event_id| {
            let rules = known.get(&event_id)?.rules.as_ref()?;
            Some(rules.goals.iter().map(move |goal| GoalOf {
                event_id,
                counter: goal.counter.as_str(),
                target: goal.target.get(),
                ends_event: goal.ends_event,
            }))
        });
        Self { of_row, total: sums.into_iter().filter_map(total).collect(), goals: goals.flatten().collect() }
    }
}
