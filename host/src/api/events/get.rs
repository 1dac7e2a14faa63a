//! `GET /events/{eventId}`

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::find;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::{IfNoneMatch, Tagged};
use crate::api::error::ApiError;
use crate::api::extract::Path;
use crate::api::{App, visibility};
use crate::model::event::WorldEvent;
use crate::model::{EventAnalytics, Participation};
use crate::store::PageRequest;

/// How many participants the detail view shows.
const FIRST_PAGE: u32 = 20;

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
    let event = visibility::event(find(&app, id).await?, &caller);
    let first = PageRequest { limit: FIRST_PAGE, offset: 0, after: None };
    let page = app.store.participations(id, None, &first).await?.ok_or_else(|| super::not_found(id))?;
    let analytics = app.store.analytics(id, app.clock.now()).await?.ok_or_else(|| super::not_found(id))?;
    let participants = page.items.into_iter().map(|row| visibility::participation(row, &caller)).collect();
    Ok(if_none_match.respond(event.tag(), WorldEventDetail { event, participants, analytics }))
}
