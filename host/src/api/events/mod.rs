//! `/events`: one file for each action.

mod cancel;
mod create;
mod get;
mod list;
mod rules;
mod settlement;
mod update;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::error::ApiError;
use crate::model::event::WorldEvent;

/// The routes of events.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_events, create::create_event))
        .routes(routes!(get::get_event, update::update_event, cancel::cancel_event))
        .routes(routes!(rules::put_event_rules))
        .routes(routes!(settlement::get_settlement, settlement::resume_settlement))
}

/// The event, or 404.
pub(super) async fn find(app: &App, id: Uuid) -> Result<WorldEvent, ApiError> {
    app.store.event(id).await?.ok_or_else(|| not_found(id))
}

/// 404 for an event.
pub(super) fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("event", id)
}
