//! Cases: calls of a rule with the answers that are expected, in JSON files beside the plugin.
//!
//! ```json
//! {
//!   "name": "a novice is refused",
//!   "call": "eligibility.check",
//!   "input": { "player": { "id": "p1", "attributes": { "level": 4 } } },
//!   "expect": { "refuse": { "code": "LEVEL_TOO_LOW", "message": "level 4 is too low" } }
//! }
//! ```
//!
//! Without `expect`, a case waits for an answer: the rule's can be [accepted](super::accept).
//!
//! Every member of the answer has to match. Unknown members are errors, so that a misspelt one is not a test of nothing.

mod answer;
mod ask;
mod input;
pub mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{Display, IntoStaticStr};
use utoipa::ToSchema;

pub use self::answer::{Assessment, Payout, Verdict, brief};
pub use self::ask::ask;
pub use self::input::{Application, Page, Scorecard};
use super::project::Trials;
use crate::model::Object;
use crate::model::rules::Capability;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Display, IntoStaticStr, ToSchema)]
pub enum CallName {
    /// May this player join?
    #[serde(rename = "eligibility.check")]
    #[strum(serialize = "eligibility.check")]
    Check,
    /// What is this report worth?
    #[serde(rename = "scoring.score")]
    #[strum(serialize = "scoring.score")]
    Score,
    /// Who on this page is paid what?
    #[serde(rename = "rewards.payout")]
    #[strum(serialize = "rewards.payout")]
    Payout,
}

impl CallName {
    /// What has to be decided for that.
    #[must_use]
    pub fn capability(self) -> Capability {
        match self {
            Self::Check => Capability::Eligibility,
            Self::Score => Capability::Scoring,
            Self::Payout => Capability::Rewards,
        }
    }
}

/// One call, and the answer that is expected.
#[derive(Debug, Clone)]
pub struct Case {
    /// What the case shows, in one sentence.
    pub name: String,
    /// The call.
    pub question: Question,
    /// The answer, comparable with [`comparable`]; `None` in a case that waits for one.
    pub expected: Option<Value>,
}

/// A call with its input.
#[derive(Debug, Clone)]
pub enum Question {
    /// `eligibility.check`
    Check(Application),
    /// `scoring.score`
    Score(Scorecard),
    /// `rewards.payout`
    Payout(Page),
}

impl Question {
    /// What is asked.
    #[must_use]
    pub fn call(&self) -> CallName {
        match self {
            Self::Check(_) => CallName::Check,
            Self::Score(_) => CallName::Score,
            Self::Payout(_) => CallName::Payout,
        }
    }

    /// Reads the input of a call, as a case has it.
    ///
    /// # Errors
    /// It is no JSON, or a member is missing, unknown or wrong.
    pub fn read(call: CallName, input: &str) -> Result<Self, CaseError> {
        match call {
            CallName::Check => read(input).map(Self::Check),
            CallName::Score => read(input).map(Self::Score),
            CallName::Payout => read(input).map(Self::Payout),
        }
    }

    /// The designer's parameters.
    #[must_use]
    pub fn parameters(&self) -> &Object {
        match self {
            Self::Check(application) => &application.event.parameters,
            Self::Score(card) => &card.event.parameters,
            Self::Payout(page) => &page.event.parameters,
        }
    }
}

impl From<&Question> for write::Input {
    fn from(question: &Question) -> Self {
        match question {
            Question::Check(application) => Self::Check(application.into()),
            Question::Score(card) => Self::Score(card.into()),
            Question::Payout(page) => Self::Payout(page.into()),
        }
    }
}

/// A rule's answer in the form of [`Case::expected`].
#[must_use]
pub fn comparable(answer: &impl Serialize) -> Value {
    answer::plain_json(answer)
}

/// What is wrong with a case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// The file is no JSON.
    #[error("it is not valid JSON: {0}")]
    NoJson(serde_json::Error),
    /// A member is wrong.
    #[error("{}{problem}", .path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default())]
    Wrong {
        /// Where in the JSON, such as `input.report.actions[0].amount`; `None`: the file as a whole.
        path: Option<String>,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// What comes first: the call decides what the rest has to be.
#[derive(Deserialize)]
struct Head {
    call: CallName,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<Input, Answer> {
    name: String,
    #[serde(rename = "call")]
    _call: CallName,
    input: Input,
    expect: Option<Answer>,
}

impl Case {
    /// Reads the file of a case.
    ///
    /// # Errors
    /// It cannot be read, or is no case.
    pub fn load(file: &Path) -> Result<Self, CaseError> {
        Self::parse(&fs::read_to_string(file)?)
    }

    /// Reads a case.
    ///
    /// # Errors
    /// It is no JSON, or a member is missing, unknown or wrong.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        let Head { call } = read(text)?;
        match call {
            CallName::Check => Self::whole::<_, Verdict>(text, Question::Check),
            CallName::Score => Self::whole::<_, Assessment>(text, Question::Score),
            CallName::Payout => Self::whole::<_, Payout>(text, Question::Payout),
        }
    }

    fn whole<Input: DeserializeOwned, Answer: DeserializeOwned + Serialize>(
        text: &str,
        question: fn(Input) -> Question,
    ) -> Result<Self, CaseError> {
        let Whole { name, input, expect, .. } = read::<Whole<Input, Answer>>(text)?;
        if name.trim().is_empty() {
            let problem = "must say in a few words what the case shows".to_owned();
            return Err(CaseError::Wrong { path: Some("name".to_owned()), problem });
        }
        Ok(Self { name, question: question(input), expected: expect.as_ref().map(comparable) })
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, CaseError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = Some(error.path().to_string()).filter(|path| path != ".");
        let cause = error.into_inner();
        if cause.is_data() { CaseError::Wrong { path, problem: cause.to_string() } } else { CaseError::NoJson(cause) }
    })?;
    json.end().map_err(CaseError::NoJson)?;
    Ok(value)
}

/// The folder of a plugin's cases: `cases`, unless its manifest names another.
///
/// # Errors
/// The manifest cannot be read.
pub fn folder(plugin: &Path) -> io::Result<PathBuf> {
    Trials::of(plugin).map(|trials| trials.cases).map_err(io::Error::other)
}

/// The files of a plugin's cases, `cases/*.json`, by name.
///
/// # Errors
/// The folder cannot be read.
pub fn files(plugin: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = folder(plugin)?;
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<_> = paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests;
