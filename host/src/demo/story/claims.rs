//! Players look at what they were granted, and take it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::json;

use super::{Chapter, Story, tally};
use crate::demo::client::Answer;
use crate::demo::crowd;
use crate::demo::grants::Grants;
use crate::demo::progress::Step;
use crate::demo::wire::{Event, Reward, Rewards};

/// Every so-many-th player tries to take a reward twice.
const GREEDY_EVERY: usize = 10;

/// Rewards of one kind that were granted for one reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RewardLine {
    /// Why.
    pub reason: String,
    /// What.
    pub reward: String,
    /// How many players got it.
    pub players: usize,
    /// How much of it, in all.
    pub amount: i64,
    /// How much was claimed.
    pub claimed: i64,
}

impl Story {
    /// Each of these players looks at its rewards.
    pub(super) async fn rewards_of(&self, event: &Event, players: &[String]) -> anyhow::Result<Vec<Reward>> {
        let id = event.id;
        let asking = players.iter().map(|player| Ok((self.player(player)?, player.clone())));
        let asking: Vec<_> = asking.collect::<anyhow::Result<_>>()?;
        let lists = crowd::each(asking, |(session, player)| async move {
            let path = format!("/events/{id}/rewards?playerId={player}");
            session.get("list rewards", &path).await?.success::<Rewards>()
        });
        Ok(lists.await?.into_iter().flat_map(|list| list.rewards).collect())
    }

    /// The players take what they were granted, which has to be what was `expected`; some try it twice.
    pub(super) async fn claim_all(
        &mut self,
        event: &Event,
        players: &[String],
        expected: &Grants,
        chapter: &mut Chapter,
    ) -> anyhow::Result<()> {
        let granted = self.rewards_of(event, players).await?;
        let name = &event.name;
        let what = |what: &str| format!("\"{name}\": {what}");
        self.expectations.equal(&what("number of rewards"), granted.len(), expected.len());
        let same = granted.iter().collect::<Grants>() == *expected;
        self.expectations.holds(&what("each player is granted what the rule promises, and nothing else"), same);
        self.expectations.holds(&what("nothing is claimed before anybody has"), granted.iter().all(|r| !r.claimed));

        let step = Step::begin(format!("{name}: claiming"), granted.len());
        let answers = self.claim_each(event, &granted, &step).await?;
        let outcomes = chapter.tally(&answers);
        self.expectations.equal(&what("claims"), outcomes, tally([("OK", granted.len())]));
        let taken: Vec<Reward> = answers.iter().filter_map(|answer| answer.success().ok()).collect();
        let sum: i64 = taken.iter().map(|reward| reward.amount).sum();
        self.expectations.equal(&what("sum of what was claimed"), sum, expected.sum());

        let greedy: Vec<Reward> = granted.iter().step_by(GREEDY_EVERY).cloned().collect();
        let outcomes = chapter.tally(&self.claim_each(event, &greedy, &step).await?);
        self.expectations.equal(&what("second claims"), outcomes, tally([("ALREADY_CLAIMED", greedy.len())]));
        let after = self.rewards_of(event, players).await?;
        let same = after.iter().collect::<Grants>() == *expected;
        self.expectations.holds(&what("claiming grants nothing new"), same);
        self.expectations.holds(&what("everything is claimed"), after.iter().all(|reward| reward.claimed));
        step.end(&format!("{} rewards, {} of them tried twice", granted.len(), greedy.len()));
        chapter.rewards = lines(&after);
        Ok(())
    }

    async fn claim_each(&self, event: &Event, rewards: &[Reward], step: &Step) -> anyhow::Result<Vec<Answer>> {
        let id = event.id;
        let claims = rewards.iter().map(|reward| Ok((self.player(&reward.player_id)?, reward.clone())));
        let claims: Vec<_> = claims.collect::<anyhow::Result<_>>()?;
        crowd::each(claims, |(session, reward)| {
            let step = step.clone();
            async move {
                let mut claim = json!({ "playerId": reward.player_id, "rewardType": reward.reward_type });
                if let (Some(id), Some(claim)) = (&reward.reward_id, claim.as_object_mut()) {
                    claim.insert("rewardId".to_owned(), json!(id));
                }
                let answer = session.post("claim", &format!("/events/{id}/rewards"), &claim).await;
                step.advance();
                answer.context("cannot claim")
            }
        })
        .await
    }
}

/// Rewards by reason and kind.
fn lines(rewards: &[Reward]) -> Vec<RewardLine> {
    let mut lines: BTreeMap<(String, String), RewardLine> = BTreeMap::new();
    for reward in rewards {
        let kind = match &reward.reward_id {
            Some(id) => format!("{} {id}", reward.reward_type),
            None => reward.reward_type.clone(),
        };
        let line = lines.entry((reward.reason.clone(), kind.clone())).or_insert_with(|| RewardLine {
            reason: reward.reason.clone(),
            reward: kind,
            players: 0,
            amount: 0,
            claimed: 0,
        });
        line.players += 1;
        line.amount += reward.amount;
        line.claimed += if reward.claimed { reward.amount } else { 0 };
    }
    lines.into_values().collect()
}
