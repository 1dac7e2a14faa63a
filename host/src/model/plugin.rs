//! Published plugins.

use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

use semver::Version;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::rules::Capability;
use super::text::PluginName;

/// A published version of a plugin. Immutable, but for being yanked.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginVersion {
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
    /// Whether it may no longer be pinned by new events.
    pub yanked: bool,
    /// Who published it: the subject of the token.
    pub published_by: String,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

/// A plugin with its versions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plugin {
    /// The plugin's name.
    pub name: PluginName,
    /// The newest version that is not yanked; what a reference without a version means.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub latest: Option<Version>,
    /// All versions, newest first.
    pub versions: Vec<PluginVersion>,
}

impl Plugin {
    /// Puts the versions of one plugin in order, newest first by precedence of semantic versions.
    #[must_use]
    pub fn from_versions(name: PluginName, mut versions: Vec<PluginVersion>) -> Self {
        versions.sort_by(|a, b| b.version.cmp(&a.version));
        let latest = versions.iter().find(|version| !version.yanked).map(|version| version.version.clone());
        Self { name, latest, versions }
    }
}
