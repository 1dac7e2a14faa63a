//! What is paid in all stays within the declared budget.

use std::collections::BTreeMap;

use super::{Context, Problem, Tried};
use crate::referee::settle::granted;
use crate::workshop::case::write::WrittenCase;
use crate::workshop::check::scene::Field;
use crate::workshop::scenario::{Budget, RewardKey};

/// An event with the declared parameters is over, and everybody is paid.
///
/// # Errors
/// More is paid of a reward than its budget has.
pub fn kept(context: &Context<'_>, field: &Field) -> Result<Tried, Problem> {
    let Some((event, rows)) = context.bench.end_of(field)? else { return Ok(Tried::turned_away()) };
    let pages = context.pay(&event, &rows, &[])?;
    let mut paid: BTreeMap<RewardKey, u128> = BTreeMap::new();
    let mut tried = Tried { compared: 1, ..Tried::default() };
    for page in &pages {
        // What the sandbox has let through can be granted.
        for grant in granted(page.answer.clone()).unwrap_or_default() {
            *paid.entry(RewardKey::from(&grant.grant)).or_default() +=
                u128::from(grant.grant.amount.get().unsigned_abs());
            tried.granted += 1;
        }
    }
    let over = |budget: &&Budget| paid.get(&budget.key()).is_some_and(|paid| *paid > u128::from(budget.most));
    let Some(budget) = context.declared.budget.iter().find(over) else { return Ok(tried) };
    let key = budget.key();
    let seen = format!("{} players are paid {} {key} in all", rows.len(), paid.get(&key).copied().unwrap_or_default());
    let cases = pages.iter().map(|page| WrittenCase::new("a payout within the budget", &page.input, None));
    Err(Problem::violated(seen, format!("at most {}", budget.most), cases))
}
