//! What somebody is paid does not depend on where the pages of the standings end.
//!
//! Pages are paid one by one, by calls that know nothing of each other; so their order cannot matter. What can is where they
//! are cut, which depends on how large the rows are: a rule that pays the first row of its page, or a share of its rows, pays
//! by accident.

use std::collections::BTreeMap;

use super::{Context, Problem, Tried};
use crate::rules::Grant;
use crate::workshop::case::write::{Input, WrittenCase};
use crate::workshop::case::{self, Payout};
use crate::workshop::check::scene::Field;

/// The same standings, in one page and cut into several.
///
/// # Errors
/// Somebody is paid something else.
pub fn cut(context: &Context<'_>, field: &Field) -> Result<Tried, Problem> {
    let Some((event, rows)) = context.bench.end_of(field)? else { return Ok(Tried::turned_away()) };
    let ends: Vec<usize> = field.cuts.iter().map(|cut| cut.index(rows.len())).collect();
    let whole: Vec<Grant> = context.pay(&event, &rows, &[])?.into_iter().flat_map(|page| page.answer).collect();
    let pages = context.pay(&event, &rows, &ends)?;
    let tried = Tried { granted: whole.len() as u64, compared: u64::from(pages.len() > 1), ..Tried::default() };
    let expected = by_player(&whole);
    for page in pages {
        let Input::Payout(input) = &page.input else { continue };
        let actual = by_player(&page.answer);
        for row in &input.rows {
            let player = row.participation.player.id.as_str();
            let (seen, wanted) = (actual.get(player), expected.get(player));
            if seen == wanted {
                continue;
            }
            let of_page = |grant: &&Grant| input.rows.iter().any(|row| row.participation.player.id == grant.player);
            let answer = Payout::from(whole.iter().filter(of_page).cloned().collect::<Vec<_>>());
            let case = WrittenCase::new(
                "a page is paid like the same rows among all others",
                &page.input,
                Some(&case::comparable(&answer)),
            );
            let seen = format!(
                "in a page of rows {} to {}, {player} is paid {}",
                input.offset + 1,
                input.offset + input.rows.len() as u64,
                told(seen)
            );
            let expected = format!("{}, as in one page of all {} rows", told(wanted), input.total);
            return Err(Problem::violated(seen, expected, [case]));
        }
    }
    Ok(tried)
}

/// What each is paid, whatever the reason that is given.
fn by_player(grants: &[Grant]) -> BTreeMap<&str, BTreeMap<String, u64>> {
    let mut players: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for Grant { player, reward_type, reward_id, amount, .. } in grants {
        let reward = format!("{reward_type:?} {}", reward_id.as_deref().unwrap_or_default());
        let reward = reward.trim_start_matches("RewardType::").trim_end().to_lowercase();
        players.entry(player).or_default().insert(reward, *amount);
    }
    players
}

fn told(paid: Option<&BTreeMap<String, u64>>) -> String {
    let Some(paid) = paid else { return "nothing".to_owned() };
    paid.iter().map(|(reward, amount)| format!("{amount} {reward}")).collect::<Vec<_>>().join(", ")
}
