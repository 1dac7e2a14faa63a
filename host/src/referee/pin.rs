//! From plugins that are named to plugins that are pinned; and from bytes to a version that can be published.

use serde_json::Value;

use super::Referee;
use crate::model::plugin::PluginVersion;
use crate::model::rules::{PinnedRules, RulesReference};
use crate::model::text::PluginName;
use crate::model::{Object, Refusal, Time};
use crate::rules::{AdmitError, ParametersSchema};
use crate::store::StoreError;

/// Why rules cannot be pinned.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The reference is not one that can be followed.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for PinError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why a plugin cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum ExamineError {
    /// It cannot be used.
    #[error(transparent)]
    Plugin(#[from] AdmitError),
    /// It calls itself by another name than it is published under.
    #[error("the plugin's manifest says its name is \"{manifest}\", so publish it under /plugins/{manifest}/versions")]
    OtherName {
        /// What the manifest says.
        manifest: String,
    },
}

impl Referee {
    /// Finds the exact version that a reference means, and checks the parameters against its schema.
    ///
    /// # Errors
    /// There is no such plugin or version, it was yanked, or the parameters do not fit; or the database failed.
    pub async fn pin(&self, reference: &RulesReference) -> Result<PinnedRules, PinError> {
        self.repin(reference, None).await
    }

    /// Like [`pin`](Self::pin), for an event that has rules already: the version that it has pinned may stay, though it
    /// was yanked since.
    ///
    /// # Errors
    /// As [`pin`](Self::pin).
    pub async fn repin(&self, reference: &RulesReference, held: Option<&PinnedRules>) -> Result<PinnedRules, PinError> {
        reference.check()?;
        let version = self.resolve(reference, held).await?;
        check_parameters(&version, &reference.parameters)?;
        let parameters = reference.parameters.with_plain_integers();
        Ok(PinnedRules {
            plugin: version.name,
            version: version.version,
            digest: version.digest,
            capabilities: version.capabilities,
            parameters,
            goals: reference.goals.clone(),
        })
    }

    async fn resolve(&self, reference: &RulesReference, held: Option<&PinnedRules>) -> Result<PluginVersion, PinError> {
        let name = &reference.plugin;
        let Some(plugin) = self.store.plugin(name).await? else {
            return Err(Refusal::invalid("rules.plugin", format!("names no published plugin: {name}")).into());
        };
        let Some(wanted) = reference.version.as_ref().or(plugin.latest.as_ref()) else {
            let message = format!("every version of {name} was yanked; publish a new one");
            return Err(Refusal::conflict("VERSION_YANKED", message).into());
        };
        let Some(version) = plugin.versions.iter().find(|version| version.version == *wanted) else {
            let known: Vec<String> = plugin.versions.iter().map(|version| version.version.to_string()).collect();
            let rule = format!("names no published version of {name}; there are: {}", known.join(", "));
            return Err(Refusal::invalid("rules.version", rule).into());
        };
        let is_held = held.is_some_and(|held| held.plugin == *name && held.version == version.version);
        if version.yanked && !is_held {
            let message = format!("{name} {} was yanked and cannot be pinned anew", version.version);
            return Err(Refusal::conflict("VERSION_YANKED", message).into());
        }
        Ok(version.clone())
    }

    /// Looks at bytes that are to be published under a name.
    ///
    /// # Errors
    /// They are no plugin that can be used, or it has another name.
    pub async fn examine(
        &self,
        name: &PluginName,
        wasm: &[u8],
        publisher: &str,
        now: Time,
    ) -> Result<PluginVersion, ExamineError> {
        let admission = self.rules.admit(wasm).await?;
        let manifest = admission.manifest;
        if manifest.name != name.as_str() {
            return Err(ExamineError::OtherName { manifest: manifest.name });
        }
        Ok(PluginVersion {
            name: name.clone(),
            version: manifest.version,
            digest: admission.digest.to_string(),
            size_bytes: i64::try_from(wasm.len()).unwrap_or(i64::MAX),
            description: manifest.description,
            capabilities: admission.capabilities,
            parameters_schema: manifest.parameters_schema,
            yanked: false,
            published_by: publisher.to_owned(),
            published_at: now,
        })
    }
}

fn check_parameters(version: &PluginVersion, parameters: &Object) -> Result<(), Refusal> {
    let Some(schema) = &version.parameters_schema else {
        if parameters.is_empty() {
            return Ok(());
        }
        let rule = format!("must be empty, as {} {} has no parameters", version.name, version.version);
        return Err(Refusal::invalid("rules.parameters", rule));
    };
    let schema = ParametersSchema::compile(schema).map_err(|error| {
        Refusal::conflict("SCHEMA_UNUSABLE", format!("the plugin's schema cannot be used: {error}"))
    })?;
    let Err(bad) = schema.validate(&Value::Object((**parameters).clone())) else { return Ok(()) };
    let Some(first) = bad.first() else { return Ok(()) };
    let more = if bad.len() > 1 { format!(" (and {} more violations)", bad.len() - 1) } else { String::new() };
    let field = format!("rules.parameters{}", first.path.replace('/', "."));
    Err(Refusal::invalid(field, format!("{}{more}", first.message)))
}
