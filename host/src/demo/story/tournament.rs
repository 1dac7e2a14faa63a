//! A ranked tournament: three attempts each, the best one counts, the whole field is paid by percentile.

use std::collections::BTreeMap;

use rand::RngExt as _;
use serde_json::{Value, json};

use super::preparation::REGION;
use super::{Chapter, Ranked, Story, Tally, standings, tally};
use crate::demo::client::OK;
use crate::demo::grants::Grants;
use crate::demo::population::{Player, chance};
use crate::demo::progress::Step;

/// At most so many try to enter.
const APPLICANTS: usize = 200;
const ATTEMPTS: usize = 3;
/// So many players try once more than they may.
const STUBBORN: usize = 5;
const MIN_RATING: i64 = 1_000;
const MAX_RATING: i64 = 2_000;
/// Results are so close together that several players share a rank.
const BEST_RESULT: i64 = 120;

fn template() -> Value {
    let crowns = |amount: i64| json!([{ "rewardType": "currency", "rewardId": "crowns", "amount": amount }]);
    let xp = |amount: i64| json!({ "rewardType": "xp", "amount": amount });
    json!({
        "name": "The Archers' Cup",
        "type": "TOURNAMENT",
        "difficulty": "MEDIUM",
        "description": "Three shots each; the best one counts.",
        "rules": {
            "plugin": "ranked-tournament",
            "parameters": {
                "attempts": ATTEMPTS,
                "minRating": MIN_RATING,
                "maxRating": MAX_RATING,
                "podium": [
                    { "rank": 1, "prizes": [xp(1_000), { "rewardType": "item", "rewardId": "golden-cup" }] },
                    { "rank": 2, "prizes": [xp(500)] },
                    { "rank": 3, "prizes": [xp(250)] },
                ],
                "brackets": [
                    { "topPercent": 10, "prizes": crowns(200) },
                    { "topPercent": 50, "prizes": crowns(50) },
                ],
            },
        },
    })
}

fn refusal(player: &Player) -> Option<&'static str> {
    match player.attributes.rating {
        rating if rating < MIN_RATING => Some("RATING_TOO_LOW"),
        rating if rating > MAX_RATING => Some("RATING_TOO_HIGH"),
        _ => None,
    }
}

/// What has to be granted for these final standings.
fn grants(standings: &[Ranked]) -> Grants {
    let mut grants = Grants::default();
    let places = |percent: usize| (standings.len() * percent).div_ceil(100);
    for row in standings.iter().filter(|row| row.participant.score > 0) {
        let player = &row.participant.player_id;
        match row.rank {
            1 => {
                grants.add(player, "xp", "", 1_000);
                grants.add(player, "item", "golden-cup", 1);
            }
            2 => grants.add(player, "xp", "", 500),
            3 => grants.add(player, "xp", "", 250),
            _ => {}
        }
        if row.rank <= places(10) {
            grants.add(player, "currency", "crowns", 200);
        } else if row.rank <= places(50) {
            grants.add(player, "currency", "crowns", 50);
        }
    }
    grants
}

impl Story {
    pub(super) async fn play_tournament(&mut self) -> anyhow::Result<Chapter> {
        let template = self.create_template(&template()).await?;
        let event = self.create_event(template, REGION, Value::Null).await?;
        let mut chapter = Chapter::new(&event);
        let applicants: Vec<Player> = self.players.iter().take(APPLICANTS).cloned().collect();
        let archers: Vec<Player> = applicants.iter().filter(|player| refusal(player).is_none()).cloned().collect();
        let mut expected = Tally::new();
        for player in &applicants {
            *expected.entry(refusal(player).unwrap_or(OK).to_owned()).or_default() += 1;
        }
        let outcomes = chapter.tally(&self.join_all(&event, &applicants).await?);
        self.expectations.equal("the cup: joins", outcomes, expected);

        let best = self.shoot(event.id, &archers, &mut chapter).await?;
        let over = self.end(event.id).await?;
        self.expectations.equal("the cup: its status after it was ended", &*over.status, "COMPLETED");
        let over = self.settled(event.id).await?;
        self.expectations.equal("the cup: participants that are settled", over.settlement.paid, archers.len());
        self.expectations.equal("the cup: participants to settle", over.settlement.total, archers.len());

        let standings = standings::rank(self.participants(event.id).await?);
        let wrong = standings.iter().filter(|row| best.get(&row.participant.player_id) != Some(&row.participant.score));
        self.expectations.equal("the cup: players whose best result does not count", wrong.count(), 0);
        let unfinished = standings.iter().filter(|row| row.participant.status != "COMPLETED");
        self.expectations.equal("the cup: players with attempts left", unfinished.count(), 0);
        let players: Vec<String> = applicants.iter().map(|player| player.id.clone()).collect();
        self.claim_all(&over, &players, &grants(&standings), &mut chapter).await?;

        let winners = standings.iter().filter(|row| row.rank == 1).count();
        chapter.facts = vec![
            format!("{} of {} who tried have a rating that fits.", archers.len(), applicants.len()),
            format!("{} shots are taken; {winners} share the first rank.", archers.len() * ATTEMPTS),
            "The designer ends it, and the rule pays the podium and the best 10 and 50 percent.".to_owned(),
        ];
        chapter.standings = standings;
        Ok(chapter)
    }

    /// Everybody takes all attempts. Gives the best result of each.
    async fn shoot(
        &mut self,
        event: uuid::Uuid,
        archers: &[Player],
        chapter: &mut Chapter,
    ) -> anyhow::Result<BTreeMap<String, i64>> {
        let step = Step::begin(format!("{}: shooting", chapter.name), archers.len() * ATTEMPTS);
        let mut sources: Vec<_> = archers.iter().map(|archer| (archer, chance(archer, "cup"))).collect();
        let mut best: BTreeMap<String, i64> = BTreeMap::new();
        for attempt in 1..=ATTEMPTS {
            let mut reports = Vec::with_capacity(sources.len());
            for (archer, random) in &mut sources {
                let result = random.random_range(1..=BEST_RESULT);
                let known = best.entry(archer.id.clone()).or_default();
                *known = result.max(*known);
                reports.push((archer.id.clone(), shot(result, attempt)));
            }
            let outcomes = chapter.tally(&self.report_all(event, reports, &step).await?);
            self.expectations.equal(&format!("the cup: attempt {attempt}"), outcomes, tally([(OK, archers.len())]));
        }
        let stubborn: Vec<_> =
            archers.iter().take(STUBBORN).map(|archer| (archer.id.clone(), shot(BEST_RESULT, ATTEMPTS + 1))).collect();
        let count = stubborn.len();
        let outcomes = chapter.tally(&self.report_all(event, stubborn, &step).await?);
        self.expectations.equal("the cup: one attempt too many", outcomes, tally([("NO_ATTEMPTS_LEFT", count)]));
        step.end(&format!("{} attempts", archers.len() * ATTEMPTS));
        Ok(best)
    }
}

fn shot(result: i64, sequence: usize) -> Value {
    json!({ "actions": [{ "kind": "attempt", "amount": result }], "sequence": sequence })
}
