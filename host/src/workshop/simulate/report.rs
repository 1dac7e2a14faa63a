//! What a simulation has shown. The same for the same seed, byte for byte: it holds no time of the machine's clock.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::histogram::Distribution;
use super::ledger::{Failure, Ledger, Reason};
use super::payday::Payday;
use super::run::{Plan, Simulated};
use crate::model::event::EventType;
use crate::model::settlement::SettlementState;
use crate::model::{Name, ParticipantStatus, Time};
use crate::rules::{Admission, RuleLimits};
use crate::workshop::case::CallName;
use crate::workshop::examine::LocalSandbox;
use crate::workshop::scenario::{Budget, RewardKey};

/// What a simulation has shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The plugin and its version.
    pub plugin: String,
    /// What all chance began from.
    pub seed: u64,
    /// The event.
    pub event: EventReport,
    /// Who came.
    pub joins: Joins,
    /// What was reported.
    pub reports: Reports,
    /// How those stand who took part, at the end.
    pub participants: Participants,
    /// The scores of the final standings; none if nobody took part.
    pub scores: Option<Distribution>,
    /// The shared counters at the end.
    pub counters: BTreeMap<String, i64>,
    /// The goals.
    pub goals: Vec<GoalReport>,
    /// What was paid.
    pub payout: PayoutReport,
    /// What calls took.
    pub calls: Vec<CallReport>,
    /// What failed.
    pub failures: Vec<Failure>,
    /// Why the simulation counts as failed; empty if it does not.
    pub problems: Vec<String>,
}

/// The event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventReport {
    /// Its name.
    pub name: Name,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// How many may be in it at once.
    pub capacity: Option<i32>,
    /// The parameters of the rule.
    pub parameters: Value,
    /// How many players there are.
    pub players: u32,
    /// How long it was meant to last.
    pub minutes: u32,
    /// When it ended, in minutes from its start.
    pub ended_at_minute: f64,
    /// Whether a goal has ended it.
    pub ended_by_goal: bool,
}

/// Who came.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Joins {
    /// How often somebody was at the door.
    pub tried: u64,
    /// How many got in for the first time.
    pub admitted: u64,
    /// How often somebody came back who had left.
    pub returned: u64,
    /// How often there was no room for somebody whom the rule had let pass.
    pub full: u64,
    /// How often the rule gave no answer.
    pub failed: u64,
    /// Whom the rule refused, by the code of the reason.
    pub refused: BTreeMap<String, Reason>,
    /// Who would have come after the planned end.
    pub too_late: u64,
}

/// What was reported.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reports {
    /// How many reports there were.
    pub sent: u64,
    /// How many counted.
    pub scored: u64,
    /// How often the rule gave no answer that can be used.
    pub failed: u64,
    /// What was refused, by the code of the reason.
    pub refused: BTreeMap<String, Reason>,
}

/// How those stand who took part.
#[derive(Debug, Default, Serialize)]
pub struct Participants {
    /// Are in it.
    pub active: u64,
    /// Have completed it.
    pub completed: u64,
    /// Have left it.
    pub left: u64,
}

/// A goal.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GoalReport {
    /// The counter.
    pub counter: String,
    /// What it was to reach.
    pub target: i64,
    /// Whether that ends the event.
    pub ends_event: bool,
    /// When it was reached, in minutes from the start.
    pub reached_at_minute: Option<f64>,
}

/// What was paid.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PayoutReport {
    /// How far the payout came; `none` where no rule pays at the end.
    pub settlement: SettlementState,
    /// How many of the final standings are settled.
    pub settled: usize,
    /// How many there are in the final standings.
    pub total: usize,
    /// In how many calls.
    pub pages: u64,
    /// How many players were paid anything.
    pub players_paid: usize,
    /// What was paid, by reward.
    pub rewards: Vec<RewardReport>,
}

/// What was paid of one reward.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RewardReport {
    /// Which.
    #[serde(flatten)]
    pub reward: RewardKey,
    /// How much of it in all.
    pub total: u128,
    /// The most that was to be paid, if that was said.
    pub budget: Option<u64>,
    /// Whether more was paid.
    pub over_budget: bool,
    /// What each who got any of it got; none if nobody did.
    pub per_player: Option<Distribution>,
}

/// What the calls of one function took.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallReport {
    /// What was called.
    pub call: &'static str,
    /// How often.
    pub count: u64,
    /// Half of the calls took no more fuel than this.
    pub fuel_p50: u64,
    /// 99 % of the calls took no more fuel than this.
    pub fuel_p99: u64,
    /// The most fuel that one took.
    pub fuel_max: u64,
    /// The fuel that one may take.
    pub fuel_limit: u64,
    /// The most memory that one took, in bytes.
    pub memory_bytes_max: usize,
    /// The memory that one may take, in bytes.
    pub memory_bytes_limit: usize,
    /// The largest answer, in bytes.
    pub output_bytes_max: usize,
    /// The largest answer that is allowed, in bytes.
    pub output_bytes_limit: usize,
    /// Those that took the most fuel, the most first.
    pub slowest: Vec<SlowCallReport>,
}

/// A call that took much.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SlowCallReport {
    /// About whom, or which page.
    pub about: String,
    /// When, in minutes from the start.
    pub at_minute: f64,
    /// What it took.
    pub fuel: u64,
}

impl Report {
    /// Reports on a simulation.
    #[must_use]
    pub fn of(simulated: Simulated, plan: &Plan<'_>, admission: &Admission, sandbox: &LocalSandbox) -> Self {
        let Simulated { running, players, end, ledger, payday } = simulated;
        let event = &running.event;
        let minute = |at: Time| minutes_between(event.start_time, at);
        let rules = event.rules.as_ref();
        let goals: Vec<GoalReport> = rules
            .map(|rules| rules.goals.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|goal| {
                let (counter, target) = (goal.counter.to_string(), goal.target.get());
                let reached = running.reached.iter().find(|it| it.counter == counter && it.target == target);
                let reached_at_minute = reached.map(|reached| minute(reached.at));
                GoalReport { counter, target, ends_event: goal.ends_event, reached_at_minute }
            })
            .collect();
        let mut participants = Participants::default();
        let mut scores = Vec::new();
        for participation in players.iter().filter_map(|player| player.participation.as_deref()) {
            match participation.status {
                ParticipantStatus::Active => participants.active += 1,
                ParticipantStatus::Completed => participants.completed += 1,
                ParticipantStatus::Left | ParticipantStatus::Kicked => participants.left += 1,
            }
            if participation.status.is_inside() {
                scores.push(participation.score.get().unsigned_abs());
            }
        }
        let mut report = Self {
            plugin: admission.manifest.label(),
            seed: plan.seed,
            event: EventReport {
                name: event.name.clone(),
                kind: event.kind,
                capacity: event.max_participants.map(crate::model::Capacity::get),
                parameters: rules.map_or(Value::Null, |rules| Value::Object((*rules.parameters).clone())),
                players: plan.players,
                minutes: plan.minutes,
                ended_at_minute: minute(end),
                ended_by_goal: goals.iter().any(|goal| goal.ends_event && goal.reached_at_minute.is_some()),
            },
            joins: joins(&ledger),
            reports: reports(&ledger),
            participants,
            scores: Distribution::of(scores),
            counters: event.counters.clone(),
            goals,
            payout: payout(&payday, &plan.population.budget),
            calls: [CallName::Check, CallName::Score, CallName::Payout]
                .into_iter()
                .filter_map(|call| {
                    let limits = sandbox.rules().limits(&admission.plugin, call.capability());
                    calls(&ledger, call, limits, minute)
                })
                .collect(),
            failures: ledger.failures.into_values().collect(),
            problems: Vec::new(),
        };
        report.problems = report.find_problems();
        report
    }

    /// The report as JSON, for programs.
    #[must_use]
    pub fn json(&self) -> String {
        // It holds nothing but what JSON has.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    fn find_problems(&self) -> Vec<String> {
        let over = |reward: &&RewardReport| reward.over_budget;
        let over_budget =
            self.payout.rewards.iter().filter(over).map(|RewardReport { reward, total, budget, .. }| {
                let budget = budget.unwrap_or_default();
                format!("over budget: {total} {reward} are paid, {} more than {budget}", total - u128::from(budget))
            });
        let failed = self
            .failures
            .iter()
            .map(|Failure { call, code, count, .. }| format!("{call} failed {count} times: {code}"));
        let PayoutReport { settlement, settled, total, .. } = &self.payout;
        let unpaid = (*settlement == SettlementState::Failed)
            .then(|| format!("the settlement failed: {} of {total} are not settled", total - settled));
        over_budget.chain(failed).chain(unpaid).collect()
    }
}

fn minutes_between(start: Time, at: Time) -> f64 {
    ((at - start).num_milliseconds() as f64 / 600.0).round() / 100.0
}

fn refusals(of: &BTreeMap<String, Reason>) -> u64 {
    of.values().map(|reason| reason.count).sum()
}

fn failures(ledger: &Ledger, call: CallName) -> u64 {
    let call: &'static str = call.into();
    ledger.failures.values().filter(|failure| failure.call == call).map(|failure| failure.count).sum()
}

fn joins(ledger: &Ledger) -> Joins {
    let Ledger { admitted, returned, full, too_late, refused_joins, .. } = ledger;
    let failed = failures(ledger, CallName::Check);
    Joins {
        tried: admitted + returned + full + failed + refusals(refused_joins),
        admitted: *admitted,
        returned: *returned,
        full: *full,
        failed,
        refused: refused_joins.clone(),
        too_late: *too_late,
    }
}

fn reports(ledger: &Ledger) -> Reports {
    let Ledger { scored, refused_reports, .. } = ledger;
    let failed = failures(ledger, CallName::Score);
    Reports {
        sent: scored + failed + refusals(refused_reports),
        scored: *scored,
        failed,
        refused: refused_reports.clone(),
    }
}

fn payout(payday: &Payday, budget: &[Budget]) -> PayoutReport {
    let mut per_player: BTreeMap<RewardKey, BTreeMap<u32, u64>> = BTreeMap::new();
    // What has a budget is shown also when nothing of it is paid.
    budget.iter().for_each(|budget| _ = per_player.entry(budget.key()).or_default());
    for (player, grant) in &payday.grants {
        let paid = per_player.entry(RewardKey::from(grant)).or_default().entry(*player).or_default();
        *paid = paid.saturating_add(grant.amount.get().unsigned_abs());
    }
    let mut paid: Vec<u32> = payday.grants.iter().map(|(player, _)| *player).collect();
    paid.sort_unstable();
    paid.dedup();
    let rewards = per_player.into_iter().map(|(reward, paid)| {
        let total = paid.values().map(|amount| u128::from(*amount)).sum();
        let budget = budget.iter().find(|budget| budget.key() == reward).map(|budget| budget.most);
        RewardReport {
            over_budget: budget.is_some_and(|budget| total > u128::from(budget)),
            reward,
            total,
            budget,
            per_player: Distribution::of(paid.into_values().collect()),
        }
    });
    PayoutReport {
        settlement: payday.state,
        settled: payday.settled,
        total: payday.total,
        pages: payday.pages,
        players_paid: paid.len(),
        rewards: rewards.collect(),
    }
}

fn calls(ledger: &Ledger, call: CallName, limits: &RuleLimits, minute: impl Fn(Time) -> f64) -> Option<CallReport> {
    let call: &'static str = call.into();
    let calls = ledger.calls.get(call)?;
    let percentile = |percent: u64| {
        let mut left = (calls.count * percent).div_ceil(100);
        let reached = calls.fuel.iter().find(|(_, count)| {
            left = left.saturating_sub(**count);
            left == 0
        });
        reached.map(|(fuel, _)| *fuel).unwrap_or_default()
    };
    Some(CallReport {
        call,
        count: calls.count,
        fuel_p50: percentile(50),
        fuel_p99: percentile(99),
        fuel_max: percentile(100),
        fuel_limit: limits.fuel,
        memory_bytes_max: calls.most_memory,
        memory_bytes_limit: limits.memory_bytes,
        output_bytes_max: calls.most_output,
        output_bytes_limit: limits.output_bytes,
        slowest: calls
            .slowest
            .iter()
            .map(|slow| SlowCallReport { about: slow.about.clone(), at_minute: minute(slow.at), fuel: slow.fuel })
            .collect(),
    })
}
