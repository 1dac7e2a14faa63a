//! `DELETE /events/{eventId}`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use crate::api::App;
use crate::api::Message;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::IfMatch;
use crate::api::error::ApiError;
use crate::api::extract::Path;
use crate::model::{EventStatus, Refusal};

/// Cancel an event
///
/// Participants are told, nobody is paid; what was granted before stays claimable.
#[utoipa::path(
    delete,
    path = "/events/{eventId}",
    operation_id = "cancelEvent",
    tag = "events",
    params(("eventId" = Uuid, Path, description = "The event"), ("If-Match" = Option<String>, Header, description = "The ETag of the event that was read")),
    responses(
        (status = 200, description = "Cancelled", body = Message),
        (status = 404, description = "There is no such event"),
        (status = 409, description = "The event is over or was cancelled before"),
        (status = 412, description = "The event has changed since it was read"),
    )
)]
pub async fn cancel_event(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path(id): Path<Uuid>,
) -> Result<Json<Message>, ApiError> {
    caller.require(Permission::ManageEvents)?;
    let now = app.clock.now();
    let cancelled = app.store.edit_event(id, now, |event| {
        if_match.require(event)?;
        event.set_status(EventStatus::Cancelled, now).map_err(Refusal::from)?;
        Ok::<_, ApiError>(())
    });
    let event = cancelled.await?.ok_or_else(|| super::not_found(id))?;
    super::edited(&app, &event);
    Ok(Json(Message::new(format!("event \"{}\" was cancelled", event.name))))
}
