//! An event that is called off: nobody is paid.

use serde_json::{Value, json};
use uuid::Uuid;

use super::invasion::siege::{self, Raider};
use super::preparation::REGION;
use super::{Chapter, Story, tally};
use crate::demo::client::OK;
use crate::demo::population::Player;
use crate::demo::progress::Step;

/// So many take part.
const RAIDERS: usize = 20;

impl Story {
    /// `template` is the siege's.
    pub(super) async fn play_cancelled(&mut self, template: Uuid) -> anyhow::Result<Chapter> {
        let event = self.create_event(template, REGION, json!({ "name": "The Skirmish that Never Was" })).await?;
        let mut chapter = Chapter::new(&event);
        let players: Vec<Player> =
            self.players.iter().filter(|player| siege::refusal(player).is_none()).take(RAIDERS).cloned().collect();
        let raiders: Vec<Raider> = players.iter().map(|player| siege::raider(player, "skirmish")).collect();
        let outcomes = chapter.tally(&self.join_all(&event, &players).await?);
        self.expectations.equal("the skirmish: joins", outcomes, tally([(OK, players.len())]));

        let step = Step::begin(format!("{}: fighting, and calling it off", event.name), raiders.len());
        let mut reports = Vec::new();
        for raider in &raiders {
            let Some((report, _)) = raider.reports.first() else { continue };
            reports.push((raider.id.clone(), serde_json::to_value(report)?));
        }
        let outcomes = chapter.tally(&self.report_all(event.id, reports.clone(), &step).await?);
        self.expectations.equal("the skirmish: reports", outcomes, tally([(OK, raiders.len())]));
        let path = format!("/events/{}", event.id);
        self.designer.delete("cancel event", &path).await?.success::<Value>()?;
        let twice = chapter.note(&self.designer.delete("cancel event", &path).await?);
        self.expectations.equal("the skirmish: cancelled twice", &*twice, "ILLEGAL_TRANSITION");

        let over = self.event(event.id).await?;
        self.expectations.equal("the skirmish: its status", &*over.status, "CANCELLED");
        self.expectations.equal("the skirmish: its payout", &*over.settlement.state, "none");
        for report in &mut reports {
            if let Some(report) = report.1.as_object_mut() {
                report.insert("sequence".to_owned(), json!(2));
            }
        }
        let outcomes = chapter.tally(&self.report_all(event.id, reports, &step).await?);
        self.expectations.equal("the skirmish: late reports", outcomes, tally([("EVENT_NOT_ACTIVE", raiders.len())]));
        let ids: Vec<String> = players.iter().map(|player| player.id.clone()).collect();
        self.expectations.equal("the skirmish: rewards", self.rewards_of(&over, &ids).await?.len(), 0);
        for player in players.iter().take(3) {
            let claim = json!({ "playerId": player.id, "rewardType": "xp" });
            let answer = self.player(&player.id)?.post("claim", &format!("{path}/rewards"), &claim).await?;
            let outcome = chapter.note(&answer);
            self.expectations.equal("the skirmish: a claim", &*outcome, "REWARD_NOT_FOUND");
        }
        step.end("nobody is paid");
        chapter.facts = vec![format!("{} fight, the designer calls it off, and nobody is paid.", raiders.len())];
        Ok(chapter)
    }
}
