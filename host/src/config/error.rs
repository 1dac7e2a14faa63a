//! What can be wrong with settings.

use std::{fmt, io, path::PathBuf};

/// Where a setting's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A settings file.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// A flag, without its dashes.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("its default"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::Flag(name) => write!(f, "the flag --{name}"),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The settings file is not TOML.
    #[error("the settings file {} is not valid TOML: {problem}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        problem: String,
    },
    /// The settings file sets what does not exist.
    #[error("there is no setting `{key}`, which the file {} sets; in its place there could be {known}", path.display())]
    Unknown {
        /// The key, with its sections.
        key: String,
        /// Which file.
        path: PathBuf,
        /// The keys that exist there.
        known: String,
    },
    /// A value that cannot be.
    #[error("setting `{key}` from {origin} {problem}")]
    Invalid {
        /// The key, with its sections.
        key: String,
        /// Where the value comes from.
        origin: Origin,
        /// What it is, and what would be right.
        problem: String,
    },
    /// Two settings that exclude each other.
    #[error("the settings `{}` (from {}) and `{}` (from {}) exclude each other: take one away", .0.0, .0.1, .1.0, .1.1)]
    Conflict((&'static str, Origin), (&'static str, Origin)),
}

impl SettingsError {
    /// Whether the command line itself is wrong, rather than what surrounds it.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Invalid { origin: Origin::Flag(_), .. })
    }
}
