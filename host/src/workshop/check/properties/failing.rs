//! No input that a server lets through makes the rule fail: no trap, no want of fuel or memory, no bad answer.

use super::{Context, Problem, Tried, Walk};
use crate::model::rules::Capability;
use crate::workshop::check::bench::PLAYER;
use crate::workshop::check::scene::{Field, Scene};

/// A player joins, reports, leaves and wants to come back.
///
/// # Errors
/// A call fails.
pub fn playing(context: &Context<'_>, scene: &Scene) -> Result<Tried, Problem> {
    let Some(Walk { steps, end }) = walk(context, scene)? else { return Ok(Tried::turned_away()) };
    if context.bench.can(Capability::Eligibility) {
        context.bench.check_return(&end)?;
    }
    let mut tried = Tried { compared: 1, ..Tried::default() };
    steps.iter().for_each(|step| tried.note(&step.answer));
    Ok(tried)
}

/// An event is over, and everybody is paid.
///
/// # Errors
/// A call fails.
pub fn paying(context: &Context<'_>, field: &Field) -> Result<Tried, Problem> {
    let Some((event, rows)) = context.bench.end_of(field)? else { return Ok(Tried::turned_away()) };
    let pages = context.pay(&event, &rows, &[])?;
    let granted = pages.iter().map(|page| page.answer.len() as u64).sum();
    Ok(Tried { granted, compared: 1, ..Tried::default() })
}

/// The whole history of a player; `None` if the rule does not let the player in.
pub(super) fn walk(context: &Context<'_>, scene: &Scene) -> Result<Option<Walk>, Problem> {
    let Ok(player) = PLAYER.parse() else { return Ok(None) };
    let event = context.bench.event(&scene.parameters, scene.seed);
    let Some(newcomer) = context.bench.newcomer(event, player, &scene.life)? else { return Ok(None) };
    let reports = if context.bench.can(Capability::Scoring) { scene.life.reports.as_slice() } else { &[] };
    context.walk(newcomer, reports, scene.crowd).map(Some)
}
