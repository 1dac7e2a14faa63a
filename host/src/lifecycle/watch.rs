//! Starts and ends events when their time has come.

use std::convert::Infallible;
use std::time::Duration;

use sqlx::postgres::PgListener;

use super::Lifecycle;
use crate::clock::Clock;
use crate::live::Live;
use crate::model::Time;
use crate::store::{CHANGES_CHANNEL, LIFECYCLE_CHANNEL, Store, StoreError};

/// How many due events are taken at a time.
const AT_ONCE: i64 = 100;
/// After how long to look even if nobody has woken us: should a word from another server be lost, that is how late
/// an event is noted.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);
/// How long to wait after the database has failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

pub(super) async fn run(store: Store, live: Live, lifecycle: Lifecycle, clock: Clock) {
    loop {
        match advance_due(&store, &live, &lifecycle, clock.now()).await {
            Ok(next) => {
                let due = async {
                    match next {
                        Some(next) => clock.sleep_until(next).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = due => {}
                    () = lifecycle.watcher.notified() => {}
                    () = tokio::time::sleep(AT_LEAST_EVERY) => {}
                }
            }
            Err(error) => {
                tracing::error!(%error, "due events could not be advanced");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Lets time pass for all events that are due; says when the next one is.
async fn advance_due(store: &Store, live: &Live, lifecycle: &Lifecycle, now: Time) -> Result<Option<Time>, StoreError> {
    loop {
        let due = store.due_events(now, AT_ONCE).await?;
        if due.is_empty() {
            return store.next_due().await;
        }
        for id in due {
            // Editing an event lets time pass first; there is nothing else to edit.
            let event = store.edit_event(id, now, |_| Ok::<_, StoreError>(())).await?;
            if let Some(event) = event {
                live.event_edited(id, event.version);
                tracing::info!(event_id = %id, status = %event.status, "event changed its status by the clock");
            }
        }
        lifecycle.settler.notify_one();
    }
}

/// Hears from other servers, and from whoever writes into the database, what has changed and what there is to do.
pub(super) async fn listen(store: Store, live: Live, lifecycle: Lifecycle) {
    loop {
        let Err(error) = hear(&store, &live, &lifecycle).await;
        tracing::warn!(%error, "the database's notifications cannot be heard; trying again");
        tokio::time::sleep(AFTER_FAILURE).await;
    }
}

async fn hear(store: &Store, live: &Live, lifecycle: &Lifecycle) -> Result<Infallible, StoreError> {
    let mut listener = PgListener::connect_with(store.pool()).await?;
    listener.listen_all([LIFECYCLE_CHANNEL, CHANGES_CHANNEL]).await?;
    loop {
        // Something may have been said while nobody was listening.
        live.forget_all();
        lifecycle.wake();
        // `None` says that the connection was lost and made anew.
        while let Some(word) = listener.try_recv().await? {
            match word.channel() {
                CHANGES_CHANNEL => live.heard(word.payload()),
                _ => lifecycle.wake(),
            }
        }
    }
}
