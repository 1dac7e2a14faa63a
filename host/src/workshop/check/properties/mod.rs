//! What every rule should have in common, one file for each.

pub mod budget;
pub mod failing;
pub mod falling;
pub mod limits;
pub mod order;
pub mod pages;
pub mod repeating;

use std::ops::AddAssign;

use serde_json::Value;

use super::bench::{Answered, Bench, Broken, Standpoint};
use super::declared::Declared;
use super::scene::Told;
use crate::model::event::WorldEvent;
use crate::rules::{Assessment, Grant};
use crate::store::settlements::Standing;
use crate::workshop::case::write::WrittenCase;
use crate::workshop::{case, report};

/// What a property is tried with.
pub struct Context<'a> {
    /// Calls the rule.
    pub bench: &'a Bench,
    /// What is declared.
    pub declared: &'a Declared,
}

/// What a rule did that it should not.
#[derive(Debug, Clone)]
pub struct Violation {
    /// What was seen.
    pub seen: String,
    /// What was expected.
    pub expected: String,
    /// Where in the rule, and what it wrote to its log.
    pub details: String,
    /// The calls in which it shows.
    pub cases: Vec<WrittenCase>,
}

/// Why a property does not hold.
#[derive(Debug)]
pub enum Problem {
    /// A call failed, which is a matter of its own.
    Broken(Box<Broken>),
    /// It was violated.
    Violated(Box<Violation>),
}

impl From<Box<Broken>> for Problem {
    fn from(broken: Box<Broken>) -> Self {
        Self::Broken(broken)
    }
}

impl Problem {
    pub(super) fn violated(
        seen: impl Into<String>,
        expected: impl Into<String>,
        cases: impl IntoIterator<Item = WrittenCase>,
    ) -> Self {
        let (seen, expected, cases) = (seen.into(), expected.into(), cases.into_iter().collect());
        Self::Violated(Box::new(Violation { seen, expected, details: String::new(), cases }))
    }
}

/// A failed call is what no rule should have, whatever else was to be seen.
impl From<&Broken> for Violation {
    fn from(Broken { code, why, failed, input }: &Broken) -> Self {
        Self {
            seen: format!("{code}: {why}"),
            expected: format!("an answer to {}", input.call()),
            details: failed.as_deref().map(report::failed_call).unwrap_or_default(),
            cases: vec![WrittenCase::new(format!("{} answers", input.call()), input, None)],
        }
    }
}

/// What inputs came to, to see whether anything was tried at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// Players whom the rule did not let in.
    pub turned_away: u64,
    /// Reports that were scored.
    pub scored: u64,
    /// Reports that were refused.
    pub refused: u64,
    /// Grants.
    pub granted: u64,
    /// Inputs to which the property says something.
    pub compared: u64,
}

impl AddAssign for Tried {
    fn add_assign(&mut self, other: Self) {
        self.turned_away += other.turned_away;
        self.scored += other.scored;
        self.refused += other.refused;
        self.granted += other.granted;
        self.compared += other.compared;
    }
}

impl Tried {
    pub(super) fn turned_away() -> Self {
        Self { turned_away: 1, ..Self::default() }
    }

    pub(super) fn note(&mut self, answer: &Assessment) {
        match answer {
            Assessment::Scored(_) => self.scored += 1,
            Assessment::Refused(_) => self.refused += 1,
        }
    }
}

/// What came of reports, one after the other.
pub(super) struct Walk {
    /// The answers, with their calls.
    pub(super) steps: Vec<Answered<Assessment>>,
    /// Where the player stands then.
    pub(super) end: Standpoint,
}

impl Context<'_> {
    /// Has reports scored one after the other, each also by so many others.
    pub(super) fn walk(&self, from: Standpoint, reports: &[Told], crowd: u32) -> Result<Walk, Problem> {
        let (mut steps, mut at) = (Vec::with_capacity(reports.len()), from);
        for told in reports {
            let step = self.bench.score(&at, told)?;
            at = self.bench.step(&at, &step.answer, step.input.clone(), crowd)?;
            steps.push(step);
        }
        Ok(Walk { steps, end: at })
    }

    /// Has the standings paid in pages that end at `ends`, and wherever a page is full.
    pub(super) fn pay(
        &self,
        event: &WorldEvent,
        rows: &[Standing],
        ends: &[usize],
    ) -> Result<Vec<Answered<Vec<Grant>>>, Problem> {
        let (mut pages, mut paid) = (Vec::new(), 0);
        while paid < rows.len() {
            let end = ends.iter().copied().filter(|end| *end > paid).min().unwrap_or(rows.len()).min(rows.len());
            let page = self.bench.payout(event, paid, rows.len(), rows.get(paid..end).unwrap_or_default())?;
            // As many as fit into a call, and at least one.
            let settled = match &page.input {
                case::write::Input::Payout(page) => page.rows.len(),
                _ => 0,
            };
            paid += settled.max(1);
            pages.push(page);
        }
        Ok(pages)
    }
}

/// An answer as a case has it.
pub(super) fn written(answer: &Assessment) -> Value {
    case::comparable(&case::Assessment::from(answer.clone()))
}
