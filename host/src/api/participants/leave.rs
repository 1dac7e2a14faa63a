//! `DELETE /events/{eventId}/participants/{playerId}`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::{find, written};
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::IfMatch;
use crate::api::error::ApiError;
use crate::api::extract::Path;
use crate::api::{App, Message, events};
use crate::model::{ParticipantStatus, Participation, PlayerId, Refusal};
use crate::store::participations::Change;

/// Leave an event
///
/// Frees the place. Score and progress are kept for coming back, which is possible while the event is active.
#[utoipa::path(
    delete,
    path = "/events/{eventId}/participants/{playerId}",
    operation_id = "leaveEvent",
    tag = "participants",
    params(
        ("eventId" = Uuid, Path, description = "The event"),
        ("playerId" = PlayerId, Path, description = "The player"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the participation that was read"),
    ),
    responses(
        (status = 200, description = "Left", body = Message),
        (status = 404, description = "There is no such event, or the player is not in it"),
        (status = 409, description = "The player has completed it, is gone already, or the event is not active"),
        (status = 412, description = "The participation has changed since it was read"),
    )
)]
pub async fn leave_event(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path((id, player)): Path<(Uuid, PlayerId)>,
) -> Result<Json<Message>, ApiError> {
    caller.require_for(Permission::Join, &player)?;
    let event = events::find(&app, id).await?;
    let now = app.clock.now();
    loop {
        let participation = find(&app, id, &player).await?;
        if_match.require(&*participation)?;
        participation.status.step(ParticipantStatus::Left).map_err(Refusal::from)?;
        let mut change = Change::of(Participation::clone(&participation));
        change.set_status(ParticipantStatus::Left, now);
        change.after.last_activity = now;
        if written(app.live.change(change).await?, &player)?.is_some() {
            break;
        }
    }
    Ok(Json(Message::new(format!("{player} left \"{}\"", event.event.name))))
}
