//! Finds out what a plugin's cases take, by the plugin's functions.

mod report;
mod shares;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use self::shares::Shares;
use super::case::{self, Case, CaseError, Question};
use super::examine::LocalSandbox;
use super::trial;
use crate::rules::{
    Admission, AdmitError, BadSchema, Call, CallResult, FailedCall, ParametersSchema, Profiler, RuleFailure,
};

pub use self::report::profiled;
pub use self::shares::Function;

/// What the cases take together, by the plugin's functions. Each case is called once, as all calls are alike.
#[derive(Debug)]
pub struct Profile {
    /// The cases that were called.
    pub cases: Vec<ProfiledCase>,
    /// How many samples there are.
    pub samples: u64,
    /// How much fuel a sample stands for.
    pub step: u64,
    /// The plugin's functions, those that take the most themselves first.
    pub functions: Vec<Function>,
    /// All samples, for the Firefox Profiler.
    pub json: Vec<u8>,
}

/// A case that was called.
#[derive(Debug)]
pub struct ProfiledCase {
    /// Its name.
    pub name: String,
    /// What the call took.
    pub fuel: u64,
    /// Why it gave no answer, if so. It is no less a call.
    pub failed: Option<RuleFailure>,
}

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// There is nothing to call.
    #[error("no case is to be profiled: {0}")]
    NoCases(String),
    /// The folder of the cases cannot be read.
    #[error("cannot read the cases in {}: {source}", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A case is malformed.
    #[error("{}: {source}", file.display())]
    Malformed {
        /// Its file.
        file: PathBuf,
        /// What is wrong.
        source: CaseError,
    },
    /// The schema of the parameters does not compile.
    #[error("the schema of the parameters {0}")]
    Schema(#[from] BadSchema),
    /// The plugin cannot be called.
    #[error("{}: {source}", source.code())]
    NotAdmitted {
        /// Why not.
        #[from]
        source: AdmitError,
    },
    /// A call could not even be made.
    #[error("the case {case:?} cannot be called: {}: {failure}", failure.code())]
    Uncallable {
        /// The case.
        case: String,
        /// Why not.
        failure: RuleFailure,
    },
    /// The samples are not what they should be.
    #[error("the samples cannot be told: {0}")]
    Samples(String),
}

/// Which cases.
#[derive(Debug)]
pub enum Selection<'a> {
    /// The one in this file.
    File(&'a Path),
    /// Those beside the plugin in this folder, if a text is given only those with it in the name or the file's name.
    Beside {
        /// The plugin's folder.
        folder: &'a Path,
        /// The text.
        filter: Option<&'a str>,
    },
}

/// Reads the cases that are selected.
///
/// # Errors
/// There are none, or one of them is malformed.
pub fn cases(selection: &Selection<'_>, admission: &Admission) -> Result<Vec<Case>, ProfileError> {
    let schema = admission.manifest.parameters_schema.as_ref().map(ParametersSchema::compile).transpose()?;
    let load = |file: PathBuf| match trial::load(&file, schema.as_ref()) {
        Ok(case) => Ok((file, case)),
        Err(source) => Err(ProfileError::Malformed { file, source }),
    };
    let (folder, filter) = match selection {
        Selection::File(file) => return Ok(vec![load((*file).to_owned())?.1]),
        Selection::Beside { folder, filter } => (*folder, filter.unwrap_or_default()),
    };
    let files = case::files(folder).map_err(|source| ProfileError::Unreadable { folder: folder.to_owned(), source })?;
    let cases = files.into_iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let names: BTreeSet<_> = cases.iter().map(|(_, case)| format!("{:?}", case.name)).collect();
    let is_meant = |(file, case): &(PathBuf, Case)| {
        let file = file.file_name().unwrap_or_default().to_string_lossy();
        case.name.contains(filter) || file.contains(filter)
    };
    let meant: Vec<_> = cases.into_iter().filter(is_meant).map(|(_, case)| case).collect();
    if meant.is_empty() {
        let folder = case::folder(folder).unwrap_or_else(|_| folder.to_owned());
        return Err(ProfileError::NoCases(match names.into_iter().collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => format!("there is none in {}", folder.display()),
            names => format!("none has {filter:?} in its name; there are {names}"),
        }));
    }
    Ok(meant)
}

/// Calls each case, and takes about so many samples of them all. Blocks this thread.
///
/// # Errors
/// The plugin cannot be called.
pub async fn run(
    sandbox: &LocalSandbox,
    admission: &Admission,
    wasm: &[u8],
    cases: &[Case],
    samples: u32,
) -> Result<Profile, ProfileError> {
    let mut fuel = 0_u64;
    for case in cases {
        let (used, _) = called(case, case::ask(sandbox.rules(), &admission.plugin, (&case.question).into()).await)?;
        fuel = fuel.saturating_add(used);
    }
    let step = (fuel / u64::from(samples)).max(1);
    let profiler = sandbox.rules().profiler(wasm, &admission.manifest.label(), step).await?;
    let mut profiled = Vec::with_capacity(cases.len());
    for case in cases {
        let (fuel, failed) = called(case, profile(&profiler, &case.question))?;
        profiled.push(ProfiledCase { name: case.name.clone(), fuel, failed });
    }
    let json = profiler.finish().map_err(|error| ProfileError::Samples(error.to_string()))?;
    let Shares { samples, functions } =
        shares::read(&json).map_err(|error| ProfileError::Samples(error.to_string()))?;
    Ok(Profile { cases: profiled, samples, step, functions, json })
}

fn profile(profiler: &Profiler, question: &Question) -> CallResult<()> {
    match question {
        Question::Check(application) => profiler.check(&application.into()).map(without_answer),
        Question::Score(card) => profiler.score(&card.into()).map(without_answer),
        Question::Payout(page) => profiler.payout(&page.into()).map(without_answer),
    }
}

fn without_answer<T>(call: Call<T>) -> Call<()> {
    Call { answer: (), logs: call.logs, usage: call.usage }
}

/// The fuel that a call took, and why it gave no answer, if so.
fn called<T>(case: &Case, result: CallResult<T>) -> Result<(u64, Option<RuleFailure>), ProfileError> {
    match result.map_err(|failed| *failed) {
        Ok(call) => Ok((call.usage.fuel, None)),
        Err(FailedCall { failure, .. }) if is_before_start(&failure) => {
            Err(ProfileError::Uncallable { case: case.name.clone(), failure })
        }
        Err(FailedCall { failure, usage, .. }) => Ok((usage.fuel, Some(failure))),
    }
}

/// Whether nothing of the plugin ran, nor ever will.
fn is_before_start(failure: &RuleFailure) -> bool {
    matches!(
        failure,
        RuleFailure::NotExported { .. } | RuleFailure::InputTooLarge { .. } | RuleFailure::Internal { .. }
    )
}
