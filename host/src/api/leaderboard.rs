//! `GET /events/{eventId}/leaderboard`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::caller::{Caller, Permission};
use super::error::ApiError;
use super::extract::{Path, Query};
use super::paging::{PageSize, page_request};
use super::{App, events};
use crate::model::PlayerId;
use crate::store::standings::{Rank, StandingKey};
use crate::store::{Cursor, PageRequest};

/// The routes of leaderboards.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_leaderboard))
}

/// Which part of the leaderboard.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LeaderboardQuery {
    /// At most how many.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// Go on behind the page that gave this as `nextCursor`.
    cursor: Option<String>,
    /// The part with this player in its middle; not together with `cursor`.
    around: Option<PlayerId>,
}

/// A part of the leaderboard.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Leaderboard)]
pub struct LeaderboardPage {
    /// The places, best first. Equal scores share a rank; among them, who reached the score first stands first.
    entries: Vec<Rank>,
    /// How many players stand in all.
    total: u64,
    /// What to give as `cursor` for those behind; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Get the leaderboard of an event
///
/// Those who take part or have completed the event, best score first. A score shows at once on the server that took it,
/// and on others within 5 seconds.
#[utoipa::path(
    get,
    path = "/events/{eventId}/leaderboard",
    operation_id = "getLeaderboard",
    tag = "leaderboards",
    params(("eventId" = Uuid, Path, description = "The event"), LeaderboardQuery),
    responses(
        (status = 200, description = "A part of the leaderboard", body = LeaderboardPage),
        (status = 400, description = "A parameter is wrong"),
        (status = 404, description = "There is no such event, or the player does not stand on it"),
    )
)]
pub async fn get_leaderboard(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<LeaderboardQuery>,
) -> Result<Json<LeaderboardPage>, ApiError> {
    caller.require(Permission::ReadEvents)?;
    let size = PageSize { default: 20, max: 100 };
    let page: PageRequest<StandingKey> = page_request(query.limit, None, query.cursor.as_deref(), size)?;
    if query.cursor.is_some() && query.around.is_some() {
        return Err(ApiError::invalid("cursor", "may not be given together with around"));
    }
    let live = events::find(&app, id).await?;
    let found = match &query.around {
        Some(player) => {
            let found = app.boards.around(&live.event, player, page.limit).await?;
            found.ok_or_else(|| ApiError::not_found("participant", player))?
        }
        None => app.boards.page(&live.event, page.after.as_ref().map(|cursor| &cursor.0), page.limit).await?,
    };
    let last = found.entries.last().filter(|_| found.more);
    let next_cursor = last.map(|last| Cursor((last.score, last.score_at, last.player_id.clone())).encode());
    Ok(Json(LeaderboardPage { entries: found.entries, total: found.total, next_cursor }))
}
