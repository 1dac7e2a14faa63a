//! Payout: a page of the final standings goes to the rule, what comes back is checked against the page.

use std::collections::BTreeSet;

use super::{Referee, RefereeError, input, seed};
use crate::model::PlayerId;
use crate::model::Time;
use crate::model::event::WorldEvent;
use crate::model::number::Amount;
use crate::model::reward::{RewardGrant, RewardType};
use crate::model::rules::Capability;
use crate::model::settlement::SettlementError;
use crate::model::text::RewardId;
use crate::model::time::unix_millis;
use crate::rules::Grant;
use crate::rules::abi::{self, Weigh as _};
use crate::store::rewards::PlayerGrant;
use crate::store::settlements::Standing;

/// Rows of the final standings that are to be paid.
#[derive(Debug)]
pub struct PayoutPage<'a> {
    /// The event, as it ended.
    pub event: &'a WorldEvent,
    /// How many rows come before these.
    pub offset: i64,
    /// How many rows there are in all.
    pub total: i64,
    /// The rows.
    pub rows: &'a [Standing],
    /// When the settlement began.
    pub started_at: Time,
}

/// Why a page cannot be paid.
#[derive(Debug)]
pub enum PayoutRefused {
    /// The rule or its answer is at fault: the settlement stands still until an operator repairs it.
    Faulty(SettlementError),
    /// The moment was bad; the same page may be paid a little later.
    Later(RefereeError),
}

impl Referee {
    /// Asks the payout rule about as many of the rows as fit into one call. Gives the grants, and how many rows they are
    /// for.
    ///
    /// # Errors
    /// The rule gave no answer, or one that does not fit the page.
    pub async fn payout(&self, page: PayoutPage<'_>) -> Result<(Vec<PlayerGrant>, usize), PayoutRefused> {
        let plugin = self.plugin_of(page.event).await.map_err(refused)?;
        let input = self.page(&page);
        let rows = page.rows.get(..input.rows.len()).unwrap_or_default();
        let call = self.rules.payout(&plugin, input).await.map_err(|failed| refused(failed.into()))?;
        Ok((check(call.answer, rows)?, rows.len()))
    }

    /// As many rows as fit, at least one.
    fn page(&self, page: &PayoutPage<'_>) -> abi::Page {
        let mut input = abi::Page {
            event: input::event(page.event),
            offset: page.offset.unsigned_abs(),
            total: page.total.unsigned_abs(),
            rows: Vec::new(),
            now: unix_millis(page.started_at),
            seed: seed(page.event.id, "rewards.payout", "", page.offset.unsigned_abs()),
        };
        let limit = self.rules.limits(Capability::Rewards).input_bytes;
        let mut weight = input.weight();
        for row in page.rows {
            let row = input::standing(row);
            weight = weight.saturating_add(row.weight());
            if weight > limit && !input.rows.is_empty() {
                break;
            }
            input.rows.push(row);
        }
        input
    }
}

fn refused(error: RefereeError) -> PayoutRefused {
    let faulty = |code: &str, message: String, details| {
        PayoutRefused::Faulty(SettlementError { code: code.to_owned(), message, details })
    };
    match error {
        RefereeError::Call(failed) if failed.failure.is_transient() => PayoutRefused::Later(RefereeError::Call(failed)),
        RefereeError::Call(failed) => faulty(failed.failure.code(), failed.to_string(), Some(failed.details())),
        RefereeError::BadOutput(_) | RefereeError::NoRules(_) => faulty("RULE_BAD_OUTPUT", error.to_string(), None),
        RefereeError::Load(_) | RefereeError::Store(_) | RefereeError::NoModule(_) => PayoutRefused::Later(error),
    }
}

/// Checks grants against the page: only to its players, each reward once.
fn check(grants: Vec<Grant>, rows: &[Standing]) -> Result<Vec<PlayerGrant>, PayoutRefused> {
    let players: BTreeSet<&PlayerId> = rows.iter().map(|row| &row.participation.player_id).collect();
    let mut seen = BTreeSet::new();
    let mut checked = Vec::with_capacity(grants.len());
    for Grant { player, reward_type, reward_id, amount, reason } in grants {
        let bad = |code: &str, message: String| {
            PayoutRefused::Faulty(SettlementError { code: code.to_owned(), message, details: None })
        };
        let Some(player_id) = player.parse().ok().filter(|id| players.contains(id)) else {
            let message = format!("the rule grants a reward to \"{player}\", who is not on the page that it was given");
            return Err(bad("GRANT_TO_STRANGER", message));
        };
        let reward_type = match reward_type {
            abi::RewardType::Xp => RewardType::Xp,
            abi::RewardType::Currency => RewardType::Currency,
            abi::RewardType::Item => RewardType::Item,
            abi::RewardType::Achievement => RewardType::Achievement,
        };
        if !seen.insert((player.clone(), reward_type, reward_id.clone())) {
            let id = reward_id.map(|id| format!(" \"{id}\"")).unwrap_or_default();
            let message = format!("the rule grants {reward_type}{id} to {player} twice; grant the sum once");
            return Err(bad("GRANT_TWICE", message));
        }
        let amount = i64::try_from(amount).ok().and_then(|amount| Amount::try_from(amount).ok());
        let Some(amount) = amount else {
            let message = format!("the rule grants {player} an amount that is not 1 to 2^53 - 1");
            return Err(bad("GRANT_AMOUNT", message));
        };
        let reward_id = reward_id
            .map(RewardId::try_from)
            .transpose()
            .map_err(|error| bad("GRANT_REWARD_ID", format!("the rule grants {player} a reward whose id {error}")))?;
        let reason = Some(reason).filter(|reason| !reason.is_empty());
        checked.push(PlayerGrant { player_id, grant: RewardGrant { reward_type, reward_id, amount, reason } });
    }
    Ok(checked)
}
