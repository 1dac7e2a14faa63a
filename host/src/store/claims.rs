//! Claims: a reward is taken by one conditional update, so it is taken once.

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
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimOutcome {
    /// Taken.
    Claimed(EventReward),
    /// It was taken before.
    AlreadyClaimed,
    /// It was never granted.
    NotGranted,
}

impl Store {
    /// Takes a reward, and tells the world.
    ///
    /// # Errors
    /// The database failed; then nothing was taken.
    pub async fn claim(&self, claim: &Claim, now: Time) -> Result<ClaimOutcome, StoreError> {
        // Of two who want the same row, the second waits, sees that it is taken, and goes on to the next that waits.
        let claimed: Option<EventReward> = sqlx::query_as(reward_columns!(
            "WITH r AS ( \
               UPDATE gameplay.event_rewards SET claimed = true, claimed_at = $5 \
               WHERE event_id = $1 AND id = ( \
                 SELECT id FROM gameplay.event_rewards \
                 WHERE event_id = $1 AND player_id = $2 AND reward_type = $3 AND NOT claimed \
                   AND ($4::text IS NULL OR reward_id = $4) \
                 ORDER BY created_at, id LIMIT 1 FOR NO KEY UPDATE) \
               RETURNING *), \
             told AS ( \
               INSERT INTO gameplay.outbox (event_id, type, data, created_at) \
               SELECT event_id, 'reward.claimed', jsonb_build_object('eventId', event_id, 'rewardId', reward_id, \
                 'playerId', player_id, 'rewardType', reward_type, 'amount', amount), $5 FROM r) \
             SELECT",
            "FROM r"
        ))
        .bind(claim.event_id)
        .bind(claim.player_id.as_str())
        .bind(claim.reward_type.as_str())
        .bind(claim.reward_id.as_ref().map(|id| id.as_str()))
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        if let Some(reward) = claimed {
            return Ok(ClaimOutcome::Claimed(reward));
        }
        let granted = self.rewards(claim.event_id, &claim.player_id).await?.into_iter().any(|reward| {
            reward.reward_type == claim.reward_type
                && claim.reward_id.as_ref().is_none_or(|id| reward.reward_id.as_ref() == Some(id))
        });
        Ok(if granted { ClaimOutcome::AlreadyClaimed } else { ClaimOutcome::NotGranted })
    }
}
