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
use super::caller::Caller;
use super::error::ApiError;
use crate::model::event::WorldEvent;
use crate::model::settlement::Settlement;

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

/// What of an event the caller may see: what is inside a rule that failed is for designers and operators.
fn visible(mut event: WorldEvent, caller: &Caller) -> WorldEvent {
    event.settlement = visible_settlement(event.settlement, caller);
    event
}

/// What of a settlement the caller may see.
fn visible_settlement(settlement: Settlement, caller: &Caller) -> Settlement {
    if caller.may_see_rules_inside() { settlement } else { settlement.without_details() }
}

/// 404 for an event.
pub(super) fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("event", id)
}
