//! A boss that everybody fights together: the community goal ends the event, and the payout rule pays by contribution.

mod battle;
pub(super) mod siege;

use serde_json::{Value, json};
use uuid::Uuid;

use self::battle::Battle;
use self::siege::{BOSS_DAMAGE, CONTRIBUTION, Raider};
use super::preparation::{PEOPLE_PER_PLAYER, REGION};
use super::{Chapter, Story, Tally, standings, tally};
use crate::demo::client::OK;
use crate::demo::crowd;
use crate::demo::population::Player;
use crate::demo::progress::Step;
use crate::demo::wire::{Analytics, Event};

/// Every so-many-th player tries to join twice.
const EAGER_EVERY: usize = 25;
/// Every so-many-th player says how content it is.
const RATING_EVERY: usize = 5;

impl Story {
    pub(super) async fn play_invasion(&mut self) -> anyhow::Result<(Chapter, Uuid)> {
        let (inside, outside): (Vec<Player>, Vec<Player>) =
            self.players.clone().into_iter().partition(|player| siege::refusal(player).is_none());
        let raiders: Vec<Raider> = inside.iter().map(|player| siege::raider(player, "siege")).collect();
        let health = siege::health(&raiders);
        let template = self.create_template(&siege::template(raiders.len(), health)).await?;
        let event = self.create_event(template, REGION, Value::Null).await?;
        let mut chapter = Chapter::new(&event);

        self.let_in(&event, &inside, &outside, &mut chapter).await?;
        let battle = self.fight(&event, &raiders, &mut chapter).await?;
        let over = self.fallen(&event, &raiders, &battle, health).await?;
        let standings = self.check_scores(&over, &battle).await?;

        let over = self.settled(over.id).await?;
        self.expectations.equal("the siege: participants that are settled", over.settlement.paid, raiders.len());
        self.expectations.equal("the siege: participants to settle", over.settlement.total, raiders.len());
        let expected = siege::grants(&standings, raiders.len());
        let players: Vec<String> = self.players.iter().map(|player| player.id.clone()).collect();
        self.claim_all(&over, &players, &expected, &mut chapter).await?;
        self.rate(&over, &raiders, &standings).await?;

        chapter.facts = vec![
            format!("{} of {} who tried are let in by the rule.", inside.len(), self.players.len()),
            format!(
                "{} reports with {} actions are scored; the boss with {health} health takes {} damage and falls.",
                battle.applied,
                battle.actions,
                over.counter(BOSS_DAMAGE),
            ),
            format!("{} reports come too late, and {} are sent twice and count once.", battle.late, battle.retried),
        ];
        chapter.standings = standings;
        Ok((chapter, template))
    }

    /// Everybody tries to join; the rule decides.
    async fn let_in(
        &mut self,
        event: &Event,
        inside: &[Player],
        outside: &[Player],
        chapter: &mut Chapter,
    ) -> anyhow::Result<()> {
        let mut expected = tally([(OK, inside.len())]);
        for player in outside {
            *expected.entry(siege::refusal(player).unwrap_or_default().to_owned()).or_default() += 1;
        }
        let everybody = self.players.clone();
        let outcomes: Tally = chapter.tally(&self.join_all(event, &everybody).await?);
        self.expectations.equal("the siege: joins", outcomes, expected);
        self.expectations
            .holds("the siege: somebody is let in, somebody is refused", { !inside.is_empty() && !outside.is_empty() });
        let rules = self.client.measurements().rules();
        let asked = rules.get(&("boss-invasion".to_owned(), "eligibility"));
        self.expectations.equal(
            "the siege: answers of the eligibility rule (let in, refused)",
            asked.map(|times| (times.of("OK"), times.of("REFUSED"))),
            Some((inside.len() as u64, outside.len() as u64)),
        );

        let eager: Vec<Player> = inside.iter().step_by(EAGER_EVERY).cloned().collect();
        let outcomes = chapter.tally(&self.join_all(event, &eager).await?);
        self.expectations.equal("the siege: second joins", outcomes, tally([("ALREADY_JOINED", eager.len())]));
        let full = self.event(event.id).await?;
        self.expectations.equal("the siege: how many take part", full.current_participants, inside.len());
        Ok(())
    }

    /// The boss has fallen: once, and for good.
    async fn fallen(
        &mut self,
        event: &Event,
        raiders: &[Raider],
        battle: &Battle,
        health: i64,
    ) -> anyhow::Result<Event> {
        let over = self.event(event.id).await?;
        self.expectations.equal("the siege: its status after the boss has fallen", &*over.status, "COMPLETED");
        self.expectations.equal("the siege: how often it has changed its status", over.version - event.version, 1);
        let damage = over.counter(BOSS_DAMAGE);
        self.expectations.equal("the siege: damage to the boss", damage, battle.damage());
        self.expectations.equal("the siege: points of all", over.counter(CONTRIBUTION), battle.points());
        self.expectations.holds("the siege: the boss has taken at least its health", damage >= health);
        // The report that reached the goal was the last that counted.
        let largest = raiders.iter().flat_map(|raider| &raider.reports).map(|(_, worth)| worth.damage).max();
        self.expectations.holds(
            "the siege: nothing counted after the report that brought the boss down",
            damage - largest.unwrap_or(0) < health,
        );
        Ok(over)
    }

    /// Each score is the sum of what was reported and applied.
    async fn check_scores(&mut self, over: &Event, battle: &Battle) -> anyhow::Result<Vec<super::Ranked>> {
        let standings = standings::rank(self.participants(over.id).await?);
        let wrong = standings.iter().filter(|row| {
            let worth = battle.of(&row.participant.player_id);
            let damage = row.participant.progress_data.get("damage").and_then(Value::as_i64).unwrap_or(0);
            row.participant.score != worth.points || damage != worth.damage
        });
        self.expectations.equal("the siege: players with another score than they earned", wrong.count(), 0);
        let bloodied = standings.iter().filter(|row| {
            row.participant.achievements.iter().any(|achievement| *achievement == json!({ "id": "first-blood" }))
        });
        let hitters = standings.iter().filter(|row| battle.of(&row.participant.player_id).damage > 0);
        self.expectations.equal("the siege: achievements for the first hit", bloodied.count(), hitters.count());
        Ok(standings)
    }

    /// Some say how content they are, which the event's figures then show.
    async fn rate(&mut self, over: &Event, raiders: &[Raider], standings: &[super::Ranked]) -> anyhow::Result<()> {
        let id = over.id;
        let mut ratings = Vec::new();
        for (place, raider) in raiders.iter().step_by(RATING_EVERY).enumerate() {
            ratings.push((self.player(&raider.id)?, raider.id.clone(), 3 + i64::try_from(place % 3)?));
        }
        let sum: i64 = ratings.iter().map(|(.., rating)| rating).sum();
        let count = ratings.len();
        let step = Step::begin(format!("{}: rating", over.name), count);
        crowd::each(ratings, |(session, player, rating)| async move {
            let path = format!("/events/{id}/participants/{player}");
            session.put("rate", &path, &json!({ "rating": rating })).await?.success::<Value>()
        })
        .await?;
        step.end(&format!("{count} ratings"));

        let figures: Analytics =
            self.designer.get("get analytics", &format!("/events/{id}/analytics")).await?.success()?;
        let scores: i64 = standings.iter().map(|row| row.participant.score).sum();
        self.expectations.equal("the siege: participants in its figures", figures.total_participants, raiders.len());
        for (what, shown, expected) in [
            ("mean score", figures.average_score, ratio(scores, raiders.len())),
            ("satisfaction", figures.satisfaction_rating, ratio(sum, count)),
            (
                "participation rate",
                figures.participation_rate,
                ratio(i64::try_from(raiders.len())?, self.players.len() * PEOPLE_PER_PLAYER),
            ),
        ] {
            let close = shown.is_some_and(|shown| (shown - expected).abs() <= expected * 1e-3);
            self.expectations.holds(&format!("the siege: its {what} is {shown:?}, expected {expected}"), close);
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums of the demonstration are far below 2^53")]
fn ratio(sum: i64, count: usize) -> f64 {
    sum as f64 / count.max(1) as f64
}
