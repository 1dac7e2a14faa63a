//! Settles events that are over, page by page.

use std::time::Duration;

use super::Lifecycle;
use crate::clock::Clock;
use crate::model::settlement::{SettlementError, SettlementState};
use crate::referee::{PayoutPage, PayoutRefused, Referee, RefereeError};
use crate::store::settlements::PayError;
use crate::store::{Store, StoreError};

/// How many rows of the standings are read at a time. A page for the rule is cut from them by its bytes.
const ROWS: i64 = 1_000;
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
    /// Somebody else works on what there is to settle.
    Held,
    /// A page was paid, or a settlement stands still.
    Done,
    /// The page could not be paid at the moment.
    Again(RefereeError, uuid::Uuid),
}

pub(super) async fn run(store: Store, referee: Referee, lifecycle: Lifecycle, clock: Clock) {
    let mut tries = 0;
    loop {
        match step(&store, &referee, &clock).await {
            Ok(Step::Done) => tries = 0,
            Ok(Step::Idle) => rest(&lifecycle, AT_LEAST_EVERY).await,
            Ok(Step::Held) => rest(&lifecycle, WHILE_HELD).await,
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
                if let Err(error) = store.fail_settlement(event_id, &reason, clock.now()).await {
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
async fn rest(lifecycle: &Lifecycle, at_most: Duration) {
    tokio::select! {
        () = lifecycle.settler.notified() => {}
        () = tokio::time::sleep(at_most) => {}
    }
}

/// Pays one page of one settlement.
async fn step(store: &Store, referee: &Referee, clock: &Clock) -> Result<Step, StoreError> {
    let Some(mut open) = store.open_settlement().await? else {
        return Ok(if store.settles().await? { Step::Held } else { Step::Idle });
    };
    let event_id = open.event_id;
    let Some(event) = store.event(event_id).await? else { return Ok(Step::Idle) };
    let rows = open.page(ROWS).await?;
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
        match referee.payout(page).await {
            Ok(paid) => paid,
            Err(PayoutRefused::Later(error)) => return Ok(Step::Again(error, event_id)),
            Err(PayoutRefused::Faulty(error)) => {
                tracing::warn!(%event_id, code = error.code, message = error.message, "a settlement failed");
                open.fail(&error, clock.now()).await?;
                return Ok(Step::Done);
            }
        }
    };
    // By position, not by count: a participation that somebody has deleted is passed over. Behind the last row is the end.
    let position = settled.checked_sub(1).and_then(|last| rows.get(last)).map_or(open.total, |row| row.position);
    match open.pay(&grants, position, clock.now()).await {
        Ok(SettlementState::Done) => tracing::info!(%event_id, "a settlement is done"),
        Ok(_) => {}
        Err(PayError::Store(error)) => return Err(error),
        Err(error @ PayError::AlreadyGranted { .. }) => {
            let error = SettlementError { code: "GRANT_TWICE".to_owned(), message: error.to_string(), details: None };
            store.fail_settlement(event_id, &error, clock.now()).await?;
        }
    }
    Ok(Step::Done)
}
