//! What a server holds in memory, and the way by which many players write at once.
//!
//! - **Reads.** Events, templates, plugins and players' attributes are held for a few seconds. What this server writes is
//!   seen by the next read on it; other servers hear of edits by NOTIFY, and of what joins and reports move within the time
//!   to live.
//! - **Writes.** Joins, changes of participations and claims are gathered in queues and written in batches. Whoever asks
//!   waits for the batch; each gets an answer of its own.
//!
//! Participations are held, too, but only to decide from: whatever is decided from an old one is refused by the database
//! and decided again, so nothing ever depends on them being fresh.

mod batcher;
mod cache;
mod event;
mod held;
mod listen;
mod reads;
mod writers;
mod writes;

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

use uuid::Uuid;

pub use self::batcher::BatchError;
pub(crate) use self::batcher::{Batcher, Bounds};
pub use self::event::{EventDetail, LiveEvent, View};
use self::held::Held;
pub use self::writers::WriteError;
use self::writers::batched;
use self::writes::{Changing, Claiming, Joining, Participating};
use crate::boards::Boards;
use crate::clock::Clock;
use crate::model::plugin::Plugin;
use crate::model::text::PluginName;
use crate::model::{EventTemplate, Object, Participation, PlayerId, Time};
use crate::referee::Attributes;
use crate::store::claims::{Claim, ClaimOutcome};
use crate::store::participations::{Application, Change, ChangeOutcome, JoinOutcome, Key};
use crate::store::{PageRequest, Store, StoreError};

/// How reads of one row each are gathered into one query. As many may wait as there may be connections. Each kind of read has
/// one worker, and all share a connection: with two, reads were half as large and the server took a tenth more of the
/// processor for a join (`docs/performance.md`).
const READS: Bounds = Bounds { waiting: 65_536, together: 1_000 };
/// How writes are gathered. One event's writes go through one worker, as its row is locked for them anyway; several workers
/// keep events from waiting for each other.
const WRITERS: usize = 4;
/// How many writes go into one transaction at most: a thousand take some 20 ms, during which their event is locked.
const TOGETHER: usize = 1_000;

/// How many of those who joined first are shown with an event.
const FIRST_PAGE: u32 = 20;

type Read<T> = Result<T, Arc<StoreError>>;

/// What is held, and the way to what is not. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    store: Store,
    held: Arc<Held>,
    event_reads: Batcher<Uuid, Read<Option<Arc<LiveEvent>>>>,
    attribute_reads: Batcher<PlayerId, Read<Arc<Attributes>>>,
    participation_reads: Batcher<Key, Read<Option<Arc<Participation>>>>,
    joins: Batcher<Application, Result<JoinOutcome, WriteError>>,
    changes: Batcher<Box<Change>, Result<ChangeOutcome, WriteError>>,
    claims: Batcher<Claim, Result<ClaimOutcome, WriteError>>,
    hasher: RandomState,
}

impl Live {
    /// Holds nothing yet. Up to `waiting` writes wait in each queue.
    #[must_use]
    pub fn new(store: Store, boards: Boards, clock: Clock, waiting: usize) -> Self {
        let held = Arc::new(Held::default());
        let reading = store.with_own_connection();
        let own = || (0..WRITERS).map(|_| store.with_own_connection()).collect::<Vec<_>>();
        // Joins and changes of an event wait for each other anyway, as its row is locked for them.
        let (writers, claimers) = (own(), own());
        let participating = || {
            writers.iter().map(|store| Participating {
                store: store.clone(),
                held: Arc::clone(&held),
                boards: boards.clone(),
                clock: clock.clone(),
            })
        };
        let claiming = claimers.into_iter().map(|store| Claiming { store, clock: clock.clone() });
        let writes = Bounds { waiting, together: TOGETHER };
        Self(Arc::new(Inner {
            event_reads: Batcher::start(READS, [reads::events(reading.clone(), Arc::clone(&held))]),
            attribute_reads: Batcher::start(READS, [reads::attributes(reading.clone(), Arc::clone(&held))]),
            participation_reads: Batcher::start(READS, [reads::participations(reading.clone(), Arc::clone(&held))]),
            joins: Batcher::start(writes, participating().map(|of| batched(Joining(of)))),
            changes: Batcher::start(writes, participating().map(|of| batched(Changing(of)))),
            claims: Batcher::start(writes, claiming.map(batched)),
            hasher: RandomState::new(),
            held: Arc::clone(&held),
            store: store.clone(),
        }))
    }

    fn key(&self, of: impl Hash) -> u64 {
        self.0.hasher.hash_one(of)
    }

    /// The event. What others have changed is seen within seconds, what this server has changed at once.
    ///
    /// # Errors
    /// It is not held, and cannot be read.
    pub async fn event(&self, id: Uuid) -> Result<Option<Arc<LiveEvent>>, WriteError> {
        match self.0.held.events.get(&id) {
            Some(event) => Ok(Some(event)),
            None => self.current_event(id).await,
        }
    }

    /// The event as the database has it: for answers that must not rest on what was true seconds ago.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn current_event(&self, id: Uuid) -> Result<Option<Arc<LiveEvent>>, WriteError> {
        Ok(self.0.event_reads.ask(self.key(id), id).await??)
    }

    /// What is shown beside an event; read once for each state of the event. `None` if the event is gone.
    ///
    /// # Errors
    /// The database failed.
    pub async fn detail(&self, event: &LiveEvent) -> Result<Option<Arc<EventDetail>>, StoreError> {
        let id = event.event.id;
        let read = async || {
            let first = PageRequest { limit: FIRST_PAGE, offset: 0, after: None };
            let page = self.0.store.participations(id, None, &first).await?;
            let analytics = self.0.store.analytics(id).await?;
            let detail = page.zip(analytics).map(|(page, analytics)| EventDetail::new(page.items, analytics));
            Ok(detail.map(Arc::new))
        };
        event.detail.get_or_try_init(read).await.cloned()
    }

    /// An event was edited, and is now at this version.
    pub fn event_edited(&self, id: Uuid, version: i64) {
        self.0.held.events.forget(id, version);
    }

    /// Something changed that many events show.
    pub fn events_changed(&self) {
        self.0.held.events.forget_all();
    }

    /// The template.
    ///
    /// # Errors
    /// It is not held, and cannot be read.
    pub async fn template(&self, id: Uuid) -> Result<Option<Arc<EventTemplate>>, StoreError> {
        self.0.held.templates.get_or_read(id, self.0.store.template(id)).await
    }

    /// A template was edited, and is now at this version.
    pub fn template_edited(&self, id: Uuid, version: i64) {
        self.0.held.templates.forget(id, version);
    }

    /// The plugin with all its versions.
    ///
    /// # Errors
    /// It is not held, and cannot be read.
    pub async fn plugin(&self, name: &PluginName) -> Result<Option<Arc<Plugin>>, StoreError> {
        self.0.held.plugins.get_or_read(name.clone(), self.0.store.plugin(name)).await
    }

    /// A version of a plugin was published or yanked.
    pub fn plugin_changed(&self, name: &PluginName) {
        self.0.held.plugins.forget(name.clone(), 0);
    }

    /// The attributes of a player; empty if nobody has set any. What other servers have set is seen within seconds.
    ///
    /// # Errors
    /// They are not held, and cannot be read.
    pub async fn attributes(&self, player: &PlayerId) -> Result<Arc<Attributes>, WriteError> {
        if let Some(attributes) = self.0.held.attributes.get(player) {
            return Ok(attributes);
        }
        Ok(self.0.attribute_reads.ask(self.key(player), player.clone()).await??)
    }

    /// Replaces the attributes of a player.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_attributes(&self, player: &PlayerId, attributes: &Object, now: Time) -> Result<(), StoreError> {
        self.0.store.set_attributes(player, attributes, now).await?;
        self.0.held.attributes.forget(player.clone(), 0);
        Ok(())
    }

    /// The participation as the database has it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn participation(&self, key: Key) -> Result<Option<Arc<Participation>>, WriteError> {
        Ok(self.0.participation_reads.ask(self.key(&key), key).await??)
    }

    /// The participation as this server last saw it, if it did lately: to decide from, never to answer with.
    #[must_use]
    pub fn recent_participation(&self, key: &Key) -> Option<Arc<Participation>> {
        self.0.held.participations.get(key)
    }

    /// Lets a player into an event, if there is room.
    ///
    /// # Errors
    /// Too many wait already, or the database failed.
    pub async fn join(&self, application: Application) -> Result<JoinOutcome, WriteError> {
        let key = self.key(application.event_id);
        self.0.joins.ask(key, application).await?
    }

    /// Writes a change of a participation.
    ///
    /// # Errors
    /// Too many wait already, or the database failed.
    pub async fn change(&self, change: Change) -> Result<ChangeOutcome, WriteError> {
        let key = self.key(change.after.event_id);
        self.0.changes.ask(key, Box::new(change)).await?
    }

    /// Takes a reward.
    ///
    /// # Errors
    /// Too many wait already, or the database failed.
    pub async fn claim(&self, claim: Claim) -> Result<ClaimOutcome, WriteError> {
        self.0.claims.ask(self.key((claim.event_id, &claim.player_id)), claim).await?
    }
}
