//! Where the rule counts who comes in, those who come at once are let in one after the other.
//!
//! A rule that keeps a balance decides by the shared counters that its own admissions move. Decided at the same time, a
//! crowd would be judged by the same totals and all be let in. So whoever joins such an event waits in a queue; of those who
//! wait, each is judged by the totals with all who were admitted before, and then all are written together. What costs time,
//! the transaction, is still shared by many.
//!
//! On each server that is exact. Several servers hear of each other's joins a moment later.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use uuid::Uuid;

use super::door::{Decided, Door};
use crate::api::error::ApiError;
use crate::api::events;
use crate::live::{Batcher, Bounds, WriteError};
use crate::model::Participation;
use crate::referee::EventInput;
use crate::store::participations::JoinOutcome;

/// How many queues there are. The events of a queue wait for each other.
const QUEUES: usize = 16;
const BOUNDS: Bounds = Bounds { waiting: 16_384, together: 1_000 };
/// After so long, those who were judged are written before the next one is: some hundred of them if the rule is quick, and
/// few if it is slow, so that nobody waits much longer than for a transaction.
const JUDGING: Duration = Duration::from_millis(10);
/// How many events may have a turnstile. One that is forgotten gets another as soon as its rule counts somebody.
const EVENTS: u64 = 10_000;
/// After how long without a join an event's is forgotten.
const IDLE: Duration = Duration::from_secs(600);

/// The queues of those who join one after the other.
pub struct Turnstile {
    queues: Batcher<Waiting, Result<JoinOutcome, ApiError>>,
    events: moka::sync::Cache<Uuid, ()>,
    hasher: RandomState,
}

/// Somebody who waits.
struct Waiting {
    door: Door,
    before: Option<Arc<Participation>>,
}

impl Default for Turnstile {
    fn default() -> Self {
        let events = moka::sync::Cache::builder().max_capacity(EVENTS).time_to_idle(IDLE).build();
        let queues = Batcher::start(BOUNDS, std::iter::repeat_n(let_in, QUEUES));
        Self { queues, events, hasher: RandomState::new() }
    }
}

impl Turnstile {
    /// Whether those who join the event have to pass here.
    pub(super) fn is_before(&self, event: Uuid) -> bool {
        self.events.get(&event).is_some()
    }

    /// From now on they have to.
    pub(super) fn put_before(&self, event: Uuid) {
        self.events.insert(event, ());
    }

    /// Has the player judged and written when it is their turn.
    pub(super) async fn pass(&self, door: Door, before: Option<Arc<Participation>>) -> Result<JoinOutcome, ApiError> {
        let key = self.hasher.hash_one(door.live.event.id);
        self.queues.ask(key, Waiting { door, before }).await.map_err(WriteError::from)?
    }
}

/// Judges some in their order, writes them together, and goes on with the next.
async fn let_in(waiting: Vec<Waiting>) -> Vec<Result<JoinOutcome, ApiError>> {
    let mut outcomes = Vec::with_capacity(waiting.len());
    let mut waiting = waiting.into_iter().peekable();
    while waiting.peek().is_some() {
        let (began, mut stands, mut judged) = (Instant::now(), HashMap::new(), Vec::new());
        while began.elapsed() < JUDGING
            && let Some(Waiting { door, before }) = waiting.next()
        {
            let decided = decide(&mut stands, &door, before.as_deref()).await;
            judged.push(async move { door.act(before, decided?).await });
        }
        outcomes.extend(join_all(judged).await);
    }
    outcomes
}

/// Judges one, by how the event stands with all who were admitted before.
async fn decide(
    stands: &mut HashMap<Uuid, EventInput>,
    door: &Door,
    before: Option<&Participation>,
) -> Result<Decided, ApiError> {
    let id = door.live.event.id;
    let stand = match stands.entry(id) {
        Entry::Occupied(stand) => stand.into_mut(),
        // Those of the last turn are written by now, and in the totals.
        Entry::Vacant(stand) => stand.insert(events::find_open(&door.app, id, door.now).await?.input().clone()),
    };
    let decided = door.decide(stand, before).await?;
    if let Ok(admission) = &decided {
        stand.admit(admission);
    }
    Ok(decided)
}
