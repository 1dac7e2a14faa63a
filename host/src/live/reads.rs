//! Reads of one row each that are gathered into one query.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use uuid::Uuid;

use super::Read;
use super::event::LiveEvent;
use super::held::Held;
use crate::model::{Participation, PlayerId};
use crate::referee::Attributes;
use crate::store::Store;
use crate::store::participations::Key;

type Answers<T> = Pin<Box<dyn Future<Output = Vec<Read<T>>> + Send>>;

/// The same failure for everybody in a batch.
fn failed<T>(count: usize, error: crate::store::StoreError) -> Vec<Read<T>> {
    let error = Arc::new(error);
    (0..count).map(|_| Err(Arc::clone(&error))).collect()
}

pub(super) fn events(
    store: Store,
    held: Arc<Held>,
) -> impl Fn(Vec<Uuid>) -> Answers<Option<Arc<LiveEvent>>> + Send + Sync {
    move |ids| {
        let (store, held) = (store.clone(), Arc::clone(&held));
        Box::pin(async move {
            let ticket = held.events.ticket();
            let found = match store.events_by_id(&ids).await {
                Ok(found) => found,
                Err(error) => return failed(ids.len(), error),
            };
            let found: HashMap<Uuid, Arc<LiveEvent>> =
                found.into_iter().map(|(id, event)| (id, Arc::new(LiveEvent::new(event)))).collect();
            for (id, live) in &found {
                held.events.put(*id, Arc::clone(live), ticket);
            }
            // What is held may be newer by now, or be forgotten again.
            let answer = |id: Uuid| found.get(&id).map(|read| held.events.get(&id).unwrap_or_else(|| Arc::clone(read)));
            ids.into_iter().map(|id| Ok(answer(id))).collect()
        })
    }
}

pub(super) fn attributes(
    store: Store,
    held: Arc<Held>,
) -> impl Fn(Vec<PlayerId>) -> Answers<Arc<Attributes>> + Send + Sync {
    move |players| {
        let (store, held) = (store.clone(), Arc::clone(&held));
        Box::pin(async move {
            let ticket = held.attributes.ticket();
            let mut found = match store.attributes_of(&players).await {
                Ok(found) => found,
                Err(error) => return failed(players.len(), error),
            };
            let answer = |player: PlayerId| {
                // Of two who ask about one player, the second finds what the first has put there.
                let attributes = match found.remove(&player) {
                    Some(object) => Arc::new(Attributes::new(object)),
                    None => held.attributes.get(&player).unwrap_or_default(),
                };
                held.attributes.put(player, Arc::clone(&attributes), ticket);
                Ok(attributes)
            };
            players.into_iter().map(answer).collect()
        })
    }
}

pub(super) fn participations(
    store: Store,
    held: Arc<Held>,
) -> impl Fn(Vec<Key>) -> Answers<Option<Arc<Participation>>> + Send + Sync {
    move |keys| {
        let (store, held) = (store.clone(), Arc::clone(&held));
        Box::pin(async move {
            let rows = match store.participations_by_key(&keys).await {
                Ok(rows) => rows,
                Err(error) => return failed(keys.len(), error),
            };
            let rows: HashMap<Key, Arc<Participation>> =
                rows.into_iter().map(|(key, row)| (key, Arc::new(row))).collect();
            rows.values().for_each(|row| held.participations.put(Arc::clone(row)));
            keys.into_iter().map(|key| Ok(rows.get(&key).cloned())).collect()
        })
    }
}
