//! `POST /events/{eventId}/participants`

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::counter_refused;
use super::door::Door;
use super::ranked::Ranked;
use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::WithTag;
use crate::api::error::ApiError;
use crate::api::events;
use crate::api::extract::{Body, Path};
use crate::model::{ParticipantStatus, PlayerId};
use crate::store::participations::JoinOutcome;

/// Who joins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JoinEventRequest)]
pub struct JoinEvent {
    /// The player.
    player_id: PlayerId,
}

/// Join an event
///
/// The event's eligibility rule decides, then the room that is left. Who left may come back the same way, with the score
/// kept.
#[utoipa::path(
    post,
    path = "/events/{eventId}/participants",
    operation_id = "joinEvent",
    tag = "participants",
    params(("eventId" = Uuid, Path, description = "The event")),
    request_body = JoinEvent,
    responses(
        (status = 201, description = "The participation", body = Ranked, headers(("ETag" = String))),
        (status = 400, description = "A member is wrong"),
        (status = 404, description = "There is no such event"),
        (status = 409, description = "In already, no room, not eligible, removed, or the event is not active"),
    )
)]
pub async fn join_event(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(JoinEvent { player_id }): Body<JoinEvent>,
) -> Result<WithTag<Ranked>, ApiError> {
    caller.require_for(Permission::Join, &player_id)?;
    let now = app.clock.now();
    let live = events::find_open(&app, id, now).await?;
    let door = Door { app, caller, live, player: player_id, now };
    let mut outcome = door.enter(None).await?;
    if let JoinOutcome::LeftBefore(before) = outcome {
        outcome = door.enter(Some(before)).await?;
    }
    let app = &door.app;
    match outcome {
        JoinOutcome::Joined(participation) => Ok(WithTag::created(Ranked::of(app, participation))),
        JoinOutcome::AlreadyIn(status) => Err(already_in(status)),
        JoinOutcome::Kicked => Err(kicked()),
        JoinOutcome::Full { capacity } => {
            let message = format!("all {capacity} places are taken; a place is free again when somebody leaves");
            Err(ApiError::conflict("EVENT_FULL", message).with_details(json!({ "maxParticipants": capacity })))
        }
        JoinOutcome::NotOpen(status) => Err(events::not_open(status)),
        JoinOutcome::CounterRefused(refused) => Err(counter_refused(refused)),
        JoinOutcome::NoEvent => Err(events::not_found(id)),
        JoinOutcome::LeftBefore(_) => Err(ApiError::internal("a player who came back was not recognised")),
    }
}

fn already_in(status: ParticipantStatus) -> ApiError {
    ApiError::conflict("ALREADY_JOINED", "the player takes part already").with_details(json!({ "status": status }))
}

fn kicked() -> ApiError {
    ApiError::conflict("KICKED", "the player was removed from this event and may not come back")
}
