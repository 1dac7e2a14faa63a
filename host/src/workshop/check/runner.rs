//! Tries the properties one after the other.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::bench::Bench;
use super::declared::Declared;
use super::properties::{
    Context, Problem, Tried, Violation, budget, failing, falling, limits, order, pages, repeating,
};
use super::scene::{Field, Manner, Scene, Sources};
use crate::model::rules::Capability;
use crate::rules::{Admission, BadSchema, ParametersSchema};
use crate::workshop::examine::LocalSandbox;
use crate::workshop::scenario::plan::{PlanError, START};

/// How long generated events last.
const LENGTH: TimeDelta = TimeDelta::hours(1);

/// How often what failed is made smaller, at most.
const MAX_SHRINKS: u32 = 2_048;

/// Of so many inputs, one is as large as can be: they take long.
const HEAVY: u32 = 8;

/// How a plugin is checked.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// How many inputs each property is tried with.
    pub cases: u32,
    /// What all chance begins from.
    pub seed: u64,
}

/// What a check has shown.
#[derive(Debug)]
pub struct Checked {
    /// The properties, in the order in which they were tried.
    pub outcomes: Vec<Outcome>,
    /// What is not tried, and why.
    pub notes: Vec<String>,
    /// How many calls were made.
    pub calls: u64,
}

/// What became of a property.
#[derive(Debug)]
pub struct Outcome {
    /// Its name, as in the names of files.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
    /// What was found.
    pub finding: Finding,
}

/// What was found.
#[derive(Debug)]
pub enum Finding {
    /// It holds for all inputs that were tried.
    Holds {
        /// How many there were.
        cases: u32,
        /// What they came to.
        tried: Tried,
    },
    /// It does not hold for this one, than which no smaller one was found.
    Violated(Box<Violation>),
    /// It was not tried.
    Skipped {
        /// Why not.
        why: &'static str,
    },
    /// No inputs could be made.
    GaveUp {
        /// Why not.
        why: String,
    },
}

impl Checked {
    /// How many properties do not hold, or could not be tried.
    #[must_use]
    pub fn failed(&self) -> usize {
        let failed = |outcome: &&Outcome| matches!(outcome.finding, Finding::Violated(_) | Finding::GaveUp { .. });
        self.outcomes.iter().filter(failed).count()
    }
}

/// Why a plugin cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The declared event is not one that a server would take.
    #[error("{}{source}", .file.as_ref().map(|file| format!("{} is wrong: ", file.display())).unwrap_or_default())]
    Plan {
        /// The file that declares it, if any.
        file: Option<PathBuf>,
        /// What is wrong.
        source: PlanError,
    },
    /// The schema of the parameters does not compile.
    #[error("the schema of the parameters {0}")]
    Schema(#[from] BadSchema),
}

/// Tries all properties that this plugin has to have. Must be called on a runtime with several threads, and keeps this one
/// busy.
///
/// # Errors
/// What is declared does not fit the plugin.
pub fn check(
    sandbox: &LocalSandbox,
    admission: &Admission,
    declared: &Declared,
    effort: Effort,
) -> Result<Checked, CheckError> {
    let wrong = |source| CheckError::Plan { file: declared.event_file.clone(), source };
    let base = declared.event.event(Uuid::nil(), admission, START, START + LENGTH).map_err(wrong)?;
    let parameters = base.rules.as_ref().map(|rules| (*rules.parameters).clone()).unwrap_or_default();
    let schema = admission.manifest.parameters_schema.as_ref();
    let schema = schema.map(|schema| Ok::<_, BadSchema>((schema, ParametersSchema::compile(schema)?))).transpose()?;
    let sources = Sources::new(declared, parameters, schema);
    let bench = Bench::new(sandbox.rules().clone(), Arc::clone(&admission.plugin), Handle::current(), base);
    let check =
        Check { context: Context { bench: &bench, declared }, sources: &sources, effort, fails: Cell::new(false) };
    let outcomes = tokio::task::block_in_place(|| check.all());
    Ok(Checked { outcomes, notes: sources.notes.clone(), calls: bench.calls.get() })
}

struct Check<'a> {
    context: Context<'a>,
    sources: &'a Sources<'a>,
    effort: Effort,
    /// Whether it was found that calls fail. That is told once, and is then no matter of the other properties.
    fails: Cell<bool>,
}

type Playing = fn(&Context<'_>, &Scene) -> Result<Tried, Problem>;
type Paying = fn(&Context<'_>, &Field) -> Result<Tried, Problem>;

impl Check<'_> {
    fn all(&self) -> Vec<Outcome> {
        let declared = self.context.declared;
        let (joins, scores, pays) =
            (self.can(Capability::Eligibility), self.can(Capability::Scoring), self.can(Capability::Rewards));
        let plays = if joins || scores { None } else { Some("the plugin decides neither who joins nor what counts") };
        let unless = |can: bool, why: &'static str| if can { None } else { Some(why) };
        let no_score = unless(scores, "the plugin does not score");
        let no_pay = unless(pays, "the plugin does not pay");
        let order = no_score.or(declared.order_matters.then_some("order-matters is declared"));
        vec![
            self.playing(
                "answers",
                "no report or application makes a call fail",
                plays,
                failing::playing,
                Manner::Mixed,
            ),
            self.paying("pays", "no end of an event makes a call fail", no_pay, failing::paying, Manner::Mixed),
            self.playing(
                "same-answer",
                "the same application or report has the same answer",
                plays,
                repeating::playing,
                Manner::Mixed,
            ),
            self.paying("same-payout", "the same page has the same grants", no_pay, repeating::paying, Manner::Mixed),
            self.playing(
                "order-of-actions",
                "the order of actions in a report does not matter",
                order,
                order::of_actions,
                Manner::Mixed,
            ),
            self.playing(
                "order-of-reports",
                "the order of reports does not matter",
                order,
                order::of_reports,
                Manner::Mixed,
            ),
            self.playing(
                "score-never-falls",
                "no report costs points",
                no_score.or(declared.score_may_fall.then_some("score-may-fall is declared")),
                falling::score,
                Manner::Mixed,
            ),
            self.paying(
                "pages",
                "it does not matter where pages of the standings end",
                no_pay.or(declared.pages_matter.then_some("pages-matter is declared")),
                pages::cut,
                Manner::Mixed,
            ),
            self.paying(
                "budget",
                "what is paid stays within the budget",
                no_pay.or(declared.budget.is_empty().then_some("no budget is declared")),
                budget::kept,
                Manner::Declared,
            ),
            self.playing(
                "limits-of-decisions",
                "no large report takes more than its share of a limit",
                no_score,
                limits::playing,
                Manner::Heavy,
            ),
            self.paying(
                "limits-of-payouts",
                "no large event takes more than its share of a limit",
                no_pay,
                limits::paying,
                Manner::Heavy,
            ),
        ]
    }

    fn can(&self, capability: Capability) -> bool {
        self.context.bench.can(capability)
    }

    fn playing(
        &self,
        name: &'static str,
        says: &'static str,
        skipped: Option<&'static str>,
        property: Playing,
        manner: Manner,
    ) -> Outcome {
        let finding = match skipped {
            Some(why) => Finding::Skipped { why },
            None => self.try_out(name, manner, &self.sources.scene(manner), |scene| property(&self.context, scene)),
        };
        Outcome { name, says, finding }
    }

    fn paying(
        &self,
        name: &'static str,
        says: &'static str,
        skipped: Option<&'static str>,
        property: Paying,
        manner: Manner,
    ) -> Outcome {
        let finding = match skipped {
            Some(why) => Finding::Skipped { why },
            None => self.try_out(name, manner, &self.sources.field(manner), |field| property(&self.context, field)),
        };
        Outcome { name, says, finding }
    }

    /// Tries a property, and makes what violates it as small as possible.
    fn try_out<T: std::fmt::Debug + Clone>(
        &self,
        name: &str,
        manner: Manner,
        inputs: &BoxedStrategy<T>,
        property: impl Fn(&T) -> Result<Tried, Problem>,
    ) -> Finding {
        let cases = if manner == Manner::Heavy { self.effort.cases.div_ceil(HEAVY) } else { self.effort.cases };
        // The library would say on its own when it has had enough, so it is never told how much that is.
        let config = Config { cases, failure_persistence: None, max_shrink_iters: u32::MAX - 1, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, rng(self.effort.seed, name));
        let tried = Cell::new(Tried::default());
        let known = self.fails.get();
        let judged = |input: &T| match property(input) {
            Ok(of_this) => Ok(of_this),
            Err(Problem::Broken(_)) if known => Ok(Tried::default()),
            Err(Problem::Broken(broken)) => Err((Box::new(Violation::from(&*broken)), true)),
            Err(Problem::Violated(violation)) => Err((violation, false)),
        };
        // How often a failure was made smaller; `None` before there is one.
        let shrinks: Cell<Option<u32>> = Cell::new(None);
        let result = runner.run(inputs, |input| {
            let shrunk = shrinks.get();
            // What passes is not made any smaller.
            if shrunk == Some(MAX_SHRINKS) {
                return Ok(());
            }
            shrinks.set(shrunk.map(|shrunk| shrunk + 1));
            match judged(&input) {
                Ok(of_this) => {
                    let mut sum = tried.get();
                    sum += of_this;
                    tried.set(sum);
                    Ok(())
                }
                Err((violation, _)) => {
                    shrinks.set(shrinks.get().or(Some(0)));
                    Err(TestCaseError::fail(violation.seen))
                }
            }
        });
        match result {
            Ok(()) => Finding::Holds { cases, tried: tried.get() },
            Err(TestError::Abort(why)) => Finding::GaveUp { why: why.to_string() },
            Err(TestError::Fail(why, input)) => match judged(&input) {
                Err((violation, broken)) => {
                    self.fails.set(known || broken);
                    Finding::Violated(violation)
                }
                Ok(_) => Finding::GaveUp { why: format!("{why}, but not a second time") },
            },
        }
    }
}

/// Where the chance of one property begins: each has its own, so that it does not depend on those before it.
fn rng(seed: u64, name: &str) -> TestRng {
    let mut bytes = [0; 32];
    let name = name.bytes().chain(std::iter::repeat(0));
    bytes.iter_mut().zip(seed.to_le_bytes().into_iter().chain(name)).for_each(|(byte, of)| *byte = of);
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}
