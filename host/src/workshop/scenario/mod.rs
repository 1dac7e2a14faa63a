//! What is said of an event and its players in a file beside a plugin, to try the plugin with: `simulation.toml` and
//! `check.toml` are made of the same parts.
//!
//! A part says how a value is [drawn](draw), what the players [do](action), how the [event](plan) is set up, and what may
//! be paid at most, the [budget].

pub mod action;
pub mod budget;
pub mod draw;
pub mod plan;

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

pub use self::action::ActionPlan;
pub use self::budget::{Budget, RewardKey};
pub use self::draw::{Draw, Numbers};
pub use self::plan::EventPlan;

/// Why a file beside a plugin cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no such file.
    #[error(
        "there is no {}, which says what the event is and what its players do; `world-events plugin new` makes one for each \
         kind of event, to begin with",
        file.display()
    )]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// The file is no TOML, or a member is missing, unknown or wrong.
    #[error("{} is wrong: {}", file.display(), source.to_string().trim_end())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong, with the line that it stands in.
        source: toml::de::Error,
    },
    /// A value is well formed, but not one that can be used.
    #[error("{} is wrong: {place}: {problem}", file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// Where in the file, such as `event.parameters.minLevel`.
        place: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// A value that cannot be used, before it is known which file it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongValue {
    /// Where in the file.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl WrongValue {
    /// A wrong value.
    pub fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }

    /// The error, in this file.
    #[must_use]
    pub fn within(self, file: &Path) -> ScenarioError {
        ScenarioError::Wrong { file: file.to_owned(), place: self.place, problem: self.problem }
    }
}

/// Reads a file.
///
/// # Errors
/// It cannot be read, is no TOML, or a member is missing, unknown or wrong.
pub fn read<T: DeserializeOwned>(file: &Path) -> Result<T, ScenarioError> {
    let file_error = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ScenarioError::Missing { file: file.to_owned() },
        _ => ScenarioError::Unreadable { file: file.to_owned(), source },
    };
    let text = std::fs::read_to_string(file).map_err(file_error)?;
    toml::from_str(&text).map_err(|source| ScenarioError::Malformed { file: file.to_owned(), source })
}
