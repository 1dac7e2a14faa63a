//! Who is paid what.

use world_events_plugin_sdk::prelude::*;

use crate::{FINISHED, Parameters, Progress};

/// Pays all for the objectives that they have done, and those who finished for that.
pub(crate) fn payout(page: &Page, parameters: &Parameters) -> Vec<Grant> {
    // Of the whole event: a page shows only some of its players.
    let finishers = u64::try_from(page.event.counter(FINISHED)).unwrap_or(0).max(1);
    let mut grants = Grants::default();
    for row in &page.rows {
        let progress = progress(row);
        let mut pay = |prizes: &[Prize], reason: &str| {
            grants.extend(prizes.iter().map(|prize| prize.grant(row.player_id()).because(reason)));
        };
        for objective in parameters.objectives.iter().take(progress.done) {
            pay(&objective.prizes, &objective.id);
        }
        if !progress.finished {
            continue;
        }
        pay(&parameters.completion, "finished the quest");
        if let Some(pool) = &parameters.pool {
            // Rounded down, so that no more than the pool is paid; nobody is paid what is left over.
            let amount = pool.amount / finishers;
            if amount > 0 {
                pay(&[Prize { amount, ..pool.clone() }], "a share of the pool");
            }
        }
    }
    grants.into()
}

/// What cannot be read is not paid for, and an operator hears of it. The others are not to wait for that.
fn progress(row: &Standing) -> Progress {
    row.participation.progress().unwrap_or_else(|malformed| {
        log::error(format!("{} is paid nothing: {malformed}", row.player_id()));
        Progress::default()
    })
}
