//! `GET` and `POST /events/{eventId}/settlement`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::find_current;
use crate::api::caller::{Caller, Permission};
use crate::api::error::ApiError;
use crate::api::extract::Path;
use crate::api::{App, visibility};
use crate::model::settlement::{Settlement, SettlementState};

/// Get the settlement of an event
#[utoipa::path(
    get,
    path = "/events/{eventId}/settlement",
    operation_id = "getSettlement",
    tag = "events",
    params(("eventId" = Uuid, Path, description = "The event")),
    responses(
        (status = 200, description = "How far the payout has come", body = Settlement),
        (status = 404, description = "There is no such event"),
    )
)]
pub async fn get_settlement(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<Settlement>, ApiError> {
    caller.require(Permission::ReadEvents)?;
    Ok(Json(visibility::settlement(find_current(&app, id).await?.event.settlement.clone(), &caller)))
}

/// Go on with the settlement of an event
///
/// After a failure, once the rules are repaired. Goes on where it stood: what was paid stays, and nobody is paid twice.
#[utoipa::path(
    post,
    path = "/events/{eventId}/settlement",
    operation_id = "resumeSettlement",
    tag = "events",
    params(("eventId" = Uuid, Path, description = "The event")),
    responses(
        (status = 200, description = "How far the payout has come", body = Settlement),
        (status = 404, description = "There is no such event"),
        (status = 409, description = "There is nothing to settle"),
    )
)]
pub async fn resume_settlement(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<Settlement>, ApiError> {
    caller.require(Permission::ManageEvents)?;
    let event = Arc::clone(&find_current(&app, id).await?.event);
    let nothing = || {
        let message = format!("the event is {} and has no payout to settle", event.status);
        ApiError::conflict("NOTHING_TO_SETTLE", message)
    };
    let settlement = app.store.resume_settlement(id, app.clock.now()).await?.ok_or_else(nothing)?;
    if settlement.state == SettlementState::Done {
        return Err(ApiError::conflict("SETTLED", "the event is settled already; everybody is paid"));
    }
    app.live.event_edited(id, 0);
    app.lifecycle.wake();
    Ok(Json(settlement))
}
