//! Tries a plugin with its cases.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::accept::{AcceptError, accept};
use super::case::{self, CallName, Case, CaseError};
use super::examine::{ATTEMPTS, LocalSandbox};
use super::parameters;
use super::scenario::WrongValue;
use crate::rules::{Admission, BadSchema, Call, CallResult, FailedCall, Logs, ParametersSchema, RuleLimits, Usage};

/// What became of one case.
#[derive(Debug)]
pub struct Trial {
    /// The case's file.
    pub file: PathBuf,
    /// What the rule did, if it could be called.
    pub result: Result<Run, CaseError>,
}

impl Trial {
    /// Whether the rule answered as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        matches!(self.result, Ok(Run { finding: Finding::Passed | Finding::Accepted { .. }, .. }))
    }

    /// Writes the rule's answer into the case, if it gave one and another was expected, or none yet.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn accept(&mut self) -> Result<(), AcceptError> {
        if let Ok(Run { finding, .. }) = &mut self.result
            && let Finding::Different { expected, actual } = finding
        {
            accept(&self.file, actual)?;
            *finding = Finding::Accepted { expected: expected.take(), actual: actual.take() };
        }
        Ok(())
    }
}

/// A call of the rule.
#[derive(Debug)]
pub struct Run {
    /// The case's name.
    pub case: String,
    /// What was asked.
    pub call: CallName,
    /// What came of it.
    pub finding: Finding,
    /// What the rule wrote to its log.
    pub logs: Logs,
    /// What it took.
    pub usage: Usage,
    /// What it might have taken.
    pub limits: RuleLimits,
}

/// What a call showed.
#[derive(Debug)]
pub enum Finding {
    /// The answer is the expected one.
    Passed,
    /// The answer is another one.
    Different {
        /// What was expected; `None`: the case waits for an answer.
        expected: Option<Value>,
        /// What the rule answered.
        actual: Value,
    },
    /// The answer was another one, and is the expected one from now on.
    Accepted {
        /// What was expected before.
        expected: Option<Value>,
        /// What the rule answered.
        actual: Value,
    },
    /// The rule gave no answer.
    Failed(Box<FailedCall>),
}

/// Why a plugin cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// It has no cases.
    #[error("{plugin} has no cases; put at least one as a JSON file into {}", folder.display())]
    NoCases {
        /// The plugin.
        plugin: String,
        /// Where they would be.
        folder: PathBuf,
    },
    /// The folder of the cases cannot be read.
    #[error("cannot read {}: {source}", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The schema of the parameters does not compile.
    #[error("the schema of the parameters {0}")]
    Schema(#[from] BadSchema),
}

/// Tries a plugin with all cases in its folder, by name of the file.
///
/// # Errors
/// There are none. What is wrong with one case is part of its [`Trial`], and the others are run all the same.
pub async fn run(sandbox: &LocalSandbox, admission: &Admission, folder: &Path) -> Result<Vec<Trial>, TrialError> {
    let files = case::files(folder).map_err(|source| TrialError::Unreadable { folder: folder.to_owned(), source })?;
    if files.is_empty() {
        let folder = case::folder(folder).unwrap_or_else(|_| folder.to_owned());
        return Err(TrialError::NoCases { plugin: admission.manifest.label(), folder });
    }
    let schema = admission.manifest.parameters_schema.as_ref().map(ParametersSchema::compile).transpose()?;
    let mut trials = Vec::with_capacity(files.len());
    for file in files {
        let result = match load(&file, schema.as_ref()) {
            Ok(case) => Ok(call(sandbox, admission, case).await),
            Err(error) => Err(error),
        };
        trials.push(Trial { file, result });
    }
    Ok(trials)
}

/// Reads a case, and refuses parameters that no server would hand to the plugin.
pub(super) fn load(file: &Path, schema: Option<&ParametersSchema>) -> Result<Case, CaseError> {
    let case = Case::load(file)?;
    parameters::check(case.question.parameters(), schema, "input.event.parameters")
        .map_err(|WrongValue { place, problem }| CaseError::Wrong { path: Some(place), problem })?;
    Ok(case)
}

async fn call(sandbox: &LocalSandbox, admission: &Admission, case: Case) -> Run {
    let mut attempt = 1;
    loop {
        let answered = case::ask(sandbox.rules(), &admission.plugin, (&case.question).into()).await;
        if answered.as_ref().is_err_and(|failed| failed.failure.is_transient()) && attempt < ATTEMPTS {
            attempt += 1;
            continue;
        }
        let limits = sandbox.rules().limits(&admission.plugin, case.question.call().capability());
        return judge(case, answered, limits.clone());
    }
}

fn judge(case: Case, answered: CallResult<Value>, limits: RuleLimits) -> Run {
    let Case { name, question, expected } = case;
    let call = question.call();
    let (finding, logs, usage) = match answered {
        Ok(Call { answer, logs, usage }) if expected.as_ref() == Some(&answer) => (Finding::Passed, logs, usage),
        Ok(Call { answer, logs, usage }) => (Finding::Different { expected, actual: answer }, logs, usage),
        Err(failed) => {
            let (logs, usage) = (failed.logs.clone(), failed.usage.clone());
            (Finding::Failed(failed), logs, usage)
        }
    };
    Run { case: name, call, finding, logs, usage, limits }
}
