//! `GET /events`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::caller::{Caller, Permission};
use crate::api::error::ApiError;
use crate::api::extract::Query;
use crate::api::paging::{PageSize, Pagination, page_request};
use crate::api::{App, visibility};
use crate::model::event::{EventType, WorldEvent};
use crate::model::{EventStatus, Object, Region};
use crate::store::events::EventFilter;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListEvents {
    /// Only in this region.
    #[param(value_type = Option<String>, min_length = 1, max_length = 100)]
    region: Option<Region>,
    /// Only of this kind.
    #[serde(rename = "type")]
    kind: Option<EventType>,
    /// Only in this status.
    #[serde(default = "active")]
    #[param(default = "ACTIVE", required = false)]
    status: EventStatus,
    /// Only with `eventData` that contains this JSON object, such as `{"boss":"hydra"}`.
    event_data: Option<String>,
    /// Only test events, which are not listed otherwise; not for players.
    #[serde(default)]
    #[param(default = false, required = false)]
    test: bool,
    /// At most how many.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// How many to pass over.
    #[param(minimum = 0, default = 0)]
    offset: Option<i64>,
    /// Go on behind the page that gave this as `nextCursor`.
    cursor: Option<String>,
}

fn active() -> EventStatus {
    EventStatus::Active
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventList {
    /// The events, the newest start first.
    events: Vec<WorldEvent>,
    /// Where the page lies.
    pagination: Pagination,
}

/// List events
///
/// The newest start first.
#[utoipa::path(
    get,
    path = "/events",
    operation_id = "listEvents",
    tag = "events",
    params(ListEvents),
    responses((status = 200, description = "A page of events", body = EventList), (status = 400, description = "A parameter is wrong"))
)]
pub async fn list_events(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListEvents>,
) -> Result<Json<EventList>, ApiError> {
    caller.require(if query.test { Permission::ReadTestEvents } else { Permission::ReadEvents })?;
    let page = page_request(query.limit, query.offset, query.cursor.as_deref(), PageSize { default: 20, max: 100 })?;
    let filter = EventFilter {
        region: query.region,
        kind: query.kind,
        status: Some(query.status),
        event_data: query.event_data.as_deref().map(json_object).transpose()?,
        test: query.test,
    };
    let found = app.store.events(&filter, &page).await?;
    let pagination = Pagination::of(&page, &found);
    let events = found.items.into_iter().map(|event| visibility::event(event, &caller)).collect();
    Ok(Json(EventList { events, pagination }))
}

fn json_object(text: &str) -> Result<Object, ApiError> {
    serde_json::from_str(text)
        .map_err(|error| ApiError::invalid("eventData", format!("must be a JSON object: {error}")))
}
