//! `/events/{eventId}/analytics`

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::caller::{Caller, Permission};
use super::error::ApiError;
use super::extract::Path;
use super::{App, events};
use crate::model::EventAnalytics;

/// The routes of analytics.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_event_analytics))
}

/// Get the figures of an event
#[utoipa::path(
    get,
    path = "/events/{eventId}/analytics",
    operation_id = "getEventAnalytics",
    tag = "analytics",
    params(("eventId" = Uuid, Path, description = "The event")),
    responses(
        (status = 200, description = "The figures", body = EventAnalytics),
        (status = 404, description = "There is no such event"),
    )
)]
pub async fn get_event_analytics(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<EventAnalytics>, ApiError> {
    caller.require(Permission::ReadEvents)?;
    app.store.analytics(id).await?.map(Json).ok_or_else(|| events::not_found(id))
}
