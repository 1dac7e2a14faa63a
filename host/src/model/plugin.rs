//! Plugins: what was published, which versions are deployed, and drafts.

use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::rules::Capability;
use super::signature::PluginSignature;
use super::status::EventStatus;
use super::text::{ChannelName, DraftName, Name, PluginName};

/// A plugin's module, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginModule {
    /// The plugin's name.
    pub name: PluginName,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
    /// SHA-256 of the module's bytes, in lower-case hexadecimal digits.
    pub digest: String,
    /// How large the module is.
    pub size_bytes: i64,
    /// What it says about itself.
    pub description: String,
    /// What it decides.
    pub capabilities: BTreeSet<Capability>,
    /// JSON Schema of its parameters; absent if there are none to set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters_schema: Option<Value>,
}

/// A published version of a plugin. Immutable, but for being yanked, and for a signature that may come later.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginVersion {
    /// What was published.
    #[serde(flatten)]
    pub module: PluginModule,
    /// Whether it may no longer be pinned by new events.
    pub yanked: bool,
    /// Who published it: the subject of the token.
    pub published_by: String,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Who vouches for it; absent if nobody has signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<PluginSignature>,
}

/// A module that is being worked on. It may be replaced at any time, by another of the same version, and is for test events
/// only.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginDraft {
    /// The draft's name.
    pub draft: DraftName,
    /// What it is at present.
    #[serde(flatten)]
    pub module: PluginModule,
    /// Who has put it there: the subject of the token.
    pub published_by: String,
    /// When.
    pub published_at: DateTime<Utc>,
}

/// Which version of a plugin is deployed under a name, for templates to follow.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// The plugin.
    pub plugin: PluginName,
    /// The channel's name.
    pub channel: ChannelName,
    /// The move that brought it where it is.
    #[serde(flatten)]
    pub current: ChannelMove,
}

/// A channel that was moved to another version.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelMove {
    /// The version that it is at since.
    #[schema(value_type = String)]
    pub version: Version,
    /// Which move of the channel it is, from 1; also the `ETag`.
    pub number: i64,
    /// For a rollback: the number of the move whose version was taken up again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back_to: Option<i64>,
    /// Who moved it: the subject of the token.
    pub moved_by: String,
    /// When.
    pub moved_at: DateTime<Utc>,
}

/// A plugin with its versions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plugin {
    /// The plugin's name.
    pub name: PluginName,
    /// The newest version that is not yanked; what a reference means that names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub latest: Option<Version>,
    /// The version that each channel is at.
    #[schema(value_type = BTreeMap<String, String>)]
    pub channels: BTreeMap<ChannelName, Version>,
    /// All versions, newest first.
    pub versions: Vec<PluginVersion>,
}

impl Plugin {
    /// Puts the versions of one plugin in order, newest first by precedence of semantic versions.
    #[must_use]
    pub fn new(name: PluginName, mut versions: Vec<PluginVersion>, channels: BTreeMap<ChannelName, Version>) -> Self {
        versions.sort_by(|a, b| b.module.version.cmp(&a.module.version));
        let latest = versions.iter().find(|version| !version.yanked).map(|version| version.module.version.clone());
        Self { name, latest, channels, versions }
    }

    /// One of its versions.
    #[must_use]
    pub fn version(&self, version: &Version) -> Option<&PluginVersion> {
        self.versions.iter().find(|known| known.module.version == *version)
    }
}

/// Calls of one capability of one version of a plugin that ended in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSum {
    /// The plugin, as `name@version`.
    pub plugin: String,
    /// What was asked.
    pub capability: Capability,
    /// `OK`, `REFUSED` (a rule's "no"), or the code of the failure.
    pub outcome: &'static str,
    /// How many.
    pub calls: u64,
    /// The fuel that they used.
    pub fuel: u64,
    /// How long they took, in microseconds, without the wait for a place.
    pub micros: u64,
}

/// Who uses a plugin, and what its calls came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PluginUses {
    /// The templates that name it.
    pub templates: Vec<TemplateUse>,
    /// The events that have pinned a version of it.
    pub events: BTreeMap<Version, EventCounts>,
    /// The calls, by version.
    pub calls: BTreeMap<Version, Vec<CallTotals>>,
}

/// A template that names a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateUse {
    /// The template.
    pub id: Uuid,
    /// Its name.
    pub name: Name,
    /// Whether events may be made from it.
    pub is_active: bool,
    /// The version that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub version: Option<Version>,
    /// The channel that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelName>,
    /// The draft that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<DraftName>,
}

/// The events that have pinned a version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventCounts {
    /// How many there are in each status.
    #[schema(value_type = BTreeMap<String, i64>)]
    pub by_status: BTreeMap<EventStatus, i64>,
    /// Those that are announced or active, the newest start first; at most 20.
    pub open: Vec<EventUse>,
}

/// An event that has pinned a version.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventUse {
    /// The event.
    pub id: Uuid,
    /// Its name.
    pub name: Name,
    /// Where it stands.
    pub status: EventStatus,
}

/// What the calls of one capability came to, on all servers, but for the last seconds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallTotals {
    /// What was asked.
    pub capability: Capability,
    /// How many calls.
    pub calls: i64,
    /// Of those, how many were answered with the rule's "no".
    pub refused: i64,
    /// Of those, how many failed, by code.
    pub failures: BTreeMap<String, i64>,
    /// The fuel that all calls used together; at most 2^53 − 1.
    pub fuel: i64,
    /// How long all calls took together, in microseconds; at most 2^53 − 1.
    pub time_micros: i64,
}
