//! Things of the database that are held in memory for a short time, and never longer than until this server writes them.
//!
//! What makes this hard is a read that began before a write and ends after it: it must not put the old state back. So each
//! read takes a ticket before it asks the database, each write takes one when it is done, and what has the later ticket
//! stays.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::ops::compute::Op;

/// How long something is held at most: should word of a change be lost, that is how late it is noticed.
const TIME_TO_LIVE: Duration = Duration::from_secs(5);

/// What grows with each edit.
pub(super) trait Versioned {
    /// Which edit it is; 0 if edits are not counted.
    fn version(&self) -> i64 {
        0
    }
}

/// When something was read or written, relative to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

enum Held<V> {
    Value {
        ticket: Ticket,
        value: Arc<V>,
    },
    /// It has changed: what was read before that does not count. The version is 0 if it is not known.
    Forgotten {
        ticket: Ticket,
        version: i64,
    },
}

impl<V> Clone for Held<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Value { ticket, value } => Self::Value { ticket: *ticket, value: Arc::clone(value) },
            Self::Forgotten { ticket, version } => Self::Forgotten { ticket: *ticket, version: *version },
        }
    }
}

/// What is held.
pub(super) struct ReadCache<K, V> {
    held: moka::sync::Cache<K, Held<V>>,
    next: AtomicU64,
    /// What has an earlier ticket is forgotten.
    floor: AtomicU64,
}

impl<K, V> ReadCache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Versioned + Send + Sync + 'static,
{
    /// Holds up to so many.
    pub(super) fn new(capacity: u64) -> Self {
        let held = moka::sync::Cache::builder().max_capacity(capacity).time_to_live(TIME_TO_LIVE).build();
        Self { held, next: AtomicU64::new(1), floor: AtomicU64::new(0) }
    }

    /// Notes the moment: before the database is asked, or after it was written.
    pub(super) fn ticket(&self) -> Ticket {
        Ticket(self.next.fetch_add(1, Ordering::SeqCst))
    }

    /// What is held.
    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        match self.held.get(key)? {
            Held::Value { ticket, value } if ticket.0 >= self.floor.load(Ordering::SeqCst) => Some(value),
            Held::Value { .. } | Held::Forgotten { .. } => None,
        }
    }

    /// What is held, or else is read, and held from then on if it exists.
    pub(super) async fn get_or_read<E>(
        &self,
        key: K,
        read: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<Arc<V>>, E> {
        if let Some(value) = self.get(&key) {
            return Ok(Some(value));
        }
        // Before the read begins, which is when it is first polled.
        let ticket = self.ticket();
        let value = read.await?.map(Arc::new);
        if let Some(value) = &value {
            self.put(key, Arc::clone(value), ticket);
        }
        Ok(value)
    }

    /// Holds what was read or written, unless something newer is held.
    pub(super) fn put(&self, key: K, value: Arc<V>, ticket: Ticket) {
        self.held.entry(key).and_compute_with(|entry| {
            let is_newer = match entry.as_ref().map(moka::Entry::value) {
                None => true,
                Some(Held::Value { ticket: held, value: old }) => (value.version(), ticket) > (old.version(), *held),
                Some(Held::Forgotten { ticket: held, version: 0 }) => ticket > *held,
                Some(Held::Forgotten { version, .. }) => value.version() >= *version,
            };
            if is_newer { Op::Put(Held::Value { ticket, value }) } else { Op::Nop }
        });
    }

    /// Forgets what is held, as it has changed; `version` is what it is now, 0 if that is not known.
    pub(super) fn forget(&self, key: K, version: i64) {
        let ticket = self.ticket();
        self.held.entry(key).and_compute_with(|entry| match entry.as_ref().map(moka::Entry::value) {
            Some(Held::Value { value, .. }) if version > 0 && value.version() >= version => Op::Nop,
            _ => Op::Put(Held::Forgotten { ticket, version }),
        });
    }

    /// Forgets everything.
    pub(super) fn forget_all(&self) {
        self.floor.store(self.ticket().0, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Thing(i64, &'static str);

    impl Versioned for Thing {
        fn version(&self) -> i64 {
            self.0
        }
    }

    fn word(cache: &ReadCache<u8, Thing>) -> Option<&'static str> {
        cache.get(&1).map(|thing| thing.1)
    }

    fn put(cache: &ReadCache<u8, Thing>, version: i64, word: &'static str, ticket: Ticket) {
        cache.put(1, Arc::new(Thing(version, word)), ticket);
    }

    #[test]
    fn a_slow_read_does_not_put_the_old_state_back() {
        let cache = ReadCache::new(10);
        let slow = cache.ticket();
        put(&cache, 1, "written", cache.ticket());
        put(&cache, 1, "read before", slow);
        assert_eq!(word(&cache), Some("written"));
    }

    #[test]
    fn what_was_read_before_an_edit_is_not_held_after_it() {
        for version in [0, 2] {
            let cache = ReadCache::new(10);
            put(&cache, 1, "old", cache.ticket());
            let slow = cache.ticket();
            cache.forget(1, version);
            assert_eq!(word(&cache), None);
            put(&cache, 1, "old", slow);
            assert_eq!(word(&cache), None, "version {version}");
            put(&cache, 2, "new", cache.ticket());
            assert_eq!(word(&cache), Some("new"));
        }
    }

    #[test]
    fn a_write_that_knew_the_old_edit_does_not_hide_the_new_one() {
        let cache = ReadCache::new(10);
        cache.forget(1, 2);
        put(&cache, 1, "a join from before the edit", cache.ticket());
        assert_eq!(word(&cache), None);
        put(&cache, 2, "edited", cache.ticket());
        put(&cache, 1, "a join from before the edit", cache.ticket());
        assert_eq!(word(&cache), Some("edited"));
        cache.forget(1, 2);
        assert_eq!(word(&cache), Some("edited"), "late word of what is known already");
    }

    #[test]
    fn everything_can_be_forgotten_at_once() {
        let cache = ReadCache::new(10);
        let slow = cache.ticket();
        put(&cache, 1, "held", cache.ticket());
        cache.forget_all();
        assert_eq!(word(&cache), None);
        put(&cache, 2, "read before", slow);
        assert_eq!(word(&cache), None);
        put(&cache, 2, "read after", cache.ticket());
        assert_eq!(word(&cache), Some("read after"));
    }
}
