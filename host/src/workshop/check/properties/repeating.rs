//! The same input gives the same output.

use serde_json::Value;

use super::failing::walk;
use super::{Context, Problem, Tried};
use crate::model::rules::Capability;
use crate::rules::Verdict;
use crate::workshop::case;
use crate::workshop::case::write::{Input, WrittenCase};
use crate::workshop::check::bench::{Answered, PLAYER};
use crate::workshop::check::scene::{Field, Scene};

/// Joins and reports, each twice.
///
/// # Errors
/// The second answer is another one.
pub fn playing(context: &Context<'_>, scene: &Scene) -> Result<Tried, Problem> {
    let mut tried = Tried::default();
    if context.bench.can(Capability::Eligibility) {
        let Ok(player) = PLAYER.parse() else { return Ok(tried) };
        let event = context.bench.event(&scene.parameters, scene.seed);
        let attributes = crate::model::Object::try_from(scene.life.attributes.clone()).unwrap_or_default();
        let attributes = crate::referee::Attributes::new(attributes);
        let ask = || context.bench.check(&event, &player, None, &attributes, event.start_time);
        let (first, second) = (ask()?, ask()?);
        let written = |verdict: Verdict| case::comparable(&case::Verdict::from(verdict));
        same(first.input, &written(first.answer), &written(second.answer))?;
        tried.compared += 1;
    }
    let (Some(first), Some(second)) = (walk(context, scene)?, walk(context, scene)?) else {
        return Ok(Tried { turned_away: 1, ..tried });
    };
    for (Answered { input, answer, .. }, again) in first.steps.into_iter().zip(second.steps) {
        tried.note(&answer);
        same(input, &super::written(&answer), &super::written(&again.answer))?;
    }
    Ok(Tried { compared: tried.compared + 1, ..tried })
}

/// A payout, twice.
///
/// # Errors
/// The second answer is another one.
pub fn paying(context: &Context<'_>, field: &Field) -> Result<Tried, Problem> {
    let Some((event, rows)) = context.bench.end_of(field)? else { return Ok(Tried::turned_away()) };
    let (first, second) = (context.pay(&event, &rows, &[])?, context.pay(&event, &rows, &[])?);
    let mut granted = 0;
    for (Answered { input, answer, .. }, again) in first.into_iter().zip(second) {
        granted += answer.len() as u64;
        let written = |grants| case::comparable(&case::Payout::from(grants));
        same(input, &written(answer), &written(again.answer))?;
    }
    Ok(Tried { granted, compared: 1, ..Tried::default() })
}

fn same(input: Input, first: &Value, second: &Value) -> Result<(), Problem> {
    if first == second {
        return Ok(());
    }
    let case = WrittenCase::new("the same call has the same answer", &input, Some(first));
    Err(Problem::violated(format!("the second time, {second}"), first.to_string(), [case]))
}
