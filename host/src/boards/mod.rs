//! Leaderboards in memory: one for each event that somebody asks about.
//!
//! A board is loaded from the database when it is first asked for, and kept up to date by two streams: what this server
//! writes is noted before the writer is answered, and what others write, other servers or people with SQL, comes by the
//! feed (`follow`), within about 2 s and always within 5 s: a server that cannot hear the feed any more drops its boards.
//! Whatever arrives is merged by the participation's version, so the order does not matter.
//!
//! Of an event whose payout has begun, the final standings are read from the database instead.

mod board;
mod follow;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{OnceCell, watch};
use uuid::Uuid;

pub use self::board::Board;
use crate::model::event::WorldEvent;
use crate::model::settlement::SettlementState;
use crate::model::{Participation, PlayerId};
use crate::store::standings::{Leaderboard, Rank, StandingKey, StandingRow};
use crate::store::{Store, StoreError};

/// How long a board that nobody asks for is held.
const IDLE: Duration = Duration::from_secs(600);
/// The most boards that are held.
const MAX_BOARDS: usize = 1_000;
/// How many rows are read at a time.
const CHUNK: i64 = 10_000;
/// How long a board waits for the feed before it is loaded.
const FEED_PATIENCE: Duration = Duration::from_secs(5);

/// The boards that are held. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Boards {
    store: Store,
    held: Arc<RwLock<HashMap<Uuid, Arc<Held>>>>,
    /// Whether the feed is heard: without it, nothing may be loaded.
    hears: Arc<watch::Sender<bool>>,
}

#[derive(Debug)]
struct Held {
    board: RwLock<Board>,
    loaded: OnceCell<()>,
    asked: Mutex<Instant>,
}

impl Held {
    fn read<T>(&self, read: impl FnOnce(&Board) -> T) -> T {
        read(&self.board.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, write: impl FnOnce(&mut Board) -> T) -> T {
        write(&mut self.board.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn idle(&self) -> Duration {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

impl Boards {
    /// No boards yet. They can be asked once somebody runs [`follow`](Self::follow).
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, held: Arc::default(), hears: Arc::new(watch::Sender::new(false)) }
    }

    /// Takes note of participations that were written: after the commit, and before whoever asked for it is answered.
    pub fn note<'a>(&self, participations: impl IntoIterator<Item = &'a Participation>) {
        for participation in participations {
            if let Some(held) = self.find(participation.event_id) {
                held.write(|board| board.note(participation));
            }
        }
    }

    /// The rank of a player, if the event's board is in memory and the player stands on it. Asks nobody.
    #[must_use]
    pub fn rank_if_held(&self, event_id: Uuid, player: &PlayerId) -> Option<u64> {
        let held = self.find(event_id).filter(|held| held.loaded.initialized())?;
        held.read(|board| board.rank(player.as_str()))
    }

    /// Where a player stands; `None` if not at all.
    ///
    /// # Errors
    /// The database failed, or other servers cannot be heard.
    pub async fn rank(&self, event: &WorldEvent, player: &PlayerId) -> Result<Option<Rank>, StoreError> {
        if is_settled(event)
            && let Some(found) = self.store.final_rank(event.id, player).await?
        {
            return Ok(found);
        }
        Ok(self.board(event.id).await?.read(|board| board.standing(player.as_str())))
    }

    /// A part of the standings, behind the key.
    ///
    /// # Errors
    /// The database failed, or other servers cannot be heard.
    pub async fn page(
        &self,
        event: &WorldEvent,
        after: Option<&StandingKey>,
        limit: u32,
    ) -> Result<Leaderboard, StoreError> {
        if is_settled(event)
            && let Some(found) = self.store.final_page(event.id, after, limit).await?
        {
            return Ok(found);
        }
        Ok(self.board(event.id).await?.read(|board| board.page(after, limit)))
    }

    /// The part of the standings that has the player in its middle; `None` if the player does not stand on it.
    ///
    /// # Errors
    /// The database failed, or other servers cannot be heard.
    pub async fn around(
        &self,
        event: &WorldEvent,
        player: &PlayerId,
        limit: u32,
    ) -> Result<Option<Leaderboard>, StoreError> {
        if is_settled(event)
            && let Some(found) = self.store.final_around(event.id, player, limit).await?
        {
            return Ok(found);
        }
        Ok(self.board(event.id).await?.read(|board| board.around(player.as_str(), limit)))
    }

    fn find(&self, event_id: Uuid) -> Option<Arc<Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).get(&event_id).cloned()
    }

    /// The board, loaded. It is held before it is loaded, so nothing that is written meanwhile is missed.
    async fn board(&self, event_id: Uuid) -> Result<Arc<Held>, StoreError> {
        let held = match self.find(event_id) {
            Some(held) => held,
            None => {
                self.wait_for_feed().await?;
                self.hold(event_id)
            }
        };
        *held.asked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        if !held.loaded.initialized() {
            // On a task of its own: should whoever asked first not wait, the others need not begin anew.
            let (store, held) = (self.store.clone(), Arc::clone(&held));
            let load = async move { held.loaded.get_or_try_init(|| load(&store, event_id, &held)).await.copied() };
            tokio::spawn(load).await.map_err(|_| broken_off())??;
        }
        Ok(held)
    }

    async fn wait_for_feed(&self) -> Result<(), StoreError> {
        let mut hears = self.hears.subscribe();
        match tokio::time::timeout(FEED_PATIENCE, hears.wait_for(|hears| *hears)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut)),
        }
    }

    fn hold(&self, event_id: Uuid) -> Arc<Held> {
        let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_BOARDS && !all.contains_key(&event_id) {
            let idlest = all.iter().max_by_key(|(_, held)| held.idle()).map(|(id, _)| *id);
            free(idlest.and_then(|id| all.remove(&id)));
        }
        let new = || Held { board: RwLock::default(), loaded: OnceCell::new(), asked: Mutex::new(Instant::now()) };
        Arc::clone(all.entry(event_id).or_insert_with(|| Arc::new(new())))
    }

    /// Forgets all boards; they are loaded anew when somebody asks.
    fn drop_all(&self) {
        self.drop_if(|_, _| true);
    }

    fn drop_one(&self, event_id: Uuid) {
        self.drop_if(|id, _| *id == event_id);
    }

    fn drop_idle(&self) {
        self.drop_if(|_, held| held.idle() >= IDLE);
    }

    fn drop_if(&self, gone: impl Fn(&Uuid, &Held) -> bool) {
        let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
        free(all.extract_if(|id, held| gone(id, held)).map(|(_, held)| held));
    }
}

/// Reads the standings and puts them in order, and then takes in what has been noted meanwhile.
async fn load(store: &Store, event_id: Uuid, held: &Arc<Held>) -> Result<(), StoreError> {
    let mut rows = Vec::<StandingRow>::new();
    loop {
        let after = rows.last().map(|row| Arc::clone(&row.player)).unwrap_or_default();
        let more = store.standing_rows(event_id, &after, CHUNK).await?;
        if more.is_empty() {
            break;
        }
        rows.extend(more);
    }
    let held = Arc::clone(held);
    let sorted = tokio::task::spawn_blocking(move || {
        let mut sorted = Board::of(rows);
        held.write(|board| {
            sorted.absorb(board);
            *board = sorted;
        });
    });
    sorted.await.map_err(|_| broken_off())
}

/// A board was given up while it was loaded, as the server stops.
fn broken_off() -> StoreError {
    StoreError::Unavailable(sqlx::Error::WorkerCrashed)
}

/// Gives the memory of boards back where nobody waits for it: a million players are two million pieces.
fn free(boards: impl IntoIterator<Item = Arc<Held>>) {
    let boards: Vec<_> = boards.into_iter().collect();
    if !boards.is_empty() {
        tokio::task::spawn_blocking(|| drop(boards));
    }
}

fn is_settled(event: &WorldEvent) -> bool {
    event.settlement.state != SettlementState::None
}
