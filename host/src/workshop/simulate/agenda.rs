//! Who does something next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::TimeDelta;

use super::crowd::{Crowd, CrowdError, Player, Sent};
use crate::model::Time;

/// The most that is decided at once.
const MOST: usize = 4_096;

/// What a player does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Joins, for the first time or again.
    Join,
    /// Reports what was done.
    Report,
    /// Leaves.
    Leave,
}

/// Something that a player will do. Earlier comes first, then who has the lower number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When.
    pub at: Time,
    /// The player's number.
    pub player: u32,
    /// What.
    pub step: Step,
}

/// Something that a player does.
#[derive(Debug)]
pub struct Occurrence {
    /// When.
    pub at: Time,
    /// The player's number.
    pub player: u32,
    /// What.
    pub deed: Deed,
    /// What the same player does next, if all goes well.
    pub next: Option<Due>,
}

/// What a player does.
#[derive(Debug)]
pub enum Deed {
    /// Joins.
    Join,
    /// Reports.
    Report(Sent),
    /// Leaves.
    Leave,
}

/// What is to come; of each player at most one thing.
#[derive(Debug, Default)]
pub struct Agenda {
    due: BinaryHeap<Reverse<Due>>,
}

impl Agenda {
    /// Notes what will happen.
    pub fn note(&mut self, due: Due) {
        self.due.push(Reverse(due));
    }

    /// What happens next, in order: as much as lies within `slice`, before `end`, and before the earliest of what follows
    /// from it. So nobody occurs twice in it, and what is decided at once is independent but for what players share.
    ///
    /// # Errors
    /// What a player reports is more than a server takes.
    pub fn take(
        &mut self,
        crowd: &Crowd,
        players: &mut [Player],
        reports: bool,
        slice: TimeDelta,
        end: Time,
    ) -> Result<Vec<Occurrence>, CrowdError> {
        let Some(Reverse(first)) = self.due.peek() else { return Ok(Vec::new()) };
        let mut horizon = end.min(first.at + slice);
        let mut taken = Vec::new();
        while let Some(Reverse(due)) = self.due.peek().copied()
            && due.at < horizon
            && taken.len() < MOST
        {
            self.due.pop();
            let Some(player) = players.get_mut(due.player as usize) else { continue };
            let occurrence = occur(due, crowd, player, reports)?;
            if let Some(next) = &occurrence.next {
                horizon = horizon.min(next.at);
            }
            taken.push(occurrence);
        }
        Ok(taken)
    }
}

/// Draws what a player does, and what comes then. Without a rule that scores there is nothing to report.
fn occur(due: Due, crowd: &Crowd, player: &mut Player, reports: bool) -> Result<Occurrence, CrowdError> {
    let Due { at, player: number, step } = due;
    let deed = match step {
        Step::Join => {
            player.leaves_at = crowd.stays(player).map(|stay| at + stay);
            Deed::Join
        }
        Step::Report => Deed::Report(crowd.report(player)?),
        Step::Leave => Deed::Leave,
    };
    let due = |at: Time, step: Step| Due { at, player: number, step };
    let next = if step == Step::Leave {
        crowd.returns_after(player).map(|after| due(at + after, Step::Join))
    } else {
        let report = reports.then(|| due(at + crowd.reports_after(player), Step::Report));
        let leave = player.leaves_at.map(|at| due(at, Step::Leave));
        report.into_iter().chain(leave).min()
    };
    Ok(Occurrence { at, player: number, deed, next })
}
