//! A whole event, from its start to the last payout, by a clock of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinError;
use uuid::Uuid;

use super::agenda::{Agenda, Deed, Due, Occurrence, Step};
use super::crowd::{Crowd, CrowdError, Player};
use super::event::RunningEvent;
use super::judge::{About, Answer, Judge, Question, Ruling};
use super::ledger::Ledger;
use super::payday::{Payday, settle};
use super::population::Population;
use crate::clock::Clock;
use crate::model::rules::Capability;
use crate::model::{ParticipantStatus, Time};
use crate::rules::Admission;
use crate::workshop::examine::LocalSandbox;
use crate::workshop::scenario::ScenarioError;
use crate::workshop::scenario::plan::{PlanError, START};

/// Into how many slices an event is cut. Within one, rules may see counters and participants as they were at its
/// beginning, as on a server they see a recent total. Only where the rule counts who comes in, those who join are judged
/// one after the other, here and there.
const SLICES: i32 = 3_600;

/// What is simulated.
#[derive(Debug)]
pub struct Plan<'a> {
    /// Who comes to which event.
    pub population: &'a Population,
    /// The file that this was read from.
    pub file: &'a Path,
    /// How many players.
    pub players: u32,
    /// How long the event lasts.
    pub minutes: u32,
    /// What all chance begins from.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Simulated {
    /// The event as it ended.
    pub running: RunningEvent,
    /// The players as they ended.
    pub players: Vec<Player>,
    /// When it ended.
    pub end: Time,
    /// What has happened.
    pub ledger: Ledger,
    /// What was paid at the end.
    pub payday: Payday,
}

/// Why an event cannot be simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The file is wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The event cannot be set up as the file has it.
    #[error("{} is wrong: {source}", file.display())]
    Plan {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: PlanError,
    },
    /// The players cannot be made up as the file has it.
    #[error("{} is wrong: {source}", file.display())]
    Crowd {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: CrowdError,
    },
    /// A thread has panicked.
    #[error("a thread of the simulation broke off: {0}")]
    Thread(#[from] JoinError),
}

/// Simulates an event.
///
/// # Errors
/// The plan cannot be carried out. A rule that fails is part of the result.
pub async fn run(sandbox: &LocalSandbox, admission: &Admission, plan: &Plan<'_>) -> Result<Simulated, SimulationError> {
    let wrong_crowd = |source| SimulationError::Crowd { file: plan.file.to_owned(), source };
    let end = START + TimeDelta::minutes(plan.minutes.into());
    let id = Uuid::from_u128(ChaCha8Rng::seed_from_u64(plan.seed).random());
    let event = plan
        .population
        .event
        .event(id, admission, START, end)
        .map_err(|source| SimulationError::Plan { file: plan.file.to_owned(), source })?;
    let crowd = Crowd::new(plan.population, plan.seed).map_err(wrong_crowd)?;
    let players =
        (0..plan.players).map(|number| crowd.player(number)).collect::<Result<Vec<_>, _>>().map_err(wrong_crowd)?;
    let mut simulation = Simulation {
        judge: Judge::new(sandbox.rules().clone(), Arc::clone(&admission.plugin)),
        crowd,
        players,
        agenda: Agenda::default(),
        running: RunningEvent::new(event),
        ledger: Ledger::default(),
        clock: Clock::manual(START),
        end,
        counts_who_joins: false,
    };
    simulation.invite();
    while simulation.go_on().await.map_err(|error| match error {
        Stopped::Crowd(source) => wrong_crowd(source),
        Stopped::Thread(error) => error.into(),
    })? {}
    let Simulation { mut running, players, mut ledger, clock, .. } = simulation;
    // As when the server's clock has come to the end, if no goal has ended it before.
    let ended_at = running.event.end_time.map_or(end, |by_goal| by_goal.min(end));
    clock.advance(ended_at - clock.now());
    running.event.advance(clock.now());
    let payday = settle(sandbox.rules(), admission, &running, &players, clock.now(), &mut ledger).await;
    Ok(Simulated { running, players, end: ended_at, ledger, payday })
}

struct Simulation {
    judge: Judge,
    crowd: Crowd,
    players: Vec<Player>,
    agenda: Agenda,
    running: RunningEvent,
    ledger: Ledger,
    clock: Clock,
    end: Time,
    /// Whether the rule has moved counters with an admission.
    counts_who_joins: bool,
}

/// Why a simulation does not go on.
enum Stopped {
    Crowd(CrowdError),
    Thread(JoinError),
}

impl Simulation {
    /// Notes when everybody joins.
    fn invite(&mut self) {
        for (number, player) in (0..).zip(&mut self.players) {
            let at = self.clock.now() + self.crowd.joins_after(player);
            if at >= self.end {
                self.ledger.too_late += 1;
            } else {
                self.agenda.note(Due { at, player: number, step: Step::Join });
            }
        }
    }

    /// Lets happen what happens next, as much as can be decided at once. Says whether anything is left.
    async fn go_on(&mut self) -> Result<bool, Stopped> {
        let reports = self.running.event.has_rule(Capability::Scoring);
        let slice = ((self.end - START) / SLICES).max(TimeDelta::milliseconds(1));
        let taken =
            self.agenda.take(&self.crowd, &mut self.players, reports, slice, self.end).map_err(Stopped::Crowd)?;
        if taken.is_empty() {
            return Ok(false);
        }
        let (asked, questions): (Vec<bool>, Vec<Option<Question>>) =
            taken.iter().map(|occurrence| self.question(occurrence)).map(|it| (it.is_some(), it)).unzip();
        let questions = questions.into_iter().flatten().collect();
        let rulings = self.judge.rule(&self.running.input(), questions).await.map_err(Stopped::Thread)?;
        let mut rulings = rulings.into_iter();
        for (occurrence, asked) in taken.iter().zip(asked) {
            let ruling = if asked { rulings.next() } else { None };
            // What a goal has ended is over, although more was decided.
            if !self.running.is_open(occurrence.at) {
                return Ok(false);
            }
            self.clock.advance(occurrence.at - self.clock.now());
            let ruling = self.in_turn(occurrence, ruling).await?;
            let Some(player) = self.players.get_mut(occurrence.player as usize) else { continue };
            if let Some(ruling) = &ruling {
                self.ledger.call(ruling, &player.id, occurrence.at);
            }
            let next = self.running.happen(occurrence, ruling, player, &mut self.ledger);
            if let Some(due) = next.and_then(|due| after(due, player, &self.crowd)) {
                self.agenda.note(due);
            }
        }
        Ok(true)
    }

    /// What the rule says of a join where it counts who comes in: by the totals with all who are in by now.
    async fn in_turn(&mut self, occurrence: &Occurrence, ruling: Option<Ruling>) -> Result<Option<Ruling>, Stopped> {
        if let Some(Ruling { answer: Answer::Admitted(admission), .. }) = &ruling {
            self.counts_who_joins |= !admission.counters.is_empty();
        }
        if !self.counts_who_joins || !matches!(occurrence.deed, Deed::Join) {
            return Ok(ruling);
        }
        let question = self.about(occurrence).into_iter().collect();
        let rulings = self.judge.rule(&self.running.input(), question).await.map_err(Stopped::Thread)?;
        Ok(rulings.into_iter().next())
    }

    /// What the rule can be asked about something that happens before it is the turn of it.
    fn question(&self, occurrence: &Occurrence) -> Option<Question> {
        let waits = self.counts_who_joins && matches!(occurrence.deed, Deed::Join);
        if waits { None } else { self.about(occurrence) }
    }

    /// What the rule has to be asked about something that happens, if anything.
    fn about(&self, occurrence: &Occurrence) -> Option<Question> {
        let player = self.players.get(occurrence.player as usize)?;
        let about = match &occurrence.deed {
            Deed::Join if self.running.event.has_rule(Capability::Eligibility) => {
                About::Join(player.participation.clone())
            }
            Deed::Join | Deed::Leave => return None,
            Deed::Report(sent) => About::Report(Arc::clone(player.participation.as_ref()?), sent.clone()),
        };
        let attributes = Arc::clone(&player.attributes);
        Some(Question { at: occurrence.at, player: player.id.clone(), attributes, about })
    }
}

/// What a player does next: who has completed the event does not leave it, and mostly has nothing to report any more.
fn after(due: Due, player: &mut Player, crowd: &Crowd) -> Option<Due> {
    let is_completed = player.participation.as_ref().is_some_and(|it| it.status == ParticipantStatus::Completed);
    if !is_completed {
        return Some(due);
    }
    player.leaves_at = None;
    let goes_on = crowd.group(player).is_some_and(|group| group.reports_when_completed);
    goes_on.then_some(Due { step: Step::Report, ..due })
}
