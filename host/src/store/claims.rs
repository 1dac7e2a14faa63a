//! Claims: a reward is taken by one conditional update, so it is taken once.

use std::collections::{HashMap, HashSet};

use sqlx::{FromRow, Row};
use uuid::Uuid;

use super::rewards::reward_columns;
use super::{Store, StoreError};
use crate::model::reward::{EventReward, RewardType};
use crate::model::text::RewardId;
use crate::model::{PlayerId, Time};

/// A player's wish to take a reward.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The event that it was earned in.
    pub event_id: Uuid,
    /// Who takes it.
    pub player_id: PlayerId,
    /// What it is made of.
    pub reward_type: RewardType,
    /// Which one; without it the oldest of that type that waits.
    pub reward_id: Option<RewardId>,
    /// Tells a claim that is made again, because the connection was lost with the answer, from another one.
    pub id: Uuid,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimOutcome {
    /// Taken.
    Claimed(Box<EventReward>),
    /// It was taken before.
    AlreadyClaimed,
    /// It was never granted.
    NotGranted,
    /// What is granted by a payout can be taken when the settlement is done.
    NotSettled,
    /// Somebody else was first with the one that was picked; another one may wait.
    Superseded,
}

impl Store {
    /// Takes rewards, and tells the world: an outcome for each claim, in their order.
    ///
    /// # Errors
    /// The database failed; then nothing was taken, unless the connection was lost while it committed.
    pub async fn claim(&self, claims: &[&Claim], now: Time) -> Result<Vec<ClaimOutcome>, StoreError> {
        let mut seen = HashSet::new();
        // One claim of a player and type at a time, so that no two pick the same reward.
        let picking: Vec<&Claim> = claims
            .iter()
            .copied()
            .filter(|claim| seen.insert((claim.event_id, &claim.player_id, claim.reward_type)))
            .collect();
        let mut taken = self.take(&picking, now).await?;
        let missed: Vec<&Claim> = claims.iter().copied().filter(|claim| !taken.contains_key(&claim.id)).collect();
        let held = if missed.is_empty() { Vec::new() } else { self.rewards_for(&missed).await? };
        let outcome = |claim: &&Claim| match taken.remove(&claim.id) {
            Some(reward) => ClaimOutcome::Claimed(Box::new(reward)),
            None => why_not(claim, &held),
        };
        Ok(claims.iter().map(outcome).collect())
    }

    /// Takes what waits for these claims: the rewards by the claims' ids. Rows are locked in the order of their keys, so
    /// that two servers never wait for each other.
    async fn take(&self, claims: &[&Claim], now: Time) -> Result<HashMap<Uuid, EventReward>, StoreError> {
        macro_rules! column {
            ($claim:ident => $value:expr) => {
                claims.iter().map(|$claim| $value).collect::<Vec<_>>()
            };
        }
        let rows = sqlx::query(reward_columns!(
            "WITH picked AS ( \
               SELECT w.claim_id, r.event_id, r.id \
               FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) \
                 AS w (claim_id, event_id, player_id, reward_type, reward_id) \
               CROSS JOIN LATERAL ( \
                 SELECT r.event_id, r.id FROM gameplay.event_rewards r \
                 WHERE r.event_id = w.event_id AND r.player_id = w.player_id AND r.reward_type = w.reward_type \
                   AND NOT r.claimed AND (w.reward_id IS NULL OR r.reward_id = w.reward_id) \
                 ORDER BY r.created_at, r.id LIMIT 1) r \
               WHERE NOT EXISTS (SELECT FROM gameplay.event_settlements s \
                 WHERE s.event_id = w.event_id AND s.state <> 'done') \
               AND NOT EXISTS (SELECT FROM gameplay.event_rewards own \
                 WHERE own.event_id = w.event_id AND own.player_id = w.player_id AND own.claim_id = w.claim_id)), \
             locked AS ( \
               SELECT p.claim_id, r.event_id, r.id \
               FROM gameplay.event_rewards r JOIN picked p ON p.event_id = r.event_id AND p.id = r.id \
               ORDER BY r.event_id, r.id FOR NO KEY UPDATE OF r), \
             r AS ( \
               UPDATE gameplay.event_rewards r SET claimed = true, claimed_at = $6, claim_id = l.claim_id \
               FROM locked l WHERE r.event_id = l.event_id AND r.id = l.id AND NOT r.claimed \
               RETURNING r.*), \
             told AS ( \
               INSERT INTO gameplay.outbox (event_id, type, data, created_at) \
               SELECT event_id, 'reward.claimed', jsonb_build_object('eventId', event_id, 'rewardId', reward_id, \
                 'playerId', player_id, 'rewardType', reward_type, 'amount', amount), $6 FROM r) \
             SELECT r.claim_id,",
            "FROM r"
        ))
        .bind(column!(claim => claim.id))
        .bind(column!(claim => claim.event_id))
        .bind(column!(claim => claim.player_id.as_str()))
        .bind(column!(claim => claim.reward_type.as_str()))
        .bind(column!(claim => claim.reward_id.as_ref().map(|id| id.as_str())))
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        let reward = |row: &sqlx::postgres::PgRow| Ok((row.try_get("claim_id")?, EventReward::from_row(row)?));
        Ok(rows.iter().map(reward).collect::<Result<_, sqlx::Error>>()?)
    }

    /// All that the claims could have meant.
    async fn rewards_for(&self, claims: &[&Claim]) -> Result<Vec<Held>, StoreError> {
        let (events, players): (Vec<Uuid>, Vec<&str>) =
            claims.iter().map(|claim| (claim.event_id, claim.player_id.as_str())).unzip();
        let rows = sqlx::query(reward_columns!(
            "SELECT r.claim_id, EXISTS (SELECT FROM gameplay.event_settlements s \
               WHERE s.event_id = r.event_id AND s.state <> 'done') AS awaits_settlement,",
            "FROM gameplay.event_rewards r \
             WHERE (r.event_id, r.player_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))"
        ))
        .bind(events)
        .bind(players)
        .fetch_all(&self.pool)
        .await?;
        let held = |row: &sqlx::postgres::PgRow| {
            Ok(Held {
                claim_id: row.try_get("claim_id")?,
                awaits_settlement: row.try_get("awaits_settlement")?,
                reward: EventReward::from_row(row)?,
            })
        };
        Ok(rows.iter().map(held).collect::<Result<_, sqlx::Error>>()?)
    }
}

/// A reward, with what decides about a claim of it.
struct Held {
    claim_id: Option<Uuid>,
    awaits_settlement: bool,
    reward: EventReward,
}

fn why_not(claim: &Claim, held: &[Held]) -> ClaimOutcome {
    let is_meant = |held: &&Held| {
        held.reward.event_id == claim.event_id
            && held.reward.player_id == claim.player_id
            && held.reward.reward_type == claim.reward_type
            && claim.reward_id.as_ref().is_none_or(|id| held.reward.reward_id.as_ref() == Some(id))
    };
    let meant: Vec<&Held> = held.iter().filter(is_meant).collect();
    // It was this very claim that took it; only its answer was lost.
    if let Some(own) = meant.iter().find(|held| held.claim_id == Some(claim.id)) {
        return ClaimOutcome::Claimed(Box::new(own.reward.clone()));
    }
    match meant.iter().find(|held| !held.reward.claimed) {
        Some(waiting) if waiting.awaits_settlement => ClaimOutcome::NotSettled,
        Some(_) => ClaimOutcome::Superseded,
        None if meant.is_empty() => ClaimOutcome::NotGranted,
        None => ClaimOutcome::AlreadyClaimed,
    }
}
