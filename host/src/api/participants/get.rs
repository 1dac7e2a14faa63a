//! `GET /events/{eventId}/participants/{playerId}`

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::caller::{Caller, Permission, Scope};
use crate::api::conditional::{IfNoneMatch, Tagged};
use crate::api::error::ApiError;
use crate::api::extract::Path;
use crate::api::{App, events, visibility};
use crate::model::reward::EventReward;
use crate::model::{Participation, PlayerId};

/// A participation with its rewards.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventParticipantDetail)]
pub struct ParticipationDetail {
    #[serde(flatten)]
    participation: Participation,
    /// What the player was granted; players see their own only.
    rewards: Vec<EventReward>,
    /// The place on the leaderboard, from 1; absent for who has left or was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u64>,
}

/// Get a player's participation
///
/// With what the player was granted. Players see others without `progressData` and rewards.
#[utoipa::path(
    get,
    path = "/events/{eventId}/participants/{playerId}",
    operation_id = "getPlayerParticipation",
    tag = "participants",
    params(("eventId" = Uuid, Path, description = "The event"), ("playerId" = PlayerId, Path, description = "The player")),
    responses(
        (status = 200, description = "The participation", body = ParticipationDetail, headers(("ETag" = String))),
        (status = 404, description = "There is no such event, or the player is not in it"),
    )
)]
pub async fn get_player_participation(
    State(app): State<App>,
    caller: Caller,
    if_none_match: IfNoneMatch,
    Path((id, player)): Path<(Uuid, PlayerId)>,
) -> Result<Response, ApiError> {
    caller.require(Permission::ReadParticipations)?;
    let participation = super::find(&app, id, &player).await?;
    let sees_rewards = caller.is_player(&player) || Permission::ReadRewards.scope(caller.role()) == Scope::Anybody;
    let rewards = if sees_rewards { app.store.rewards(id, &player).await? } else { Vec::new() };
    // Rewards come and are claimed without a change of the participation.
    let claimed = rewards.iter().filter(|reward| reward.claimed).count();
    let rank = if participation.status.is_inside() {
        let event = events::find(&app, id).await?.event.clone();
        app.boards.rank(&event, &player).await?.map(|standing| standing.rank)
    } else {
        None
    };
    // So does the rank, with the scores of others.
    let tag = format!("\"{}.{}.{claimed}.{}\"", participation.version(), rewards.len(), rank.unwrap_or(0));
    let participation = visibility::participation(Participation::clone(&participation), &caller);
    Ok(if_none_match.respond(tag, ParticipationDetail { participation, rewards, rank }))
}
