//! Which plugin decides for an event, with which parameters and shared goals.

use std::collections::BTreeSet;

use semver::Version;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json::Object;
use super::number::Delta;
use super::refusal::Refusal;
use super::text::{ChannelName, CounterName, DraftName, PluginName};

/// The most goals that one event may have.
pub const MAX_GOALS: usize = 20;

/// The most shared counters that one event may have.
pub const MAX_COUNTERS: usize = 100;

/// A capability that a plugin has: the interface of the rules ABI that it exports.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Capability {
    /// Decides who may join.
    Eligibility,
    /// Turns reports into score, progress and achievements.
    Scoring,
    /// Decides who is paid what at the end.
    Rewards,
}

impl Capability {
    /// All of them.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The interface's name in the rules ABI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A shared counter that is meant to reach a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Goal {
    /// The counter that is watched.
    pub counter: CounterName,
    /// The goal is reached when the counter is at least this; 1 to 2^53 − 1.
    pub target: Delta,
    /// Whether reaching it ends the event.
    #[serde(default)]
    pub ends_event: bool,
}

/// What becomes of a player's request when the rule that decides it fails: traps, runs out of something, cannot be had.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, strum::Display, strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum FailurePolicy {
    /// It is refused, with a code that says how the rule failed.
    #[default]
    Refuse,
    /// A player who wants to join is let in. Reports are refused all the same: nobody can score in the rule's place.
    Admit,
}

/// The rules that a template or a request names. The plugin's version is an exact one, or the one that a channel is at, or
/// a draft; where none of the three is named, it is the newest that is not yanked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RulesReference {
    /// The plugin's name.
    pub plugin: PluginName,
    /// Its exact version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub version: Option<Version>,
    /// The channel whose version is taken, at the time when an event is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelName>,
    /// The draft that is followed; for test events only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<DraftName>,
    /// The designer's parameters, valid by the plugin's schema.
    #[serde(default)]
    pub parameters: Object,
    /// What the shared counters are meant to reach; at most 20.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub goals: Vec<Goal>,
    /// What happens when a rule fails.
    #[serde(default)]
    pub on_failure: FailurePolicy,
}

impl RulesReference {
    /// Checks what the types alone do not: that one version is named at most, and the goals.
    ///
    /// # Errors
    /// Several of version, channel and draft; too many goals, a target below 1, or two goals with the same counter and
    /// target.
    pub fn check(&self) -> Result<(), Refusal> {
        let named =
            [("version", self.version.is_some()), ("channel", self.channel.is_some()), ("draft", self.draft.is_some())];
        let mut named = named.iter().filter(|(_, is_named)| *is_named).map(|(name, _)| name);
        if let (Some(one), Some(other)) = (named.next(), named.next()) {
            return Err(Refusal::invalid(format!("rules.{other}"), format!("must not be named together with {one}")));
        }
        if self.goals.len() > MAX_GOALS {
            return Err(Refusal::invalid("rules.goals", format!("must have at most {MAX_GOALS} items")));
        }
        let mut seen = BTreeSet::new();
        for (index, goal) in self.goals.iter().enumerate() {
            if goal.target.get() < 1 {
                let field = format!("rules.goals[{index}].target");
                return Err(Refusal::invalid(field, "must be at least 1, as counters start at 0"));
            }
            if !seen.insert((&goal.counter, goal.target)) {
                let field = format!("rules.goals[{index}]");
                return Err(Refusal::invalid(field, "must not repeat the counter and target of another goal"));
            }
        }
        Ok(())
    }
}

/// The rules of an event, pinned when it was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinnedRules {
    /// The plugin's name.
    pub plugin: PluginName,
    /// Its exact version; of a draft, the one that its manifest has.
    #[schema(value_type = String)]
    pub version: Version,
    /// The channel that was at this version when it was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelName>,
    /// The draft that is followed: whenever it is replaced, the digest here is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<DraftName>,
    /// SHA-256 of the module's bytes, in lower-case hexadecimal digits.
    pub digest: String,
    /// What the plugin decides.
    pub capabilities: BTreeSet<Capability>,
    /// The designer's parameters.
    pub parameters: Object,
    /// What the shared counters are meant to reach.
    pub goals: Vec<Goal>,
    /// What happens when a rule fails.
    #[serde(default)]
    pub on_failure: FailurePolicy,
}

impl PinnedRules {
    /// Whether the plugin decides this.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reference(goals: serde_json::Value) -> RulesReference {
        serde_json::from_value(json!({ "plugin": "p", "goals": goals })).expect("a reference")
    }

    #[test]
    fn one_version_is_named_at_most() {
        let reference = |named: serde_json::Value| {
            let mut reference = json!({ "plugin": "p" });
            reference.as_object_mut().expect("an object").extend(named.as_object().expect("an object").clone());
            serde_json::from_value::<RulesReference>(reference).expect("a reference").check()
        };
        assert_eq!(reference(json!({})), Ok(()));
        assert_eq!(reference(json!({ "channel": "live" })), Ok(()));
        let both = reference(json!({ "version": "1.0.0", "channel": "live" }));
        assert_eq!(both, Err(Refusal::invalid("rules.channel", "must not be named together with version")));
        assert!(reference(json!({ "channel": "live", "draft": "ann" })).is_err());
    }

    #[test]
    fn goals_are_positive_distinct_and_few() {
        assert!(reference(json!([{ "counter": "c", "target": 1 }, { "counter": "c", "target": 2 }])).check().is_ok());
        assert!(reference(json!([{ "counter": "c", "target": 0 }])).check().is_err());
        assert!(reference(json!([{ "counter": "c", "target": 1 }, { "counter": "c", "target": 1 }])).check().is_err());
        let many: Vec<_> = (1..=21).map(|target| json!({ "counter": "c", "target": target })).collect();
        assert!(reference(json!(many)).check().is_err());
    }
}
