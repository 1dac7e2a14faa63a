//! What players do, as it is reported to a scoring rule.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json::Object;
use super::number::Delta;
use super::text::ActionKind;

/// The most actions that one report may carry.
pub const MAX_ACTIONS: usize = 1_000;

/// Something that a player did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// What it was, such as `hit`.
    pub kind: ActionKind,
    /// How much of it; what the number means is between the game and the rule.
    pub amount: Delta,
    /// Anything more that the game says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Object>,
}
