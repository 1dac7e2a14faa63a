//! The order of actions and of reports does not matter: the score is the same, and so are completion, achievements and
//! counters. Progress is the rule's own, and may well remember an order.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::failing::walk;
use super::{Context, Problem, Tried, Walk, written};
use crate::model::rules::Capability;
use crate::rules::Assessment;
use crate::workshop::case::write::WrittenCase;
use crate::workshop::check::bench::{PLAYER, Standpoint};
use crate::workshop::check::scene::Scene;

/// The same actions in another order within the last report.
///
/// # Errors
/// Another order is scored in another way, or one is refused and the other is not.
pub fn of_actions(context: &Context<'_>, scene: &Scene) -> Result<Tried, Problem> {
    let Some((last, before)) = scene.life.reports.split_last() else { return Ok(Tried::default()) };
    let Some(newcomer) = newcomer(context, scene)? else { return Ok(Tried::turned_away()) };
    let at = context.walk(newcomer, before, scene.crowd)?.end;
    let mut other = last.clone();
    other.deeds.sort_by_key(|deed| deed.turn);
    let first = context.bench.score(&at, last)?;
    let mut tried = Tried { compared: u64::from(other != *last), ..Tried::default() };
    tried.note(&first.answer);
    let second = context.bench.score(&at, &other)?;
    let (expected, seen) = (essence(&first.answer), essence(&second.answer));
    if expected == seen {
        return Ok(tried);
    }
    let cases = [
        WrittenCase::new("actions in one order", &first.input, Some(&written(&first.answer))),
        WrittenCase::new("the same actions in another order", &second.input, Some(&written(&first.answer))),
    ];
    Err(Problem::violated(format!("in another order, {seen}"), expected.to_string(), cases))
}

/// The same reports, two of them swapped. Where one is refused in either order, nothing is expected: a rule may well take
/// three attempts and no fourth.
///
/// # Errors
/// All reports are scored either way, and the player ends in another way.
pub fn of_reports(context: &Context<'_>, scene: &Scene) -> Result<Tried, Problem> {
    let reports = &scene.life.reports;
    let mut swapped = reports.clone();
    if let Some(pairs @ 1..) = reports.len().checked_sub(1) {
        let first = scene.swapped.index(pairs);
        swapped.swap(first, first + 1);
    }
    if swapped == *reports {
        return Ok(Tried::default());
    }
    let Some(first) = walk(context, scene)? else { return Ok(Tried::turned_away()) };
    let Some(newcomer) = newcomer(context, scene)? else { return Ok(Tried::turned_away()) };
    let second = context.walk(newcomer, &swapped, scene.crowd)?;
    let mut tried = Tried::default();
    first.steps.iter().for_each(|step| tried.note(&step.answer));
    let all_scored = |walk: &Walk| walk.steps.iter().all(|step| matches!(step.answer, Assessment::Scored(_)));
    if !all_scored(&first) || !all_scored(&second) {
        return Ok(tried);
    }
    tried.compared = 1;
    let (expected, seen) = (ending(&first.end), ending(&second.end));
    if expected == seen {
        return Ok(tried);
    }
    let last = |walk: &Walk, name: &str, expected: Option<&Value>| {
        walk.steps.last().map(|step| WrittenCase::new(name, &step.input, expected))
    };
    let answer = first.steps.last().map(|step| written(&step.answer));
    let cases = last(&first, "the last of some reports", answer.as_ref()).into_iter().chain(last(
        &second,
        "the last of the same reports, two of them swapped",
        None,
    ));
    Err(Problem::violated(format!("with two reports swapped, {seen}"), expected.to_string(), cases))
}

fn newcomer(context: &Context<'_>, scene: &Scene) -> Result<Option<Standpoint>, Problem> {
    let Ok(player) = PLAYER.parse() else { return Ok(None) };
    debug_assert!(context.bench.can(Capability::Scoring), "nothing else has an order");
    let event = context.bench.event(&scene.parameters, scene.seed);
    Ok(context.bench.newcomer(event, player, &scene.life)?)
}

/// What of an answer must not depend on an order.
fn essence(answer: &Assessment) -> Value {
    match answer {
        Assessment::Refused(_) => json!("refused"),
        Assessment::Scored(outcome) => json!({
            "score": outcome.score,
            "completed": outcome.completed,
            "counters": outcome.counters,
            "achievements": in_any_order(&outcome.achievements),
        }),
    }
}

/// What of a player's end must not depend on an order.
fn ending(at: &Standpoint) -> Value {
    json!({
        "score": at.participation.score,
        "status": at.participation.status,
        "counters": at.event.counters,
        "achievements": in_any_order(&at.participation.achievements),
    })
}

fn in_any_order(items: &[serde_json::Map<String, Value>]) -> BTreeSet<String> {
    items.iter().map(|item| json!(item).to_string()).collect()
}
