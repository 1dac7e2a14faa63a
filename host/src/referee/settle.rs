//! Payout: a page of the final standings goes to the rule, grants come back.

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
        let input = page_of(&page, self.rules.limits(&plugin, Capability::Rewards).input_bytes);
        let rows = input.rows.len();
        let call = self.rules.payout(&plugin, input).await.map_err(|failed| refused(failed.into()))?;
        Ok((granted(call.answer).map_err(refused)?, rows))
    }
}

/// As many of the rows as fit into so many bytes, at least one.
pub(crate) fn page_of(page: &PayoutPage<'_>, limit: usize) -> abi::Page {
    let mut input = abi::Page {
        event: input::event(page.event),
        offset: page.offset.unsigned_abs(),
        total: page.total.unsigned_abs(),
        rows: Vec::new(),
        now: unix_millis(page.started_at),
        seed: seed(page.event.id, "rewards.payout", "", page.offset.unsigned_abs()),
    };
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

/// What a rule grants, in the model's words.
pub(crate) fn granted(grants: Vec<Grant>) -> Result<Vec<PlayerGrant>, RefereeError> {
    grants.into_iter().map(in_our_words).collect()
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

/// What the rule grants, in the model's words. The sandbox has checked it against the page already: only to its players,
/// each reward once, amounts and ids within their limits.
fn in_our_words(grant: Grant) -> Result<PlayerGrant, RefereeError> {
    let Grant { player, reward_type, reward_id, amount, reason } = grant;
    let bad = |member: &str, why: String| RefereeError::BadOutput(format!("`{member}` {why}"));
    let amount = i64::try_from(amount).unwrap_or(i64::MAX);
    let reward = RewardGrant {
        reward_type: match reward_type {
            abi::RewardType::Xp => RewardType::Xp,
            abi::RewardType::Currency => RewardType::Currency,
            abi::RewardType::Item => RewardType::Item,
            abi::RewardType::Achievement => RewardType::Achievement,
        },
        reward_id: reward_id
            .map(RewardId::try_from)
            .transpose()
            .map_err(|error| bad("reward-id", error.to_string()))?,
        amount: Amount::try_from(amount).map_err(|error| bad("amount", error.to_string()))?,
        reason: Some(reason).filter(|reason| !reason.is_empty()),
    };
    let player_id = PlayerId::try_from(player).map_err(|error| bad("player", error.to_string()))?;
    Ok(PlayerGrant { player_id, grant: reward })
}
