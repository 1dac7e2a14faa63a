//! A festival with few places: whoever is in time gets in, and the server itself pays what the event promises.

use rand::RngExt as _;
use serde_json::{Value, json};

use super::preparation::REGION;
use super::{Chapter, Story, standings, tally};
use crate::demo::client::OK;
use crate::demo::grants::Grants;
use crate::demo::population::{Player, chance};
use crate::demo::progress::Step;
use crate::demo::wire::Event;

/// One place for so many players.
const PLAYERS_PER_PLACE: usize = 20;
/// So many try for each place.
const TRIES_PER_PLACE: usize = 4;
/// What one harvest is worth at most, by the rule.
const MAX_HARVEST: i64 = 100;
const HARVESTS: usize = 2;
/// The score at which the game lets a player complete the festival.
const BASKET: i64 = 120;

fn template(places: usize) -> Value {
    json!({
        "name": "The Harvest of Greyharbour",
        "type": "FESTIVAL",
        "difficulty": "EASY",
        "description": "Pick what you can carry.",
        "maxParticipants": places,
        "rewardsTemplate": [
            { "rewardType": "item", "rewardId": "apple-pie" },
            { "rewardType": "xp", "amount": 25 },
            { "text": "and the thanks of the orchard" },
        ],
        "rules": { "plugin": "harvest-festival" },
    })
}

impl Story {
    pub(super) async fn play_festival(&mut self) -> anyhow::Result<Chapter> {
        let places = (self.players.len() / PLAYERS_PER_PLACE).max(1);
        let template = self.create_template(&template(places)).await?;
        let event = self.create_event(template, REGION, Value::Null).await?;
        let mut chapter = Chapter::new(&event);
        let guests: Vec<Player> = self.players.iter().take(places * TRIES_PER_PLACE).cloned().collect();
        let inside = self.crowd_in(&event, &guests, places, &mut chapter).await?;
        let expected = self.harvest(&event, &inside, &mut chapter).await?;

        let players: Vec<String> = guests.iter().map(|player| player.id.clone()).collect();
        self.claim_all(&event, &players, &expected, &mut chapter).await?;
        let over = self.end(event.id).await?;
        self.expectations.equal("the festival: its status after it was ended", &*over.status, "COMPLETED");
        self.expectations.equal("the festival: its payout", &*over.settlement.state, "none");
        self.expectations.equal(
            "the festival: rewards after its end",
            { self.rewards_of(&over, &players).await?.iter().collect::<Grants>() },
            expected,
        );

        chapter.facts = vec![
            format!("{} try to get in at once, {places} have room, and {places} are in.", guests.len()),
            "One leaves, and the place goes to another.".to_owned(),
            format!("Who fills a basket of {BASKET} is paid at once, without a payout rule."),
        ];
        chapter.standings = standings::rank(self.participants(event.id).await?);
        Ok(chapter)
    }

    /// More than there is room for try to get in. Gives those who are in at last.
    async fn crowd_in(
        &mut self,
        event: &Event,
        guests: &[Player],
        places: usize,
        chapter: &mut Chapter,
    ) -> anyhow::Result<Vec<Player>> {
        let answers = self.join_all(event, guests).await?;
        let outcomes = chapter.tally(&answers);
        let expected = tally([(OK, places), ("EVENT_FULL", guests.len().saturating_sub(places))]);
        self.expectations.equal("the festival: joins", outcomes, expected);
        let (mut inside, outside): (Vec<_>, Vec<_>) =
            guests.iter().cloned().zip(&answers).partition(|(_, answer)| answer.outcome() == OK);
        let full = self.event(event.id).await?;
        self.expectations.equal("the festival: how many take part", full.current_participants, places);

        // A place that becomes free is there for another, and only one.
        let (Some((leaver, _)), Some((heir, _)), unlucky) = (inside.pop(), outside.first(), outside.get(1)) else {
            return Ok(inside.into_iter().map(|(player, _)| player).collect());
        };
        let path = format!("/events/{}/participants", event.id);
        self.player(&leaver.id)?.delete("leave", &format!("{path}/{}", leaver.id)).await?.success::<Value>()?;
        for (player, expected) in [(Some(heir), OK), (unlucky.map(|(player, _)| player), "EVENT_FULL")] {
            let Some(player) = player else { continue };
            let body = json!({ "playerId": player.id });
            let answer = self.player(&player.id)?.post("join", &path, &body).await?;
            let outcome = chapter.note(&answer);
            self.expectations.equal("the festival: a join after one has left", &*outcome, expected);
        }
        Ok(inside.into_iter().map(|(player, _)| player).chain([heir.clone()]).collect())
    }

    /// Everybody harvests; the game completes those whose basket is full. Gives what that has to be paid with.
    async fn harvest(&mut self, event: &Event, inside: &[Player], chapter: &mut Chapter) -> anyhow::Result<Grants> {
        let step = Step::begin(format!("{}: harvesting", event.name), inside.len() * HARVESTS);
        let mut scores = vec![0; inside.len()];
        let mut sources: Vec<_> = inside.iter().map(|player| (player, chance(player, "festival"))).collect();
        for sequence in 1..=HARVESTS {
            let mut reports = Vec::with_capacity(inside.len());
            for ((player, random), score) in sources.iter_mut().zip(&mut scores) {
                let amount = random.random_range(20..=MAX_HARVEST + 40);
                *score += amount.min(MAX_HARVEST);
                let actions = json!([{ "kind": "harvest", "amount": amount }, { "kind": "dance", "amount": 1 }]);
                reports.push((player.id.clone(), json!({ "actions": actions, "sequence": sequence })));
            }
            let outcomes = chapter.tally(&self.report_all(event.id, reports, &step).await?);
            self.expectations.equal("the festival: harvests", outcomes, tally([(OK, inside.len())]));
        }

        let mut grants = Grants::default();
        let mut full = Vec::new();
        for (player, _) in inside.iter().zip(&scores).filter(|(_, score)| **score >= BASKET) {
            grants.add(&player.id, "item", "apple-pie", 1);
            grants.add(&player.id, "xp", "", 25);
            full.push((player.id.clone(), json!({ "status": "COMPLETED" })));
        }
        let count = full.len();
        let outcomes = chapter.tally(&self.report_all(event.id, full, &step).await?);
        self.expectations.equal("the festival: baskets that are full", outcomes, tally([(OK, count)]));
        let shown = self.participants(event.id).await?;
        let sum: i64 = shown.iter().map(|participant| participant.score).sum();
        self.expectations.equal("the festival: what was harvested", sum, scores.iter().sum::<i64>());
        step.end(&format!("{count} of {} baskets are full", inside.len()));
        Ok(grants)
    }
}
