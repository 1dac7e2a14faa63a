//! Wave after wave of reports, until the boss falls.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::siege::{Raider, Report, WAVES, Worth};
use crate::demo::client::OK;
use crate::demo::progress::Step;
use crate::demo::story::{Chapter, Story, Tally, tally};
use crate::demo::wire::{Event, Participant};

/// Every so-many-th report is sent once more, as if its answer had been lost.
const RETRY_EVERY: usize = 20;

/// What was reported, and applied.
#[derive(Debug, Default)]
pub struct Battle {
    /// Reports that were applied.
    pub applied: usize,
    /// Actions in them.
    pub actions: usize,
    /// Reports that came after the boss had fallen.
    pub late: usize,
    /// Reports that were sent twice.
    pub retried: usize,
    earned: BTreeMap<String, Worth>,
}

impl Battle {
    /// What a player has earned.
    pub fn of(&self, player: &str) -> Worth {
        self.earned.get(player).copied().unwrap_or_default()
    }

    /// The damage of all.
    pub fn damage(&self) -> i64 {
        self.earned.values().map(|worth| worth.damage).sum()
    }

    /// The points of all.
    pub fn points(&self) -> i64 {
        self.earned.values().map(|worth| worth.points).sum()
    }

    fn apply(&mut self, player: &str, report: &Report, worth: Worth) {
        let earned = self.earned.entry(player.to_owned()).or_default();
        earned.damage += worth.damage;
        earned.points += worth.points;
        self.applied += 1;
        self.actions += report.actions.len();
    }
}

impl Story {
    /// All reports, wave by wave. The boss falls in the last one.
    pub(super) async fn fight(
        &mut self,
        event: &Event,
        raiders: &[Raider],
        chapter: &mut Chapter,
    ) -> anyhow::Result<Battle> {
        self.cheat(event, raiders, chapter).await?;
        let mut battle = Battle::default();
        let mut outcomes = Tally::new();
        let step = Step::begin(format!("{}: fighting", event.name), raiders.len() * WAVES);
        for wave in 0..WAVES {
            let planned: Vec<(&str, &Report, Worth)> = raiders
                .iter()
                .filter_map(|raider| raider.reports.get(wave).map(|(report, worth)| (&*raider.id, report, *worth)))
                .collect();
            let reports = planned.iter().map(|(player, report, _)| Ok(((*player).to_owned(), json(report)?)));
            let reports: Vec<(String, Value)> = reports.collect::<anyhow::Result<_>>()?;
            let answers = self.report_all(event.id, reports.clone(), &step).await?;
            for (outcome, count) in chapter.tally(&answers) {
                *outcomes.entry(outcome).or_default() += count;
            }
            for ((player, report, worth), answer) in planned.iter().zip(&answers) {
                if answer.outcome() == OK {
                    battle.apply(player, report, *worth);
                }
            }
            if wave == 0 {
                let known: Vec<_> = reports.into_iter().zip(answers).step_by(RETRY_EVERY).collect();
                let (again, first): (Vec<_>, Vec<_>) = known.into_iter().unzip();
                let first: Vec<Option<Participant>> = first.iter().map(|answer| answer.success().ok()).collect();
                battle.retried = again.len();
                let second = self.report_all(event.id, again, &step).await?;
                let second: Vec<Option<Participant>> = second.iter().map(|answer| answer.success().ok()).collect();
                self.expectations.holds(
                    "the siege: a report that is sent again changes nothing and answers the same",
                    first == second && first.iter().all(Option::is_some),
                );
            }
        }
        step.end(&format!("{} actions in {} reports", battle.actions, battle.applied));

        battle.late = raiders.len() * WAVES - battle.applied;
        self.expectations.equal(
            "the siege: reports",
            outcomes,
            tally([(OK, battle.applied), ("EVENT_NOT_ACTIVE", battle.late)]),
        );
        self.expectations.holds("the siege: the boss falls before the last report", battle.late > 0);
        Ok(battle)
    }

    /// What no report may do.
    async fn cheat(&mut self, event: &Event, raiders: &[Raider], chapter: &mut Chapter) -> anyhow::Result<()> {
        let Some(raider) = raiders.first() else { return Ok(()) };
        let path = format!("/events/{}/participants/{}", event.id, raider.id);
        for (report, expected) in [
            (json!({ "score": 1_000_000 }), "VALIDATION_ERROR"),
            (json!({ "actions": [{ "kind": "hit", "amount": -5 }] }), "NEGATIVE_AMOUNT"),
            (
                json!({ "actions": [{ "kind": "hit", "amount": 5 }, { "kind": "bribe", "amount": 1 }] }),
                "UNKNOWN_ACTION",
            ),
        ] {
            let answer = self.game.put("report", &path, &report).await?;
            let outcome = chapter.note(&answer);
            self.expectations.equal(&format!("the siege: the report {report}"), &*outcome, expected);
        }
        Ok(())
    }
}

fn json(report: &Report) -> anyhow::Result<Value> {
    Ok(serde_json::to_value(report)?)
}
