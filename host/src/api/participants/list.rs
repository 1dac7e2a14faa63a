//! `GET /events/{eventId}/participants`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::caller::{Caller, Permission};
use crate::api::error::ApiError;
use crate::api::events;
use crate::api::extract::{Path, Query};
use crate::api::paging::{PageSize, Pagination, page_request};
use crate::api::{App, visibility};
use crate::model::{ParticipantStatus, Participation};

/// Which participants.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParticipants {
    /// Only in this status.
    status: Option<ParticipantStatus>,
    /// At most how many.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
    /// How many to pass over.
    #[param(minimum = 0, default = 0)]
    offset: Option<i64>,
    /// Go on behind the page that gave this as `nextCursor`.
    cursor: Option<String>,
}

/// A page of participants.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParticipantList {
    /// The participants, who joined first stands first.
    participants: Vec<Participation>,
    /// Where the page lies.
    pagination: Pagination,
}

/// List the participants of an event
///
/// Who joined first stands first. Players see the others without `progressData`.
#[utoipa::path(
    get,
    path = "/events/{eventId}/participants",
    operation_id = "getEventParticipants",
    tag = "participants",
    params(("eventId" = Uuid, Path, description = "The event"), ListParticipants),
    responses(
        (status = 200, description = "A page of participants", body = ParticipantList),
        (status = 400, description = "A parameter is wrong"),
        (status = 404, description = "There is no such event"),
    )
)]
pub async fn get_event_participants(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<ListParticipants>,
) -> Result<Json<ParticipantList>, ApiError> {
    caller.require(Permission::ReadParticipations)?;
    let page = page_request(query.limit, query.offset, query.cursor.as_deref(), PageSize { default: 50, max: 100 })?;
    let found = app.store.participations(id, query.status, &page).await?.ok_or_else(|| events::not_found(id))?;
    let pagination = Pagination::of(&page, &found);
    let participants = found.items.into_iter().map(|row| visibility::participation(row, &caller)).collect();
    Ok(Json(ParticipantList { participants, pagination }))
}
