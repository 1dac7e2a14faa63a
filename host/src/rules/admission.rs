//! Taking a plugin in, and why one is not taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::abi;
use super::compile::{CompileError, Refusal};
use super::digest::PluginDigest;
use super::failure::{FailedCall, RuleFailure};
use super::manifest::Manifest;
use super::plugin::{LinkError, Plugin};
use super::text::shortened;
use crate::model::rules::Capability;

/// A plugin that may be published: it runs, and it says what it is.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The digest of the bytes, as uploaded.
    pub digest: PluginDigest,
    /// What it says about itself.
    pub manifest: Manifest,
    /// What it decides; never empty.
    pub capabilities: BTreeSet<Capability>,
    /// The plugin, ready to be called.
    pub plugin: Arc<Plugin>,
}

/// Why a plugin is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// It is too large.
    #[error("the plugin has {bytes} bytes; {limit} are allowed{kind}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The largest size.
        limit: usize,
        /// For which plugins, if not for all.
        kind: &'static str,
    },
    /// It is neither a core module nor a component.
    #[error("this is no WebAssembly: neither a core module nor a component")]
    NotWasm,
    /// It wants what plugins are not given.
    #[error(
        "the plugin imports what plugins are not given: {}; only `log` and `random-u64` of `world-events:rules/host` are granted",
        .names.join(", ")
    )]
    ForbiddenImports {
        /// The imports, at most 20 of them.
        names: Vec<String>,
    },
    /// It decides nothing.
    #[error(
        "the plugin exports no rule: at least one of {} is needed",
        Capability::ALL.iter().map(|rule| format!("`{}`", abi::interface(rule.as_str()))).collect::<Vec<_>>().join(", ")
    )]
    NoRuleExported,
    /// It does not say what it is.
    #[error("the plugin does not export `{}`", abi::interface("manifest"))]
    ManifestMissing,
    /// What it says about itself is not valid.
    #[error("the plugin's manifest is not valid: {why}")]
    ManifestMalformed {
        /// Which member, and what would be right.
        why: String,
    },
    /// An export has another type than in the ABI.
    #[error("the plugin does not keep to the ABI: {why}")]
    WrongType {
        /// Which one, and what differs.
        why: String,
    },
    /// It is broken, or uses what this server does not run.
    #[error("the plugin does not compile: {why}")]
    DoesNotCompile {
        /// What the compiler says.
        why: String,
    },
    /// It compiles, but needs more than an instance may have.
    #[error("the plugin needs more than a sandbox has: {why}")]
    ExceedsSandbox {
        /// What it needs.
        why: String,
    },
    /// Compiling took too long.
    #[error("compiling the plugin took longer than {limit_ms} ms")]
    CompileTimeout {
        /// The limit.
        limit_ms: u64,
    },
    /// Compiling took too much memory.
    #[error("compiling the plugin took more than {limit} bytes of memory")]
    CompileOutOfMemory {
        /// The limit.
        limit: u64,
    },
    /// It does not even tell what it is.
    #[error("the plugin failed when it was asked what it is: {failure}")]
    DescribeFailed {
        /// The failed call, for the plugin's author.
        failure: Box<FailedCall>,
    },
    /// No place to run it became free in time. Another attempt may succeed.
    #[error("too many rules are running; try again")]
    Busy,
    /// The server's own fault.
    #[error("the server failed to take the plugin in: {why}")]
    Internal {
        /// For the server's log.
        why: String,
    },
}

impl AdmitError {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "PLUGIN_TOO_LARGE",
            Self::NotWasm => "PLUGIN_NOT_WASM",
            Self::ForbiddenImports { .. } => "PLUGIN_FORBIDDEN_IMPORTS",
            Self::NoRuleExported => "PLUGIN_NO_RULE",
            Self::ManifestMissing => "PLUGIN_MANIFEST_MISSING",
            Self::ManifestMalformed { .. } => "PLUGIN_MANIFEST_MALFORMED",
            Self::WrongType { .. } => "PLUGIN_WRONG_TYPE",
            Self::DoesNotCompile { .. } => "PLUGIN_DOES_NOT_COMPILE",
            Self::ExceedsSandbox { .. } => "PLUGIN_EXCEEDS_SANDBOX",
            Self::CompileTimeout { .. } => "PLUGIN_COMPILE_TIMEOUT",
            Self::CompileOutOfMemory { .. } => "PLUGIN_COMPILE_OUT_OF_MEMORY",
            Self::DescribeFailed { .. } => "PLUGIN_DESCRIBE_FAILED",
            Self::Busy => "PLUGIN_BUSY",
            Self::Internal { .. } => "PLUGIN_INTERNAL",
        }
    }

    /// Whether it is the plugin's fault, so that the same bytes will never be taken.
    pub fn is_plugins_fault(&self) -> bool {
        !matches!(self, Self::Busy | Self::Internal { .. })
    }
}

impl From<CompileError> for AdmitError {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Refused(Refusal::NotWasm) => Self::NotWasm,
            CompileError::Refused(Refusal::ForbiddenImports(names)) => Self::ForbiddenImports { names },
            CompileError::Refused(Refusal::ManifestMissing) => Self::ManifestMissing,
            CompileError::Refused(Refusal::NoRuleExported) => Self::NoRuleExported,
            CompileError::Refused(Refusal::Invalid(why)) | CompileError::Crashed(why) => Self::DoesNotCompile { why },
            CompileError::TooSlow(limit) => {
                Self::CompileTimeout { limit_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX) }
            }
            CompileError::OutOfMemory(limit) => Self::CompileOutOfMemory { limit },
            CompileError::Unusable { .. } => Self::Internal { why: error.to_string() },
        }
    }
}

/// How much of a reason is told, in characters: names in it come from the plugin.
const MAX_WHY: usize = 1_000;

impl From<LinkError> for AdmitError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Code(why) => Self::ExceedsSandbox { why: shortened(&format!("{why:#}"), MAX_WHY) },
            LinkError::Interfaces(why) => Self::WrongType { why: shortened(&format!("{why:#}"), MAX_WHY) },
        }
    }
}

/// What `describe` gave instead of a manifest.
impl From<Box<FailedCall>> for AdmitError {
    fn from(failed: Box<FailedCall>) -> Self {
        match &failed.failure {
            RuleFailure::BadOutput { why } => Self::ManifestMalformed { why: why.clone() },
            RuleFailure::WrongType { why } => Self::WrongType { why: why.clone() },
            RuleFailure::Internal { why } => Self::Internal { why: why.clone() },
            RuleFailure::Busy => Self::Busy,
            _ => Self::DescribeFailed { failure: failed },
        }
    }
}

/// Why a plugin that was published cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its bytes could not be had.
    #[error("the plugin's bytes cannot be had: {0}")]
    Fetch(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Its bytes are other ones.
    #[error("the plugin's bytes have the digest {actual}, not {expected}")]
    WrongDigest {
        /// The digest that was asked for.
        expected: PluginDigest,
        /// The digest of what came.
        actual: PluginDigest,
    },
    /// This server does not take it, although one did.
    #[error(transparent)]
    Refused(#[from] AdmitError),
}

/// Why rules cannot be run at all.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A setting cannot be used.
    #[error(transparent)]
    Setting(#[from] super::settings::BadSetting),
    /// The folder for compiled plugins cannot be used.
    #[error(transparent)]
    CacheFolder(#[from] super::disk_cache::CacheFolderError),
    /// wasmtime cannot be set up here.
    #[error("the sandbox cannot be set up on this machine: {0}")]
    Engine(String),
}
