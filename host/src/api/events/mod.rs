//! `/events`: one file for each action.

mod cancel;
mod create;
mod get;
mod list;
mod rules;
mod settlement;
mod update;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::error::ApiError;
use crate::live::LiveEvent;
use crate::model::event::WorldEvent;
use crate::model::{EventStatus, Time};

/// The routes of events.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_events, create::create_event))
        .routes(routes!(get::get_event, update::update_event, cancel::cancel_event))
        .routes(routes!(rules::put_event_rules))
        .routes(routes!(settlement::get_settlement, settlement::resume_settlement))
}

/// The event as it is held, or 404.
pub(super) async fn find(app: &App, id: Uuid) -> Result<Arc<LiveEvent>, ApiError> {
    app.live.event(id).await?.ok_or_else(|| not_found(id))
}

/// The event as the database has it, or 404: where a "no" must not rest on what was true seconds ago.
pub(super) async fn find_current(app: &App, id: Uuid) -> Result<Arc<LiveEvent>, ApiError> {
    app.live.current_event(id).await?.ok_or_else(|| not_found(id))
}

/// The event while it is open for joins and progress, or 409.
pub(super) async fn find_open(app: &App, id: Uuid, now: Time) -> Result<Arc<LiveEvent>, ApiError> {
    let held = find(app, id).await?;
    if held.event.status_at(now) == EventStatus::Active {
        return Ok(held);
    }
    let current = find_current(app, id).await?;
    match current.event.status_at(now) {
        EventStatus::Active => Ok(current),
        status => Err(not_open(status)),
    }
}

/// An event was edited: the next request sees it, and whoever watches the time looks again.
fn edited(app: &App, event: &WorldEvent) {
    app.live.event_edited(event.id, event.version);
    app.lifecycle.wake();
}

/// 409 for an event that is not active.
pub(super) fn not_open(status: EventStatus) -> ApiError {
    let message = match status {
        EventStatus::Announced => "the event has not started yet".to_owned(),
        status => format!("the event is {status}; joins and progress are for ACTIVE events"),
    };
    ApiError::conflict("EVENT_NOT_ACTIVE", message).with_details(serde_json::json!({ "status": status }))
}

/// 409 for rules that follow a draft which was replaced before the event had them.
fn draft_replaced() -> ApiError {
    ApiError::conflict("RULES_CHANGED", "the draft that the rules follow was replaced at the same time; try again")
}

/// 404 for an event.
pub(super) fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("event", id)
}
