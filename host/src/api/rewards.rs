//! `/events/{eventId}/rewards`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::caller::{Caller, Permission};
use super::error::ApiError;
use super::extract::{Body, Path, Query};
use super::{App, events};
use crate::model::EventStatus;
use crate::model::PlayerId;
use crate::model::event::WorldEvent;
use crate::model::reward::{EventReward, RewardType};
use crate::model::rules::Capability;
use crate::model::settlement::SettlementState;
use crate::model::text::RewardId;
use crate::store::claims::{Claim, ClaimOutcome};

/// The routes of rewards.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_player_rewards, claim_reward))
}

/// Whose rewards.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct RewardsOf {
    /// The player.
    #[param(value_type = String, min_length = 1, max_length = 100)]
    player_id: PlayerId,
}

/// The rewards of a player.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardList {
    /// The rewards, the oldest first.
    rewards: Vec<EventReward>,
}

/// Get a player's rewards of an event
#[utoipa::path(
    get,
    path = "/events/{eventId}/rewards",
    operation_id = "getPlayerRewards",
    tag = "rewards",
    params(("eventId" = Uuid, Path, description = "The event"), RewardsOf),
    responses(
        (status = 200, description = "The rewards", body = RewardList),
        (status = 400, description = "The player is missing or malformed"),
        (status = 404, description = "There is no such event"),
    )
)]
pub async fn get_player_rewards(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(RewardsOf { player_id }): Query<RewardsOf>,
) -> Result<Json<RewardList>, ApiError> {
    caller.require_for(Permission::ReadRewards, &player_id)?;
    events::find(&app, id).await?;
    Ok(Json(RewardList { rewards: app.store.rewards(id, &player_id).await? }))
}

/// What is claimed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClaimRewardRequest)]
pub struct ClaimReward {
    /// Who claims.
    player_id: PlayerId,
    /// What it is made of.
    reward_type: RewardType,
    /// Which one; left out, the oldest of that type that waits.
    reward_id: Option<RewardId>,
}

/// Claim a reward
///
/// A reward is claimed once. Where a payout rule decides, rewards can be claimed when the settlement is done.
#[utoipa::path(
    post,
    path = "/events/{eventId}/rewards",
    operation_id = "claimReward",
    tag = "rewards",
    params(("eventId" = Uuid, Path, description = "The event")),
    request_body = ClaimReward,
    responses(
        (status = 200, description = "The reward, claimed", body = EventReward),
        (status = 400, description = "A member is wrong"),
        (status = 404, description = "There is no such event, or the reward was never granted"),
        (status = 409, description = "Claimed already, or the settlement is not done"),
    )
)]
pub async fn claim_reward(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(request): Body<ClaimReward>,
) -> Result<Json<EventReward>, ApiError> {
    let ClaimReward { player_id, reward_type, reward_id } = request;
    caller.require_for(Permission::Claim, &player_id)?;
    let mut live = events::find(&app, id).await?;
    if awaits_settlement(&live.event) {
        live = events::find_current(&app, id).await?;
    }
    if awaits_settlement(&live.event) {
        return Err(not_settled(live.event.settlement.state));
    }
    let which = reward_id.as_ref().map(|id| format!(" \"{id}\"")).unwrap_or_default();
    let claim = Claim { event_id: id, player_id, reward_type, reward_id, id: Uuid::now_v7() };
    let mut outcome = app.live.claim(claim.clone()).await?;
    // Of several claims of one player at once, each takes another reward, as long as one waits.
    while outcome == ClaimOutcome::Superseded {
        outcome = app.live.claim(claim.clone()).await?;
    }
    match outcome {
        ClaimOutcome::Claimed(reward) => Ok(Json(*reward)),
        ClaimOutcome::AlreadyClaimed => {
            let message = format!("the reward {reward_type}{which} was claimed before");
            Err(ApiError::conflict("ALREADY_CLAIMED", message))
        }
        ClaimOutcome::NotSettled => Err(not_settled(SettlementState::Running)),
        ClaimOutcome::Superseded => Err(ApiError::internal("a claim was left undecided")),
        ClaimOutcome::NotGranted => Err(ApiError::not_found("reward", format!("{reward_type}{which}"))),
    }
}

fn not_settled(state: SettlementState) -> ApiError {
    let message = "rewards of this event can be claimed when its settlement is done";
    ApiError::conflict("NOT_SETTLED", message).with_details(serde_json::json!({ "settlement": state }))
}

/// Whether rewards have been granted, or will be, that cannot be claimed yet.
fn awaits_settlement(event: &WorldEvent) -> bool {
    event.status == EventStatus::Completed
        && event.has_rule(Capability::Rewards)
        && event.settlement.state != SettlementState::Done
}
