//! No call uses more than a chosen share of a limit, also where it is given as much as a server lets through.

use super::failing::walk;
use super::{Context, Problem, Tried};
use crate::model::rules::Capability;
use crate::rules::{RuleLimits, Usage};
use crate::workshop::case::write::{Input, WrittenCase};
use crate::workshop::check::scene::{Field, Scene};

/// Reports of up to a thousand actions.
///
/// # Errors
/// One uses more.
pub fn playing(context: &Context<'_>, scene: &Scene) -> Result<Tried, Problem> {
    let Some(walk) = walk(context, scene)? else { return Ok(Tried::turned_away()) };
    let mut tried = Tried { compared: 1, ..Tried::default() };
    for step in &walk.steps {
        tried.note(&step.answer);
        within(context, &step.input, &step.usage, context.bench.limits(Capability::Scoring))?;
    }
    Ok(tried)
}

/// Events with as many players as are declared.
///
/// # Errors
/// A page uses more.
pub fn paying(context: &Context<'_>, field: &Field) -> Result<Tried, Problem> {
    let Some((event, rows)) = context.bench.end_of(field)? else { return Ok(Tried::turned_away()) };
    let mut tried = Tried { compared: 1, ..Tried::default() };
    for page in context.pay(&event, &rows, &[])? {
        tried.granted += page.answer.len() as u64;
        within(context, &page.input, &page.usage, context.bench.limits(Capability::Rewards))?;
    }
    Ok(tried)
}

fn within(context: &Context<'_>, input: &Input, usage: &Usage, limits: &RuleLimits) -> Result<(), Problem> {
    let share = context.declared.share;
    let size = |bytes: usize| bytes as f64;
    for (what, used, limit) in [
        ("fuel", usage.fuel as f64, limits.fuel as f64),
        ("bytes of memory", size(usage.memory_bytes), size(limits.memory_bytes)),
        ("bytes of output", size(usage.output_bytes), size(limits.output_bytes)),
    ] {
        let percent = 100.0 * used / limit;
        if percent > share {
            let case = WrittenCase::new(format!("a call that takes much of its {what}"), input, None);
            let seen = format!("{used} {what}, {percent:.1} % of the limit of {limit}");
            return Err(Problem::violated(seen, format!("at most {share} % of the limit"), [case]));
        }
    }
    Ok(())
}
