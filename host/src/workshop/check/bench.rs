//! Calls the rule about what was made up, as a server would.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::scene::{Field, Life, Told};
use super::values::Members;
use crate::model::counters::{self, Counters};
use crate::model::event::WorldEvent;
use crate::model::participation::Admission;
use crate::model::rules::Capability;
use crate::model::{Object, ParticipantStatus, Participation, PlayerId, Time};
use crate::referee::settle::page_of;
use crate::referee::{Attributes, EventInput, PayoutPage, Scored, admission_of, input};
use crate::rules::{Assessment, CallResult, FailedCall, Grant, Plugin, RuleLimits, Rules, Usage, Verdict};
use crate::store::participations::Change;
use crate::store::settlements::Standing;
use crate::workshop::case::write::Input;
use crate::workshop::standings::standings;

/// How much time lies between one report and the next.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// A call without an answer that can be used.
#[derive(Debug)]
pub struct Broken {
    /// The stable word for it.
    pub code: &'static str,
    /// What went wrong.
    pub why: String,
    /// The failed call, if the rule gave no answer at all.
    pub failed: Option<Box<FailedCall>>,
    /// The call.
    pub input: Input,
}

/// What an answer was given to, and what it took.
#[derive(Debug)]
pub struct Answered<T> {
    /// The call.
    pub input: Input,
    /// The answer.
    pub answer: T,
    /// What it took.
    pub usage: Usage,
}

/// Either an answer, or a call that failed.
pub type Asked<T> = Result<Answered<T>, Box<Broken>>;

/// Where a player stands.
#[derive(Debug, Clone)]
pub struct Standpoint {
    /// The event, with its counters.
    pub event: WorldEvent,
    /// The participation.
    pub participation: Participation,
    /// What the game knows of the player.
    pub attributes: Arc<Attributes>,
    /// What time it is.
    pub now: Time,
}

/// Calls the rule, one call after the other.
pub struct Bench {
    rules: Rules,
    plugin: Arc<Plugin>,
    handle: Handle,
    base: WorldEvent,
    /// How many calls were made.
    pub calls: Cell<u64>,
    /// The most that calls took, by function: fuel, memory and output.
    pub most: RefCell<BTreeMap<&'static str, Usage>>,
}

impl Bench {
    /// A bench for this plugin, in events like `base`.
    #[must_use]
    pub fn new(rules: Rules, plugin: Arc<Plugin>, handle: Handle, base: WorldEvent) -> Self {
        Self { rules, plugin, handle, base, calls: Cell::new(0), most: RefCell::default() }
    }

    /// Whether the plugin decides this.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.base.has_rule(capability)
    }

    /// What a call of this capability may use, which depends on how large the plugin is.
    #[must_use]
    pub fn limits(&self, capability: Capability) -> &RuleLimits {
        self.rules.limits(&self.plugin, capability)
    }

    /// An event with these parameters.
    #[must_use]
    pub fn event(&self, parameters: &Members, seed: u64) -> WorldEvent {
        let mut event = self.base.clone();
        event.id = Uuid::from_u64_pair(0, seed);
        if let Some(rules) = &mut event.rules {
            // As a server does when it pins them.
            rules.parameters = Object::stored(parameters.clone()).with_plain_integers();
        }
        event
    }

    /// May the player join? Or come back, who had left like this?
    ///
    /// # Errors
    /// The call fails.
    pub fn check(
        &self,
        event: &WorldEvent,
        player: &PlayerId,
        before: Option<&Participation>,
        attributes: &Attributes,
        now: Time,
    ) -> Asked<Verdict> {
        let of = EventInput::of(&Arc::new(event.clone()));
        let application = input::application(&of, player, before, attributes, now);
        let input = Input::Check(application.clone());
        self.answered(input, self.handle.block_on(self.rules.check(&self.plugin, application)))
    }

    /// May a player come back who leaves now?
    ///
    /// # Errors
    /// The call fails.
    pub fn check_return(&self, from: &Standpoint) -> Asked<Verdict> {
        let mut before = Change::of(from.participation.clone());
        before.set_status(ParticipantStatus::Left, from.now);
        let (before, player) = (before.applied(), &from.participation.player_id);
        self.check(&from.event, player, Some(&before), &from.attributes, from.now)
    }

    /// What is a report worth?
    ///
    /// # Errors
    /// The call fails, or its answer cannot be kept.
    pub fn score(&self, from: &Standpoint, told: &Told) -> Asked<Assessment> {
        let of = EventInput::of(&Arc::new(from.event.clone()));
        let (actions, progress) = (told.actions(), told.progress());
        let card = input::scorecard(&of, &from.participation, &from.attributes, &actions, progress.as_ref(), from.now);
        let input = Input::Score(card.clone());
        let answered = self.answered(input, self.handle.block_on(self.rules.score(&self.plugin, card)))?;
        if let Assessment::Scored(outcome) = &answered.answer
            && let Err(bad) = Scored::of(outcome.clone(), &from.participation)
        {
            return Err(bad_output(bad.to_string(), answered.input));
        }
        Ok(answered)
    }

    /// Who is paid what? The standings are those from `offset` on, and as many of them are asked about as fit into a call.
    ///
    /// # Errors
    /// The call fails.
    pub fn payout(&self, event: &WorldEvent, offset: usize, total: usize, rows: &[Standing]) -> Asked<Vec<Grant>> {
        let end = event.end_time.unwrap_or(event.start_time);
        let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let page = PayoutPage { event, offset: whole(offset), total: whole(total), rows, started_at: end };
        let page = page_of(&page, self.limits(Capability::Rewards).input_bytes);
        let input = Input::Payout(page.clone());
        self.answered(input, self.handle.block_on(self.rules.payout(&self.plugin, page)))
    }

    fn answered<T>(&self, input: Input, result: CallResult<T>) -> Asked<T> {
        self.calls.set(self.calls.get() + 1);
        let usage = result.as_ref().map_or_else(|failed| &failed.usage, |call| &call.usage);
        let mut most = self.most.borrow_mut();
        let most = most.entry(input.call().into()).or_default();
        most.fuel = most.fuel.max(usage.fuel);
        most.memory_bytes = most.memory_bytes.max(usage.memory_bytes);
        most.output_bytes = most.output_bytes.max(usage.output_bytes);
        match result {
            Ok(call) => Ok(Answered { input, answer: call.answer, usage: call.usage }),
            Err(failed) => {
                let (code, why) = (failed.failure.code(), failed.failure.to_string());
                Err(Box::new(Broken { code, why, failed: Some(failed), input }))
            }
        }
    }

    /// A player who wants to join; `None` if the rule refuses it.
    ///
    /// # Errors
    /// The call fails.
    pub fn newcomer(
        &self,
        mut event: WorldEvent,
        player: PlayerId,
        life: &Life,
    ) -> Result<Option<Standpoint>, Box<Broken>> {
        let object = Object::try_from(life.attributes.clone()).unwrap_or_default();
        let attributes = Arc::new(Attributes::new(object));
        let admission = if self.can(Capability::Eligibility) {
            let Answered { input, answer, .. } = self.check(&event, &player, None, &attributes, event.start_time)?;
            match answer {
                Verdict::Admit(admission) => {
                    admission_of(admission).map_err(|bad| bad_output(bad.to_string(), input))?
                }
                Verdict::Refuse(_) => return Ok(None),
            }
        } else {
            Admission::default()
        };
        let now = event.start_time;
        // Nobody is in before, so that there is room in the counters.
        if let Ok(moved) = counters::moved(&event.counters, &admission.counters, &[]) {
            event.counters = moved.counters;
        }
        let participation = Participation::new(Uuid::nil(), event.id, player, admission, now);
        Ok(Some(Standpoint { event, participation, attributes, now: now + PAUSE }))
    }

    /// Where the player stands after a report that was scored like this, when so many others have reported the same.
    ///
    /// # Errors
    /// The answer cannot be kept. Where a counter does not allow the report, nothing changes, as on a server.
    pub fn step(
        &self,
        from: &Standpoint,
        answer: &Assessment,
        input: Input,
        crowd: u32,
    ) -> Result<Standpoint, Box<Broken>> {
        let mut to = Standpoint { now: from.now + PAUSE, ..from.clone() };
        let Assessment::Scored(outcome) = answer else { return Ok(to) };
        let scored =
            Scored::of(outcome.clone(), &from.participation).map_err(|bad| bad_output(bad.to_string(), input))?;
        let mut change = Change::of(from.participation.clone());
        scored.apply(&mut change, from.now);
        change.after.last_activity = from.now;
        let deltas = by_many(&change.counters, crowd);
        // Others may have brought a counter so far that this report is one too many.
        if let Ok(moved) = counters::moved(&from.event.counters, &deltas, &[]) {
            to.event.counters = moved.counters;
            to.participation = change.applied();
        }
        Ok(to)
    }

    /// The event and its final standings when all players of a field have lived their lives; `None` if nobody got in.
    ///
    /// # Errors
    /// A call fails.
    pub fn end_of(&self, field: &Field) -> Result<Option<(WorldEvent, Vec<Standing>)>, Box<Broken>> {
        let mut event = self.event(&field.parameters, field.seed);
        let mut ends: Vec<Option<Standpoint>> = Vec::with_capacity(field.lives.len());
        for life in &field.lives {
            ends.push(self.live(event.clone(), life)?);
        }
        let mut participations = Vec::with_capacity(field.players.len());
        for (number, index) in (1..).zip(&field.players) {
            let Some(end) = ends.get(index.index(ends.len())).and_then(Option::as_ref) else { continue };
            let Ok(player_id) = format!("p{number}").parse() else { continue };
            if let Ok(moved) = counters::moved(&event.counters, &end.event.counters, &[]) {
                event.counters = moved.counters;
            }
            let participation = Participation { player_id, ..end.participation.clone() };
            participations.push((participation, end.attributes.object.clone()));
        }
        event.current_participants = i32::try_from(participations.len()).unwrap_or(i32::MAX);
        event.advance(event.end_time.unwrap_or(event.start_time));
        let rows = standings(participations.iter().map(|(participation, attributes)| (participation, attributes)));
        Ok(if rows.is_empty() { None } else { Some((event, rows)) })
    }

    /// Where a player stands after all reports; `None` if the rule does not let the player in.
    fn live(&self, event: WorldEvent, life: &Life) -> Result<Option<Standpoint>, Box<Broken>> {
        let Ok(player) = PLAYER.parse() else { return Ok(None) };
        let Some(mut at) = self.newcomer(event, player, life)? else { return Ok(None) };
        if self.can(Capability::Scoring) {
            for told in &life.reports {
                let Answered { answer, input, .. } = self.score(&at, told)?;
                at = self.step(&at, &answer, input, 1)?;
            }
        }
        Ok(Some(at))
    }
}

/// What a single player is called.
pub const PLAYER: &str = "p1";

/// What many do to counters who do the same, as far as a counter goes.
fn by_many(deltas: &Counters, crowd: u32) -> Counters {
    let many = |delta: i64| crate::model::number::Delta::saturating(delta.saturating_mul(crowd.into())).get();
    deltas.iter().map(|(counter, delta)| (counter.clone(), many(*delta))).collect()
}

fn bad_output(why: String, input: Input) -> Box<Broken> {
    Box::new(Broken { code: "RULE_BAD_OUTPUT", why, failed: None, input })
}
