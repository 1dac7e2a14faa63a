//! What a rule answers, as a case writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Object, RewardType};
use crate::rules::{self, JsonObject, abi};

/// What a player who is let in begins with: `true`, or an object if there is anything to it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "AnyAdmission", into = "AnyAdmission")]
pub struct Admission {
    progress: JsonObject,
    counters: BTreeMap<String, i64>,
}

/// Either way to write an admission.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "must be true, or an object of `progress` and `counters`")]
enum AnyAdmission {
    Plain(bool),
    Full(FullAdmission),
}

#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct FullAdmission {
    #[serde(skip_serializing_if = "JsonObject::is_empty")]
    progress: JsonObject,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counters: BTreeMap<String, i64>,
}

impl TryFrom<AnyAdmission> for Admission {
    type Error = &'static str;

    fn try_from(any: AnyAdmission) -> Result<Self, Self::Error> {
        match any {
            AnyAdmission::Plain(true) => Ok(Self::default()),
            AnyAdmission::Plain(false) => {
                Err(r#"must be true; a refusal is written {"refuse": {"code": …, "message": …}}"#)
            }
            AnyAdmission::Full(FullAdmission { progress, counters }) => Ok(Self { progress, counters }),
        }
    }
}

impl From<Admission> for AnyAdmission {
    fn from(Admission { progress, counters }: Admission) -> Self {
        if progress.is_empty() && counters.is_empty() {
            Self::Plain(true)
        } else {
            Self::Full(FullAdmission { progress, counters })
        }
    }
}

/// A rule's "no".
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    code: String,
    message: String,
    #[serde(default, skip_serializing_if = "JsonObject::is_empty")]
    details: JsonObject,
}

impl From<rules::Refusal> for Refusal {
    fn from(rules::Refusal { code, message, details }: rules::Refusal) -> Self {
        Self { code, message, details }
    }
}

/// The answer to `eligibility.check`: `{"admit": true}`, `{"admit": {"progress", "counters"}}` or `{"refuse": {"code",
/// "message", "details"}}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Come in.
    Admit(Admission),
    /// Stay out, and why.
    Refuse(Refusal),
}

impl From<rules::Verdict> for Verdict {
    fn from(verdict: rules::Verdict) -> Self {
        match verdict {
            rules::Verdict::Admit(rules::PlayerAdmission { progress, counters }) => {
                Self::Admit(Admission { progress, counters })
            }
            rules::Verdict::Refuse(refusal) => Self::Refuse(refusal.into()),
        }
    }
}

/// The answer to `scoring.score`: `{"score", …}` or `{"refuse": {"code", "message"}}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, try_from = "AnyAssessment")]
pub enum Assessment {
    /// The report counts.
    Scored(Outcome),
    /// The report is refused as a whole.
    Refused {
        /// Why.
        refuse: Refusal,
    },
}

/// What becomes of a participation. In a case, what is left out is empty.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    score: u64,
    progress: JsonObject,
    achievements: Vec<JsonObject>,
    completed: bool,
    counters: BTreeMap<String, i64>,
}

/// Either kind of assessment, so that a wrong member is told by its path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyAssessment {
    refuse: Option<Refusal>,
    score: Option<u64>,
    progress: Option<JsonObject>,
    achievements: Option<Vec<JsonObject>>,
    completed: Option<bool>,
    counters: Option<BTreeMap<String, i64>>,
}

impl TryFrom<AnyAssessment> for Assessment {
    type Error = &'static str;

    fn try_from(any: AnyAssessment) -> Result<Self, Self::Error> {
        let AnyAssessment { refuse, score, progress, achievements, completed, counters } = any;
        match (refuse, score) {
            (None, None) => Err("must have `score`, or `refuse` for a refusal"),
            (None, Some(score)) => Ok(Self::Scored(Outcome {
                score,
                progress: progress.unwrap_or_default(),
                achievements: achievements.unwrap_or_default(),
                completed: completed.unwrap_or_default(),
                counters: counters.unwrap_or_default(),
            })),
            (Some(refuse), None)
                if progress.is_none() && achievements.is_none() && completed.is_none() && counters.is_none() =>
            {
                Ok(Self::Refused { refuse })
            }
            (Some(_), _) => Err("must have no other member beside `refuse`, as a refused report changes nothing"),
        }
    }
}

impl From<rules::Assessment> for Assessment {
    fn from(assessment: rules::Assessment) -> Self {
        match assessment {
            rules::Assessment::Refused(refusal) => Self::Refused { refuse: refusal.into() },
            rules::Assessment::Scored(rules::Outcome { score, progress, achievements, completed, counters }) => {
                Self::Scored(Outcome { score, progress, achievements, completed, counters })
            }
        }
    }
}

/// The answer to `rewards.payout`: `{"grants": […]}`, in the rule's order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    grants: Vec<Grant>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Grant {
    player: String,
    reward_type: RewardType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reward_id: Option<String>,
    amount: u64,
    #[serde(default)]
    reason: String,
}

impl From<Vec<rules::Grant>> for Payout {
    fn from(grants: Vec<rules::Grant>) -> Self {
        let grant = |rules::Grant { player, reward_type, reward_id, amount, reason }| {
            let reward_type = match reward_type {
                abi::RewardType::Xp => RewardType::Xp,
                abi::RewardType::Currency => RewardType::Currency,
                abi::RewardType::Item => RewardType::Item,
                abi::RewardType::Achievement => RewardType::Achievement,
            };
            Grant { player, reward_type, reward_id, amount, reason }
        };
        Self { grants: grants.into_iter().map(grant).collect() }
    }
}

/// An answer in as few words as a case needs: without the members that are empty, as those that are left out are.
#[must_use]
pub fn brief(answer: &Value) -> Value {
    let mut answer = answer.clone();
    let is_empty = |value: &Value| match value {
        Value::Bool(yes) => !yes,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Null | Value::Number(_) => false,
    };
    if let Some(grants) = answer.get_mut("grants").and_then(Value::as_array_mut) {
        grants.iter_mut().filter_map(Value::as_object_mut).for_each(|grant| grant.retain(|_, value| !is_empty(value)));
    } else if let Some(members) = answer.as_object_mut() {
        members.retain(|_, value| !is_empty(value));
    }
    answer
}

/// An answer as JSON in which equal numbers look the same: to a rule written in a language that has only floats, `5` is
/// `5.0`.
pub(super) fn plain_json(answer: &impl Serialize) -> Value {
    match serde_json::to_value(answer) {
        Ok(Value::Object(members)) => Value::Object(Object::stored(members).with_plain_integers().into_map()),
        // Every answer is an object of members that JSON has.
        Ok(_) | Err(_) => Value::Null,
    }
}
