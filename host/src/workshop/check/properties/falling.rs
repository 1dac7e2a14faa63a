//! A score never falls.

use super::failing::walk;
use super::{Context, Problem, Tried};
use crate::rules::Assessment;
use crate::workshop::case::write::{Input, WrittenCase};
use crate::workshop::check::scene::Scene;

/// Reports, one after the other.
///
/// # Errors
/// One of them costs points.
pub fn score(context: &Context<'_>, scene: &Scene) -> Result<Tried, Problem> {
    let Some(walk) = walk(context, scene)? else { return Ok(Tried::turned_away()) };
    let mut tried = Tried::default();
    for step in walk.steps {
        tried.note(&step.answer);
        let (Input::Score(card), Assessment::Scored(outcome)) = (&step.input, &step.answer) else { continue };
        tried.compared += 1;
        let before = card.participation.score;
        if outcome.score < before {
            let case = WrittenCase::new("a score never falls", &step.input, None);
            let seen = format!("a report takes the score from {before} to {}", outcome.score);
            return Err(Problem::violated(seen, format!("at least {before}"), [case]));
        }
    }
    Ok(tried)
}
