//! All that is held.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::cache::{ReadCache, Versioned};
use super::event::LiveEvent;
use crate::model::event::WorldEvent;
use crate::model::json::encoded_len;
use crate::model::plugin::Plugin;
use crate::model::text::PluginName;
use crate::model::{EventTemplate, Participation, PlayerId};
use crate::referee::Attributes;
use crate::store::participations::{EventState, Key, KnownEvents};

/// How many events, templates and plugins are held.
const EVENTS: u64 = 10_000;
const TEMPLATES: u64 = 1_000;
const PLUGINS: u64 = 1_000;
/// How many players' attributes are held.
const PLAYERS: u64 = 100_000;
/// How much memory participations may take, in bytes, roughly: some 300,000 of usual size.
const PARTICIPATION_BYTES: u64 = 256 << 20;
/// What a participation takes besides its JSON, twice over (in the text of the database a JSON object is about half as large
/// as in memory).
const PARTICIPATION_OVERHEAD: usize = 600;
/// After how long without a report a participation is no longer held.
const PARTICIPATION_IDLE: Duration = Duration::from_secs(600);

impl Versioned for EventTemplate {
    fn version(&self) -> i64 {
        self.version
    }
}
impl Versioned for Plugin {}
impl Versioned for Attributes {}

/// All that is held.
pub(super) struct Held {
    pub(super) events: ReadCache<Uuid, LiveEvent>,
    pub(super) templates: ReadCache<Uuid, EventTemplate>,
    pub(super) plugins: ReadCache<PluginName, Plugin>,
    pub(super) attributes: ReadCache<PlayerId, Attributes>,
    pub(super) participations: Participations,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            events: ReadCache::new(EVENTS),
            templates: ReadCache::new(TEMPLATES),
            plugins: ReadCache::new(PLUGINS),
            attributes: ReadCache::new(PLAYERS),
            participations: Participations::default(),
        }
    }
}

impl Held {
    /// Those of these events that are held.
    pub(super) fn known(&self, ids: impl Iterator<Item = Uuid>) -> KnownEvents {
        let mut known = KnownEvents::new();
        for id in ids {
            if !known.contains_key(&id)
                && let Some(live) = self.events.get(&id)
            {
                known.insert(id, Arc::clone(&live.event));
            }
        }
        known
    }

    /// Forgets everything: word of changes may have been lost.
    pub(super) fn forget_all(&self) {
        self.events.forget_all();
        self.templates.forget_all();
        self.plugins.forget_all();
    }

    /// Takes in how a transaction of this server, which has just committed, left an event.
    pub(super) fn take_in(&self, state: EventState) {
        let ticket = self.events.ticket();
        match self.events.get(&state.id) {
            Some(held) if held.event.version == state.version => {
                let event = &held.event;
                let is_same = event.current_participants == state.inside
                    && state.counters.as_ref().is_none_or(|counters| *counters == event.counters);
                let live = if is_same {
                    held.touched()
                } else {
                    LiveEvent::new(WorldEvent {
                        current_participants: state.inside,
                        counters: state.counters.unwrap_or_else(|| event.counters.clone()),
                        ..WorldEvent::clone(event)
                    })
                };
                self.events.put(state.id, Arc::new(live), ticket);
            }
            _ => self.events.forget(state.id, state.version),
        }
    }
}

/// Participations, to decide from. The last one that was read or written is kept: should it be an old one, what is decided
/// from it is refused, and it is read anew. So nothing has to be compared under a lock.
pub(super) struct Participations(moka::sync::Cache<Key, Arc<Participation>>);

impl Default for Participations {
    fn default() -> Self {
        let weight = |_: &Key, participation: &Arc<Participation>| {
            let json = encoded_len(&participation.progress_data) + encoded_len(&participation.achievements);
            u32::try_from(PARTICIPATION_OVERHEAD + 2 * json).unwrap_or(u32::MAX)
        };
        let cache = moka::sync::Cache::builder();
        Self(cache.weigher(weight).max_capacity(PARTICIPATION_BYTES).time_to_idle(PARTICIPATION_IDLE).build())
    }
}

impl Participations {
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Participation>> {
        self.0.get(key)
    }

    pub(super) fn put(&self, participation: Arc<Participation>) {
        self.0.insert(participation.key(), participation);
    }
}
