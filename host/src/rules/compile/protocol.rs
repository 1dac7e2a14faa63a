//! What the server and the process that compiles for it say to each other.
//!
//! The server writes one line of JSON, a [`Request`], and then the plugin's bytes up to the end of the stream. The
//! process answers with one line of JSON, a [`Reply`], followed by the machine code if there is any.

use serde::{Deserialize, Serialize};

/// What the process must keep to.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// Address space, in bytes.
    pub(super) memory_bytes: u64,
    /// CPU time, in seconds.
    pub(super) cpu_seconds: u64,
    /// The largest plugin that is read, in bytes.
    pub(super) component_bytes: usize,
    /// What the machine code must be [compatible](crate::rules::engine::fingerprint) with.
    pub(super) fingerprint: String,
    /// How many threads there are for it.
    pub(super) threads: usize,
}

/// What became of the plugin.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// The machine code follows.
    Compiled,
    /// The plugin is not taken.
    Refused(Refusal),
    /// There is too little memory for it.
    OutOfMemory,
    /// The process could not do its work.
    Failed(String),
}

/// Why a plugin is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::rules) enum Refusal {
    /// Neither a core module nor a component.
    NotWasm,
    /// It imports what plugins are not given.
    ForbiddenImports(Vec<String>),
    /// It does not say what it is.
    ManifestMissing,
    /// It decides nothing.
    NoRuleExported,
    /// It is broken.
    Invalid(String),
}
