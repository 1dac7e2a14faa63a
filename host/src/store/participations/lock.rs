//! What of events decides about joins and changes, read under a lock of their rows.

use std::collections::{BTreeMap, HashMap};

use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::model::{EventStatus, Time};
use crate::store::StoreError;
use crate::store::row::text;

/// What of an event's row decides, as it is under the lock.
#[derive(Debug)]
pub(super) struct LockedEvent {
    status: EventStatus,
    start_time: Time,
    end_time: Option<Time>,
    /// How many may be in.
    pub(super) capacity: Option<i32>,
    /// How many are in.
    pub(super) inside: i32,
    /// Which edit of the event this is.
    pub(super) version: i64,
}

impl LockedEvent {
    /// The status by the clock.
    pub(super) fn status_at(&self, now: Time) -> EventStatus {
        self.status.by_the_clock(self.start_time, self.end_time, now)
    }
}

/// Locks events against other changes until the transaction ends, in the order of their ids, so that two transactions
/// never wait for each other.
pub(super) async fn lock(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, LockedEvent>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, status, start_time, end_time, max_participants, current_participants, version \
         FROM gameplay.world_events WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
    )
    .bind(ids)
    .fetch_all(connection)
    .await?;
    let event = |row: &sqlx::postgres::PgRow| {
        let event = LockedEvent {
            status: text(row, "status")?,
            start_time: row.try_get("start_time")?,
            end_time: row.try_get("end_time")?,
            capacity: row.try_get("max_participants")?,
            inside: row.try_get("current_participants")?,
            version: row.try_get("version")?,
        };
        Ok((row.try_get("id")?, event))
    };
    Ok(rows.iter().map(event).collect::<Result<_, sqlx::Error>>()?)
}

/// The counters of events that are locked. Who moves a counter holds that lock, so they stay as they are.
pub(super) async fn counters(
    connection: &mut PgConnection,
    events: &[Uuid],
) -> Result<HashMap<Uuid, BTreeMap<String, i64>>, StoreError> {
    let rows: Vec<(Uuid, String, i64)> =
        sqlx::query_as("SELECT event_id, counter, value FROM gameplay.event_counters WHERE event_id = ANY ($1)")
            .bind(events)
            .fetch_all(connection)
            .await?;
    let mut counters: HashMap<Uuid, BTreeMap<String, i64>> = HashMap::new();
    for (event_id, counter, value) in rows {
        counters.entry(event_id).or_default().insert(counter, value);
    }
    Ok(counters)
}
