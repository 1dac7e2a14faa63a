//! Changes of participations. Whoever changes one has read it, decides what it becomes, and hands that over together with
//! the version that was read; if the row has moved on meanwhile, nothing is written and the decision is made again from
//! the newer row. So nothing is lost and nothing counts twice, however many write at once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres};
use uuid::Uuid;

use super::{Key, participation_columns};
use crate::model::counters::CounterRefused;
use crate::model::{EventStatus, Object, ParticipantStatus, Participation, Time};
use crate::store::StoreError;

/// What a participation is to become.
#[derive(Debug, Clone)]
pub struct Change {
    /// The participation as it is to be, with the version that it was read at.
    pub after: Participation,
    /// The status that it was read with.
    pub before: ParticipantStatus,
    /// What to add to shared counters.
    pub counters: BTreeMap<String, i64>,
    /// Whether this may still be done when the event is over.
    pub after_the_end: bool,
    /// Whether whoever made it sees from the row that it was applied, though the answer was lost.
    pub is_repeatable: bool,
}

impl Change {
    /// A change of this participation, which starts as it was read.
    #[must_use]
    pub fn of(participation: Participation) -> Self {
        Self {
            before: participation.status,
            after: participation,
            counters: BTreeMap::new(),
            after_the_end: false,
            is_repeatable: false,
        }
    }

    /// Adds to shared counters.
    pub fn add_counters(&mut self, deltas: impl IntoIterator<Item = (String, i64)>) {
        for (counter, delta) in deltas {
            let sum = self.counters.entry(counter).or_default();
            *sum = sum.saturating_add(delta);
        }
    }

    /// Moves the status on. What the admission had added to shared counters goes when the player does.
    pub fn set_status(&mut self, status: ParticipantStatus, now: Time) {
        if self.after.status.is_inside() && !status.is_inside() {
            let added = self.after.admission_counters.clone().unwrap_or_default();
            self.add_counters(added.into_iter().map(|(counter, added)| (counter, added.saturating_neg())));
        }
        self.after.set_status(status, now);
    }

    /// The participation as the change leaves it.
    #[must_use]
    pub fn applied(&self) -> Participation {
        Participation { version: self.after.version + 1, ..self.after.clone() }
    }

    /// Whether it makes the participation a completed one.
    pub(super) fn completes(&self) -> bool {
        self.after.status == ParticipantStatus::Completed && self.before != ParticipantStatus::Completed
    }
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeOutcome {
    /// Written.
    Applied(Arc<Participation>),
    /// Somebody else was first: read again, decide again.
    Superseded,
    /// The event is not active.
    NotOpen(EventStatus),
    /// The counters do not take it; nothing was written.
    CounterRefused(CounterRefused),
    /// There is no such event or participation.
    Gone,
}

/// The version and the status of participations that are locked, or were written, in this transaction.
pub(super) type Held = HashMap<Key, (i64, ParticipantStatus)>;

/// Locks the rows, and says how they stand.
pub(super) async fn lock_rows(connection: &mut PgConnection, changes: &[&Change]) -> Result<Held, StoreError> {
    let (events, players): (Vec<Uuid>, Vec<&str>) =
        changes.iter().map(|change| (change.after.event_id, change.after.player_id.as_str())).unzip();
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
    Ok(rows.into_iter().map(|row| (row.key(), (row.version, row.status))).collect())
}

/// The columns that a change sets, from a row of [`rows_as`].
macro_rules! set_columns {
    () => {
        "status = c.status, progress_data = c.progress_data, score = c.score, score_at = c.score_at, \
         achievements = c.achievements, last_activity = c.last_activity, completed_at = c.completed_at, \
         rating = c.rating, last_sequence = c.last_sequence, version = c.version + 1"
    };
}
pub(super) use set_columns;

/// Changes as rows, numbered from 1: the parameters `$1` to `$13`, as [`bind_rows`] binds them.
macro_rules! rows_as {
    () => {
        "unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::jsonb[], $6::bigint[], $7::timestamptz[], \
         $8::jsonb[], $9::timestamptz[], $10::timestamptz[], $11::float8[], $12::bigint[], $13::uuid[]) \
         WITH ORDINALITY AS c (event_id, player_id, version, status, progress_data, score, score_at, achievements, \
         last_activity, completed_at, rating, last_sequence, id, ordinal)"
    };
}
pub(super) use rows_as;

/// A query that returns rows.
type RowsQuery<'q, O> = QueryAs<'q, Postgres, O, PgArguments>;

/// Binds the parameters of [`rows_as`].
pub(super) fn bind_rows<'q, O>(query: RowsQuery<'q, O>, changes: &[&'q Change]) -> RowsQuery<'q, O> {
    static EMPTY: LazyLock<Object> = LazyLock::new(Object::default);
    macro_rules! column {
        ($row:ident => $value:expr) => {
            changes.iter().map(|change| &change.after).map(|$row| $value).collect::<Vec<_>>()
        };
    }
    query
        .bind(column!(row => row.event_id))
        .bind(column!(row => row.player_id.as_str()))
        .bind(column!(row => row.version))
        .bind(column!(row => row.status.as_str()))
        .bind(column!(row => Json(&**row.progress_data.as_ref().unwrap_or(&EMPTY))))
        .bind(column!(row => row.score.get()))
        .bind(column!(row => row.score_at))
        .bind(column!(row => Json(&*row.achievements)))
        .bind(column!(row => row.last_activity))
        .bind(column!(row => row.completed_at))
        .bind(column!(row => row.rating.map(|rating| rating.get())))
        .bind(column!(row => row.last_sequence.map(|sequence| sequence.get())))
        .bind(column!(row => row.id))
}

/// The first change of each row: of two that were decided from the same version, the first holds.
pub(super) fn first_of_each_row<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<&'a Change> {
    let mut seen = HashSet::new();
    changes.filter(|change| seen.insert(change.after.id)).collect()
}

/// Writes changes of rows that are still at the version that was read: those rows, as they were read.
///
/// Two servers may write at once: each holds the locks of its events, which keep the rows of one event to one of them.
pub(super) async fn write_rows(connection: &mut PgConnection, changes: &[&Change]) -> Result<Held, StoreError> {
    let changes = first_of_each_row(changes.iter().copied());
    if changes.is_empty() {
        return Ok(Held::new());
    }
    let update = sqlx::query_as(concat!(
        "UPDATE gameplay.event_participants AS p SET ",
        set_columns!(),
        " FROM ",
        rows_as!(),
        " WHERE p.event_id = c.event_id AND p.player_id = c.player_id AND p.version = c.version AND p.id = c.id \
         RETURNING c.ordinal",
    ));
    let written: Vec<(i64,)> = bind_rows(update, &changes).fetch_all(connection).await?;
    let change = |(ordinal,): &(i64,)| changes.get(usize::try_from(ordinal - 1).ok()?).copied();
    Ok(written
        .iter()
        .filter_map(change)
        .map(|change| (change.after.key(), (change.after.version, change.before)))
        .collect())
}
