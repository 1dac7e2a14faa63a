//! `POST /events/{eventId}/participants`

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::not_open;
use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::WithTag;
use crate::api::error::ApiError;
use crate::api::events;
use crate::api::extract::{Body, Path};
use crate::model::rules::Capability;
use crate::model::{EventStatus, ParticipantStatus, Participation, PlayerId};
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
        (status = 201, description = "The participation", body = Participation, headers(("ETag" = String))),
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
) -> Result<WithTag<Participation>, ApiError> {
    caller.require_for(Permission::Join, &player_id)?;
    let now = app.clock.now();
    let event = events::find(&app, id).await?;
    // What no rule can change is said before a rule is asked.
    if event.status_at(now) != EventStatus::Active {
        return Err(not_open(event.status_at(now)));
    }
    if event.has_rule(Capability::Eligibility) {
        match app.store.participation(id, &player_id).await?.map(|participation| participation.status) {
            Some(ParticipantStatus::Kicked) => return Err(kicked()),
            Some(status) if status.is_inside() => return Err(already_in(status)),
            Some(_) | None => {}
        }
        let attributes = app.store.attributes(&player_id).await?;
        let verdict = app.referee.admit(&event, &player_id, &attributes, now).await;
        if let Decision::Refused(refusal) = verdict.map_err(|failure| failure.into_api(&caller))? {
            return Err(refusal.into());
        }
    }
    let application = Application { event_id: id, player_id, id: Uuid::now_v7() };
    let outcome = app.store.join(std::slice::from_ref(&application), now).await?.pop();
    match outcome {
        Some(JoinOutcome::Joined(participation)) => {
            app.boards.note([&*participation]);
            Ok(WithTag::created(*participation))
        }
        Some(JoinOutcome::AlreadyIn(status)) => Err(already_in(status)),
        Some(JoinOutcome::Kicked) => Err(kicked()),
        Some(JoinOutcome::Full { capacity }) => {
            let message = format!("all {capacity} places are taken; a place is free again when somebody leaves");
            Err(ApiError::conflict("EVENT_FULL", message).with_details(json!({ "maxParticipants": capacity })))
        }
        Some(JoinOutcome::NotOpen(status)) => Err(not_open(status)),
        Some(JoinOutcome::NoEvent) => Err(events::not_found(id)),
        None => Err(ApiError::internal("the store gave no outcome for a join")),
    }
}

fn already_in(status: ParticipantStatus) -> ApiError {
    ApiError::conflict("ALREADY_JOINED", "the player takes part already").with_details(json!({ "status": status }))
}

fn kicked() -> ApiError {
    ApiError::conflict("KICKED", "the player was removed from this event and may not come back")
}
