//! How far the payout of an event has come.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{Display, EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// Where the payout stands.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    Display,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum SettlementState {
    /// There is nothing to settle: the event is not over, was cancelled, or has no payout rule.
    #[default]
    None,
    /// Pages of the final standings are being paid.
    Running,
    /// A page was refused; an operator repairs and goes on.
    Failed,
    /// Everybody is paid.
    Done,
}

/// Why a settlement stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettlementError {
    /// A stable upper-case word.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The rule's backtrace and log. For designers and operators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<super::Object>)]
    pub details: Option<Value>,
}

/// The payout of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settlement {
    /// Where it stands.
    pub state: SettlementState,
    /// How many participants of the final standings are settled.
    pub paid: i64,
    /// How many participants the final standings have.
    pub total: i64,
    /// Why it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SettlementError>,
}

impl Settlement {
    /// What players and game servers may see: everything but what is inside the rule.
    #[must_use]
    pub fn without_details(mut self) -> Self {
        if let Some(error) = &mut self.error {
            error.details = None;
        }
        self
    }
}
