//! A server's sandbox on the designer's own machine.

use std::io;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::config::cache_dir;
use crate::rules::{Admission, AdmitError, RuleSettings, Rules, RulesConfig, RulesError, cores};

/// How often a call is tried that the clock stopped. It gave no answer, and on a machine that is busy, as with the builds
/// of plugins, it often does the next time. A rule that is too slow is so every time.
pub const ATTEMPTS: usize = 3;

/// The largest plugin that is examined, in bytes: the most that an operator can allow. Whether a server takes one that is
/// larger than by default is for that server to say.
const COMPONENT_BYTES: usize = 64 * 1024 * 1024;

/// The longest that a server can be told to let a call run, in milliseconds. No call has fuel for so long.
const UNHURRIED_MS: u64 = 60_000;

/// How long compiling may take, in milliseconds: there is no one else to be kept waiting.
const COMPILE_MS: u64 = 600_000;

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// There is no place for what is compiled, or the system does not tell where this program is.
    #[error("cannot set the sandbox up: {0}")]
    Io(#[from] io::Error),
    /// The sandbox does not run here.
    #[error(transparent)]
    Rules(#[from] RulesError),
}

/// The sandbox of a server with default settings. What it has compiled is kept for the next one, as compiling a plugin that
/// brings an interpreter along takes half a minute.
pub struct LocalSandbox {
    rules: Rules,
    _own_folder: Option<TempDir>,
}

impl LocalSandbox {
    /// Sets the sandbox up.
    ///
    /// # Errors
    /// It does not run on this machine, or there is no room for what it compiles.
    pub fn new() -> Result<Self, SandboxError> {
        Self::with(|_| {})
    }

    /// A sandbox in which fuel alone decides, and never the clock of this machine: what is called in it comes out the same
    /// however busy the machine is. All other limits are a server's.
    ///
    /// # Errors
    /// As [`LocalSandbox::new`].
    pub fn unhurried() -> Result<Self, SandboxError> {
        Self::with(|settings| {
            settings.decision.time_ms = UNHURRIED_MS;
            settings.payout.time_ms = UNHURRIED_MS;
            settings.large.decision.time_ms = UNHURRIED_MS;
            settings.large.payout.time_ms = UNHURRIED_MS;
        })
    }

    fn with(change: impl Fn(&mut RuleSettings)) -> Result<Self, SandboxError> {
        match Rules::new(config(cache_dir(), &change)?, ()) {
            Ok(rules) => Ok(Self { rules, _own_folder: None }),
            // Nothing can be kept here, as where the home is read-only or another's.
            Err(RulesError::CacheFolder(_)) => {
                let folder = tempfile::tempdir()?;
                let rules = Rules::new(config(folder.path().join("code"), &change)?, ())?;
                Ok(Self { rules, _own_folder: Some(folder) })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Does with a plugin what a server does when it is published: compiles it and asks it what it is.
    ///
    /// # Errors
    /// It is one that no server takes.
    pub async fn examine(&self, wasm: &[u8]) -> Result<Admission, AdmitError> {
        let mut attempt = 1;
        loop {
            match self.rules.admit(wasm).await {
                Err(AdmitError::DescribeFailed { failure }) if failure.failure.is_transient() && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// The rules that the plugin can be called through.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

/// A server's defaults, but for what nobody else is kept waiting by.
fn config(folder: PathBuf, change: impl Fn(&mut RuleSettings)) -> io::Result<RulesConfig> {
    let mut config = RulesConfig::new(folder)?;
    config.compile_threads = cores();
    config.takes_in_once = true;
    let settings = &mut config.settings;
    settings.component_bytes = COMPONENT_BYTES;
    settings.large.component_bytes = COMPONENT_BYTES;
    settings.compile_memory_bytes = settings.large.compile_memory_bytes;
    settings.compile_ms = COMPILE_MS;
    settings.large.compile_ms = COMPILE_MS;
    // Nobody waits in vain here, and every case is to be tried.
    settings.park_after = 0;
    change(settings);
    Ok(config)
}
