//! Settles events that are over, page by page.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use uuid::Uuid;

use super::throttle::Throttle;
use super::{Lifecycle, rank};
use crate::clock::Clock;
use crate::model::settlement::{SettlementError, SettlementState};
use crate::referee::{PayoutPage, PayoutRefused, Referee, RefereeError};
use crate::store::settlements::{OpenSettlement, PayError};
use crate::store::{Store, StoreError};

/// How many rows of the standings are paid at a time; a page for the rule is cut from them by its bytes. It does not depend
/// on how busy the server is, as a rule may see where a page ends.
pub(crate) const PAGE: i64 = 250;
/// After how long to look even if nobody has woken us.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);
/// After how long to look again for a settlement that somebody else works on: a server that died holds on to it until the
/// database notices.
const WHILE_HELD: Duration = Duration::from_secs(1);
/// How long to wait after a page could not be paid at the moment; longer each time.
const PAUSE: Duration = Duration::from_millis(200);
/// How often in a row a page is tried before the settlement is left to an operator.
const TRIES: u32 = 8;

/// What came of one page.
enum Step {
    /// Nothing to settle.
    Idle,
    /// What there is to settle is being ranked, or somebody else works on it.
    Held,
    /// A page was paid, or a settlement stands still.
    Done,
    /// The page could not be paid at the moment.
    Again(RefereeError, Uuid),
}

pub(super) async fn run(store: Store, referee: Referee, lifecycle: Lifecycle, clock: Clock) {
    let (throttle, ranker, ranked_elsewhere) = (Throttle::begin().await, JoinSet::new(), HashMap::new());
    Settler { store, referee, lifecycle, clock, throttle, ranker, ranked_elsewhere }.run().await;
}

struct Settler {
    store: Store,
    referee: Referee,
    lifecycle: Lifecycle,
    clock: Clock,
    throttle: Throttle,
    /// Ranks the participants of one event.
    ranker: JoinSet<()>,
    /// Events that another server ranks, and when that was seen: to ask takes a connection of its own.
    ranked_elsewhere: HashMap<Uuid, Instant>,
}

impl Settler {
    async fn run(mut self) {
        let mut tries = 0;
        loop {
            let began = Instant::now();
            match self.step().await {
                Ok(Step::Done) => {
                    tries = 0;
                    self.throttle.rest(began.elapsed()).await;
                }
                Ok(Step::Idle) => self.wait(AT_LEAST_EVERY).await,
                Ok(Step::Held) => self.wait(WHILE_HELD).await,
                Ok(Step::Again(error, event_id)) => {
                    tries += 1;
                    tracing::warn!(%event_id, %error, tries, "a page of a settlement could not be paid at the moment");
                    if tries < TRIES {
                        tokio::time::sleep(PAUSE * tries).await;
                        continue;
                    }
                    tries = 0;
                    let reason = SettlementError {
                        code: "PAYOUT_UNAVAILABLE".to_owned(),
                        message: format!("the payout rule could not be run {TRIES} times in a row: {error}"),
                        details: None,
                    };
                    if let Err(error) = self.store.fail_settlement(event_id, &reason, self.clock.now()).await {
                        tracing::error!(%event_id, %error, "the failure of a settlement could not be noted");
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "settlements stand still");
                    tokio::time::sleep(PAUSE * TRIES).await;
                }
            }
        }
    }

    /// Waits until there may be something to do.
    async fn wait(&mut self, at_most: Duration) {
        tokio::select! {
            () = self.lifecycle.settler.notified() => {}
            () = tokio::time::sleep(at_most) => {}
        }
        // What was known of the server is of another time.
        self.throttle = Throttle::begin().await;
    }

    /// Finds a settlement and pays one page of it.
    async fn step(&mut self) -> Result<Step, StoreError> {
        let mut unranked = Vec::new();
        loop {
            let Some(open) = self.store.open_settlement(&unranked).await? else {
                return Ok(if self.store.settles().await? { Step::Held } else { Step::Idle });
            };
            if open.is_ranked {
                return self.pay(open).await;
            }
            unranked.push(open.event_id);
            self.rank(open.event_id).await?;
        }
    }

    /// Lets the participants be ranked beside what is paid, so that a small event's payout need not wait for the ranking of
    /// a large one; one event at a time.
    async fn rank(&mut self, event_id: Uuid) -> Result<(), StoreError> {
        while self.ranker.try_join_next().is_some() {}
        self.ranked_elsewhere.retain(|_, seen| seen.elapsed() < WHILE_HELD);
        if !self.ranker.is_empty() || self.ranked_elsewhere.contains_key(&event_id) {
            return Ok(());
        }
        let Some(ranking) = self.store.begin_ranking(event_id).await? else {
            self.ranked_elsewhere.insert(event_id, Instant::now());
            return Ok(());
        };
        let (store, lifecycle) = (self.store.clone(), self.lifecycle.clone());
        self.ranker.spawn(async move {
            match rank::rank(&store, event_id, ranking).await {
                Ok(()) => lifecycle.wake(),
                // It is begun anew after a while.
                Err(error) => tracing::error!(%event_id, %error, "the final standings could not be written"),
            }
        });
        Ok(())
    }

    /// Pays one page.
    async fn pay(&self, mut open: OpenSettlement) -> Result<Step, StoreError> {
        let event_id = open.event_id;
        let Some(event) = self.store.event(event_id).await? else { return Ok(Step::Idle) };
        let rows = open.page(PAGE).await?;
        let (grants, settled) = if rows.is_empty() {
            (Vec::new(), 0)
        } else {
            let page = PayoutPage {
                event: &event,
                offset: open.paid,
                total: open.total,
                rows: &rows,
                started_at: open.started_at,
            };
            match self.referee.payout(page).await {
                Ok(paid) => paid,
                Err(PayoutRefused::Later(error)) => return Ok(Step::Again(error, event_id)),
                Err(PayoutRefused::Faulty(error)) => {
                    tracing::warn!(%event_id, code = error.code, message = error.message, "a settlement failed");
                    open.fail(&error, self.clock.now()).await?;
                    return Ok(Step::Done);
                }
            }
        };
        // By position, not by count: a participation that somebody has deleted is passed over. Behind the last row is the
        // end.
        let last = settled.checked_sub(1).and_then(|last| rows.get(last));
        let position = last.map_or(open.total, |row| row.position);
        match open.pay(&grants, position, self.clock.now()).await {
            Ok(SettlementState::Done) => tracing::info!(%event_id, "a settlement is done"),
            Ok(_) => {}
            Err(PayError::Store(error)) => return Err(error),
            Err(error @ PayError::AlreadyGranted { .. }) => {
                let error =
                    SettlementError { code: "GRANT_TWICE".to_owned(), message: error.to_string(), details: None };
                self.store.fail_settlement(event_id, &error, self.clock.now()).await?;
            }
        }
        Ok(Step::Done)
    }
}
