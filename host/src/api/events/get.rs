//! `GET /events/{eventId}`

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::find;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::{IfNoneMatch, Tagged, json_bytes, not_modified};
use crate::api::error::ApiError;
use crate::api::extract::Path;
use crate::api::{App, visibility};
use crate::auth::Role;
use crate::live::{EventDetail, View};
use crate::model::event::WorldEvent;
use crate::model::{EventAnalytics, Participation};

/// An event with those who joined first, and its figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorldEventDetail {
    #[serde(flatten)]
    event: WorldEvent,
    /// Those who joined first; the rest is at `/events/{eventId}/participants`.
    participants: Vec<Participation>,
    /// Its figures.
    analytics: EventAnalytics,
}

/// Get an event
///
/// With those who joined first, and its figures. `If-None-Match` with the last `ETag` answers 304 while nothing of the
/// event itself has changed.
#[utoipa::path(
    get,
    path = "/events/{eventId}",
    operation_id = "getEvent",
    tag = "events",
    params(("eventId" = Uuid, Path, description = "The event"), ("If-None-Match" = Option<String>, Header, description = "The ETag that the client has")),
    responses(
        (status = 200, description = "The event", body = WorldEventDetail, headers(("ETag" = String))),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "There is no such event"),
    )
)]
pub async fn get_event(
    State(app): State<App>,
    caller: Caller,
    if_none_match: IfNoneMatch,
    Path(id): Path<Uuid>,
) -> Result<Response, ApiError> {
    caller.require(Permission::ReadEvents)?;
    let live = find(&app, id).await?;
    let tag = live.event.tag();
    if if_none_match.has(&tag) {
        return Ok(not_modified(tag));
    }
    let detail = app.live.detail(&live).await?.ok_or_else(|| super::not_found(id))?;
    let write = || {
        let event = visibility::event(WorldEvent::clone(&live.event), &caller);
        let participants = detail.participants.iter().cloned();
        let participants = participants.map(|row| visibility::participation(row, &caller)).collect();
        let body = WorldEventDetail { event, participants, analytics: detail.analytics.clone() };
        serde_json::to_vec(&body).map(Bytes::from)
    };
    let body = match view(&caller, &detail) {
        Some(view) => detail.written(view, write),
        None => write(),
    };
    Ok(json_bytes(tag, body.map_err(ApiError::internal)?))
}

/// Who sees the same as others. A player who is shown sees more of itself than of the others.
fn view(caller: &Caller, detail: &EventDetail) -> Option<View> {
    if caller.may_see_rules_inside() {
        return Some(View::Inside);
    }
    if caller.role() != Role::Player {
        return Some(View::Trusted);
    }
    let is_shown = detail.participants.iter().any(|participation| caller.is_player(&participation.player_id));
    (!is_shown).then_some(View::Player)
}
