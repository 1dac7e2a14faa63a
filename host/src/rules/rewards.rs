//! The capability `rewards`: who is paid what.

use std::collections::HashSet;

use wasmtime::Store;
use wasmtime::component::Instance;

use super::abi::{Page, RewardType, rewards};
use super::answer::{self, Checked, bad, shown};
use super::exported::Exported;
use super::function::{Function, Meaning};
use super::host::CallState;
use super::plugin::Exports;
use crate::model::rules::Capability;
use crate::model::text::RewardId;

/// The longest reason of a grant, in characters.
const MAX_REASON: usize = 500;

/// A reward for a player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who gets it: a player of the page.
    pub player: String,
    /// What it is made of.
    pub reward_type: RewardType,
    /// Which one, in the game's own terms, 1 to 200 characters; a rule's empty one counts as none.
    pub reward_id: Option<String>,
    /// How much of it, 1 to 2^53 - 1.
    pub amount: u64,
    /// Why, for the player, at most 500 characters; may be empty.
    pub reason: String,
}

impl Grant {
    fn check(raw: rewards::Grant) -> Checked<Self> {
        let rewards::Grant { player, reward_type, reward_id, amount, reason, extra } = raw;
        answer::extra(&extra)?;
        let reward_id = reward_id.filter(|id| !id.is_empty());
        if let Some(id) = &reward_id {
            answer::text("reward-id", id, 1, RewardId::MAX_CHARS)?;
        }
        if answer::natural("amount", amount)? == 0 {
            return bad("amount", "is 0; a grant is of at least 1");
        }
        answer::text("reason", &reason, 0, MAX_REASON)?;
        Ok(Self { player, reward_type, reward_id, amount, reason })
    }
}

/// Checks all grants of a page: nobody gets one who is not on it, and nobody the same one twice.
fn check(page: &Page, raw: Vec<rewards::Grant>) -> Checked<Vec<Grant>> {
    let players: HashSet<&str> = page.rows.iter().map(|row| row.participation.player.id.as_str()).collect();
    let grants = raw.into_iter().map(Grant::check).collect::<Checked<Vec<_>>>()?;
    let mut keys = HashSet::with_capacity(grants.len());
    for Grant { player, reward_type, reward_id, .. } in &grants {
        if !players.contains(player.as_str()) {
            return bad("player", format_args!("{} is not a player of this page", shown(player)));
        }
        if !keys.insert((player, reward_type, reward_id)) {
            let id = reward_id.as_deref().map(|id| format!(" {}", shown(id))).unwrap_or_default();
            return bad("player", format_args!("{} is granted {reward_type:?}{id} twice", shown(player)));
        }
    }
    Ok(grants)
}

/// `rewards.payout`.
pub(super) enum Payout {}

impl Function for Payout {
    const INTERFACE: &'static str = "rewards";
    const CAPABILITY: Option<Capability> = Some(Capability::Rewards);
    type Indices = Exported<Page, Vec<rewards::Grant>>;
    type Input = Page;
    type Output = Vec<rewards::Grant>;
    type Answer = Vec<Grant>;

    fn indices(exports: &Exports) -> Option<&Self::Indices> {
        exports.rewards.as_ref()
    }

    fn seed(input: &Page) -> u64 {
        input.seed
    }

    fn call(
        indices: &Self::Indices,
        store: &mut Store<CallState>,
        instance: &Instance,
        input: &Page,
    ) -> wasmtime::Result<Self::Output> {
        indices.call(store, instance, input)
    }

    fn verify(page: &Page, output: Self::Output) -> Checked<Vec<Grant>> {
        check(page, output)
    }

    fn meaning(_answer: &Vec<Grant>) -> Meaning {
        Meaning::Ok
    }
}
