//! Who was overtaken while a report was judged takes turns with the others.
//!
//! The version of the row alone keeps reports from being lost, but when many reports about one player arrive at once, all
//! but one of each round would be judged in vain: work that grows with the square of their number.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use crate::model::PlayerId;

/// How many queues there are. Two players who share one wait for each other, which only costs time.
const QUEUES: usize = 1_024;

/// The queues. Cheap to clone.
#[derive(Clone)]
pub struct Turns {
    queues: Arc<[Arc<Mutex<()>>]>,
    hasher: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        Self { queues: (0..QUEUES).map(|_| Arc::default()).collect(), hasher: RandomState::new() }
    }
}

impl Turns {
    /// Waits until it is this player's turn in this event, in order of arrival. The turn ends when the guard is dropped.
    pub async fn take(&self, event_id: Uuid, player: &PlayerId) -> Option<OwnedMutexGuard<()>> {
        Some(self.queue(event_id, player)?.lock_owned().await)
    }

    fn queue(&self, event_id: Uuid, player: &PlayerId) -> Option<Arc<Mutex<()>>> {
        let number = self.hasher.hash_one((event_id, player)) as usize % QUEUES;
        self.queues.get(number).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_player_waits_and_most_others_do_not() {
        let turns = Turns::default();
        let queue = |id: usize| turns.queue(Uuid::nil(), &format!("player-{id}").parse().unwrap()).unwrap();
        let turn = turns.take(Uuid::nil(), &"player-0".parse().unwrap()).await;
        assert!(queue(0).try_lock().is_err());
        let free = (1..100).filter(|id| queue(*id).try_lock().is_ok()).count();
        assert!(free > 50, "{free}");
        drop(turn);
        assert!(queue(0).try_lock().is_ok());
    }
}
