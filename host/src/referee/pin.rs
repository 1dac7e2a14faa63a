//! From plugins that are named to plugins that are pinned; and from bytes to a version that can be published.

use serde_json::Value;

use super::Referee;
use crate::model::plugin::{Plugin, PluginModule};
use crate::model::rules::{PinnedRules, RulesReference};
use crate::model::text::{ChannelName, DraftName, PluginName};
use crate::model::{Object, Refusal};
use crate::rules::{AdmitError, ParametersSchema};
use crate::store::StoreError;

/// Why rules cannot be pinned.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The reference is not one that can be followed.
    #[error("refused: {0}")]
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

/// Whether a draft will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drafts {
    /// For test events, and for templates, from which test events may be made.
    Allowed,
    /// For events that count.
    Refused,
}

impl Referee {
    /// Finds the exact version that a reference means, and checks the parameters against its schema.
    ///
    /// # Errors
    /// There is no such plugin, version, channel or draft, it was yanked, or the parameters do not fit; or the database
    /// failed.
    pub async fn pin(&self, reference: &RulesReference, drafts: Drafts) -> Result<PinnedRules, PinError> {
        self.repin(reference, None, drafts).await
    }

    /// Like [`pin`](Self::pin), for an event that has rules already: the version that it has pinned may stay, though it
    /// was yanked since.
    ///
    /// # Errors
    /// As [`pin`](Self::pin).
    pub async fn repin(
        &self,
        reference: &RulesReference,
        held: Option<&PinnedRules>,
        drafts: Drafts,
    ) -> Result<PinnedRules, PinError> {
        reference.check()?;
        let module = match &reference.draft {
            Some(draft) => self.resolve_draft(&reference.plugin, draft, drafts).await?,
            None => self.resolve(reference, held).await?,
        };
        check_parameters(&module, &reference.parameters)?;
        Ok(PinnedRules {
            plugin: module.name,
            version: module.version,
            channel: reference.channel.clone(),
            draft: reference.draft.clone(),
            digest: module.digest,
            capabilities: module.capabilities,
            parameters: reference.parameters.with_plain_integers(),
            goals: reference.goals.clone(),
            on_failure: reference.on_failure,
        })
    }

    async fn resolve(&self, reference: &RulesReference, held: Option<&PinnedRules>) -> Result<PluginModule, PinError> {
        let name = &reference.plugin;
        let Some(plugin) = self.store.plugin(name).await? else {
            return Err(Refusal::invalid("rules.plugin", format!("names no published plugin: {name}")).into());
        };
        let deployed = match &reference.channel {
            Some(channel) => Some(plugin.channels.get(channel).ok_or_else(|| no_channel(&plugin))?),
            None => None,
        };
        let Some(wanted) = deployed.or(reference.version.as_ref()).or(plugin.latest.as_ref()) else {
            let message = format!("every version of {name} was yanked; publish a new one");
            return Err(Refusal::conflict("VERSION_YANKED", message).into());
        };
        let Some(version) = plugin.version(wanted) else {
            let known: Vec<String> = plugin.versions.iter().map(|known| known.module.version.to_string()).collect();
            let rule = format!("names no published version of {name}; there are: {}", known.join(", "));
            return Err(Refusal::invalid("rules.version", rule).into());
        };
        let is_held = held.is_some_and(|held| held.plugin == *name && held.draft.is_none() && held.version == *wanted);
        if version.yanked && !is_held {
            let message = format!("{name} {wanted} was yanked and cannot be pinned anew");
            return Err(Refusal::conflict("VERSION_YANKED", message).into());
        }
        Ok(version.module.clone())
    }

    async fn resolve_draft(
        &self,
        plugin: &PluginName,
        draft: &DraftName,
        drafts: Drafts,
    ) -> Result<PluginModule, PinError> {
        if drafts == Drafts::Refused {
            let rule = "is for test events only; publish a version, or create the event with test: true";
            return Err(Refusal::invalid("rules.draft", rule).into());
        }
        let found = self.store.draft(plugin, draft).await?;
        let unknown = || Refusal::invalid("rules.draft", format!("names no draft of {plugin}: {draft}"));
        Ok(found.ok_or_else(unknown)?.module)
    }

    /// Looks at bytes that are to be published under a name.
    ///
    /// # Errors
    /// They are no plugin that can be used, or it has another name.
    pub async fn examine(&self, name: &PluginName, wasm: &[u8]) -> Result<PluginModule, ExamineError> {
        let admission = self.rules.admit(wasm).await?;
        let manifest = admission.manifest;
        if manifest.name != name.as_str() {
            return Err(ExamineError::OtherName { manifest: manifest.name });
        }
        Ok(PluginModule {
            name: name.clone(),
            version: manifest.version,
            digest: admission.digest.to_string(),
            size_bytes: i64::try_from(wasm.len()).unwrap_or(i64::MAX),
            description: manifest.description,
            capabilities: admission.capabilities,
            parameters_schema: manifest.parameters_schema,
        })
    }
}

fn no_channel(plugin: &Plugin) -> Refusal {
    let known: Vec<&str> = plugin.channels.keys().map(ChannelName::as_str).collect();
    let known =
        if known.is_empty() { "there is none yet".to_owned() } else { format!("there are: {}", known.join(", ")) };
    Refusal::invalid("rules.channel", format!("names no channel of {}; {known}", plugin.name))
}

/// Checks parameters against the schema of the plugin that is to get them.
///
/// # Errors
/// They do not fit; the first violation is told.
pub fn check_parameters(module: &PluginModule, parameters: &Object) -> Result<(), Refusal> {
    let Some(schema) = &module.parameters_schema else {
        if parameters.is_empty() {
            return Ok(());
        }
        let rule = format!("must be empty, as {} {} has no parameters", module.name, module.version);
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
