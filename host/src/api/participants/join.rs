//! `POST /events/{eventId}/participants`

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::counter_refused;
use super::ranked::Ranked;
use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::WithTag;
use crate::api::error::ApiError;
use crate::api::events;
use crate::api::extract::{Body, Path};
use crate::live::LiveEvent;
use crate::model::participation::Admission;
use crate::model::rules::Capability;
use crate::model::{ParticipantStatus, PlayerId, Time};
use crate::referee::Decision;
use crate::store::participations::{Application, JoinOutcome};

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
    let admission = match admit(&app, &caller, &live, &player_id, now).await? {
        Ok(admission) => admission,
        // Who is in, or may not come back, is told so whatever the rule says.
        Err(refused) => return Err(standing(&app, id, player_id).await?.unwrap_or(refused)),
    };
    let application = Application { event_id: id, player_id, id: Uuid::now_v7(), admission };
    match app.live.join(application).await? {
        JoinOutcome::Joined(participation) => Ok(WithTag::created(Ranked::of(&app, participation))),
        JoinOutcome::AlreadyIn(status) => Err(already_in(status)),
        JoinOutcome::Kicked => Err(kicked()),
        JoinOutcome::Full { capacity } => {
            let message = format!("all {capacity} places are taken; a place is free again when somebody leaves");
            Err(ApiError::conflict("EVENT_FULL", message).with_details(json!({ "maxParticipants": capacity })))
        }
        JoinOutcome::NotOpen(status) => Err(events::not_open(status)),
        JoinOutcome::CounterRefused(refused) => Err(counter_refused(refused)),
        JoinOutcome::NoEvent => Err(events::not_found(id)),
    }
}

/// What the event's eligibility rule says, if it has one: what the player begins with, or why not.
async fn admit(
    app: &App,
    caller: &Caller,
    live: &LiveEvent,
    player: &PlayerId,
    now: Time,
) -> Result<Result<Admission, ApiError>, ApiError> {
    if !live.event.has_rule(Capability::Eligibility) {
        return Ok(Ok(Admission::default()));
    }
    let attributes = app.live.attributes(player).await?;
    Ok(match app.referee.admit(live.input(), player, &attributes, now).await {
        Ok(Decision::Granted(admission)) => Ok(admission),
        Ok(Decision::Refused(refusal)) => Err(refusal.into()),
        Err(failure) => Err(failure.into_api(caller)),
    })
}

/// Why a player cannot join who is known to the event already.
async fn standing(app: &App, id: Uuid, player: PlayerId) -> Result<Option<ApiError>, ApiError> {
    let participation = app.live.participation((id, player)).await?;
    Ok(match participation.map(|participation| participation.status) {
        Some(ParticipantStatus::Kicked) => Some(kicked()),
        Some(status) if status.is_inside() => Some(already_in(status)),
        Some(_) | None => None,
    })
}

fn already_in(status: ParticipantStatus) -> ApiError {
    ApiError::conflict("ALREADY_JOINED", "the player takes part already").with_details(json!({ "status": status }))
}

fn kicked() -> ApiError {
    ApiError::conflict("KICKED", "the player was removed from this event and may not come back")
}
