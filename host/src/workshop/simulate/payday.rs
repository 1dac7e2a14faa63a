//! The payout at the end: page by page, as a server settles an event.

use std::collections::HashMap;

use super::crowd::Player;
use super::event::RunningEvent;
use super::judge::{Failed, patiently};
use super::ledger::Ledger;
use crate::lifecycle::settle::PAGE;
use crate::model::reward::RewardGrant;
use crate::model::rules::Capability;
use crate::model::settlement::SettlementState;
use crate::model::{PlayerId, Time};
use crate::referee::{PayoutPage, settle as pages};
use crate::rules::{Admission, Rules};
use crate::workshop::case::CallName;
use crate::workshop::case::write::Input;
use crate::workshop::standings::standings;

/// What was paid.
#[derive(Debug)]
pub struct Payday {
    /// How far the payout came. `None`: no rule pays at the end.
    pub state: SettlementState,
    /// How many of the final standings are settled.
    pub settled: usize,
    /// How many there are in the final standings.
    pub total: usize,
    /// How many calls it took.
    pub pages: u64,
    /// What was granted, by the number of the player, in the order of the standings.
    pub grants: Vec<(u32, RewardGrant)>,
}

/// Pays all who took part, by their final standing: best score first, ties by who reached it earlier. A page that the rule
/// cannot be asked about leaves the settlement failed, as an operator would find it.
pub async fn settle(
    rules: &Rules,
    admission: &Admission,
    running: &RunningEvent,
    players: &[Player],
    now: Time,
    ledger: &mut Ledger,
) -> Payday {
    let taking_part =
        players.iter().filter_map(|player| Some((player.participation.as_deref()?, &player.attributes.object)));
    let rows = standings(taking_part);
    let numbers: HashMap<&PlayerId, u32> = players.iter().map(|player| &player.id).zip(0..).collect();
    let total = rows.len();
    let mut payday =
        Payday { state: SettlementState::None, settled: 0, total, pages: 0, grants: running.granted.clone() };
    if !running.event.has_rule(Capability::Rewards) {
        return payday;
    }
    payday.state = SettlementState::Running;
    let limit = rules.limits(&admission.plugin, Capability::Rewards);
    while let Some(rest) = rows.get(payday.settled..).filter(|rest| !rest.is_empty()) {
        let page = PayoutPage {
            event: &running.event,
            offset: i64::try_from(payday.settled).unwrap_or(i64::MAX),
            total: i64::try_from(total).unwrap_or(i64::MAX),
            rows: rest.get(..page_size().min(rest.len())).unwrap_or(rest),
            started_at: now,
        };
        let input = pages::page_of(&page, limit.input_bytes);
        let settled = input.rows.len();
        let about = format!("page at {}", payday.settled);
        payday.pages += 1;
        let call = patiently(|| rules.payout(&admission.plugin, input.clone())).await;
        let usage = call.as_ref().map_or_else(|failed| &failed.usage, |call| &call.usage);
        ledger.usage(CallName::Payout, usage, &about, now);
        let granted = match call {
            Ok(call) => {
                pages::granted(call.answer).map_err(|bad| Failed::bad_output(bad.to_string(), Input::Payout(input)))
            }
            Err(failed) => Err(Failed::of(&failed, Input::Payout(input))),
        };
        match granted {
            Ok(grants) => payday
                .grants
                .extend(grants.into_iter().filter_map(|grant| Some((*numbers.get(&grant.player_id)?, grant.grant)))),
            Err(failed) => {
                ledger.failure(CallName::Payout, &failed);
                payday.state = SettlementState::Failed;
                return payday;
            }
        }
        payday.settled += settled;
    }
    payday.state = SettlementState::Done;
    payday
}

fn page_size() -> usize {
    usize::try_from(PAGE).unwrap_or(usize::MAX)
}
