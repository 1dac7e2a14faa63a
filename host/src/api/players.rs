//! `/players/{playerId}`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::{Caller, Permission};
use super::error::ApiError;
use super::extract::{Body, Path, Query};
use super::paging::{PageSize, Pagination, page_request};
use crate::model::reward::EventReward;
use crate::model::{Object, Participation, PlayerId};

/// The routes of players.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_player_attributes, put_player_attributes))
        .routes(routes!(get_player_events))
        .routes(routes!(get_rewards_of_player))
}

const PAGE: PageSize = PageSize { default: 20, max: 100 };

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlayerList {
    /// At most how many.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// How many to pass over.
    #[param(minimum = 0, default = 0)]
    offset: Option<i64>,
    /// Go on behind the page that gave this as `nextCursor`.
    cursor: Option<String>,
}

/// Get a player's attributes
///
/// What eligibility and scoring rules see; empty if nobody has set any.
#[utoipa::path(
    get,
    path = "/players/{playerId}/attributes",
    operation_id = "getPlayerAttributes",
    tag = "players",
    params(("playerId" = PlayerId, Path, description = "The player")),
    responses((status = 200, description = "The attributes", body = Object))
)]
pub async fn get_player_attributes(
    State(app): State<App>,
    caller: Caller,
    Path(player): Path<PlayerId>,
) -> Result<Json<Object>, ApiError> {
    caller.require_for(Permission::ReadPlayer, &player)?;
    Ok(Json(app.live.attributes(&player).await?.object.clone()))
}

/// Set a player's attributes
///
/// Replaces them all: level, guild, faction, whatever the rules look at.
#[utoipa::path(
    put,
    path = "/players/{playerId}/attributes",
    operation_id = "putPlayerAttributes",
    tag = "players",
    params(("playerId" = PlayerId, Path, description = "The player")),
    request_body = Object,
    responses(
        (status = 200, description = "The attributes", body = Object),
        (status = 400, description = "The body is not a JSON object, or too large"),
    )
)]
pub async fn put_player_attributes(
    State(app): State<App>,
    caller: Caller,
    Path(player): Path<PlayerId>,
    Body(attributes): Body<Object>,
) -> Result<Json<Object>, ApiError> {
    caller.require_for(Permission::WriteAttributes, &player)?;
    app.live.set_attributes(&player, &attributes, app.clock.now()).await?;
    Ok(Json(attributes))
}

/// A page of a player's participations.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlayerEvents {
    /// The participations, the newest first.
    participations: Vec<Participation>,
    /// Where the page lies.
    pagination: Pagination,
}

/// List a player's participations
///
/// In all events, the newest first.
#[utoipa::path(
    get,
    path = "/players/{playerId}/events",
    operation_id = "getPlayerEvents",
    tag = "players",
    params(("playerId" = PlayerId, Path, description = "The player"), PlayerList),
    responses(
        (status = 200, description = "A page of participations", body = PlayerEvents),
        (status = 400, description = "A parameter is wrong"),
    )
)]
pub async fn get_player_events(
    State(app): State<App>,
    caller: Caller,
    Path(player): Path<PlayerId>,
    Query(query): Query<PlayerList>,
) -> Result<Json<PlayerEvents>, ApiError> {
    caller.require_for(Permission::ReadPlayer, &player)?;
    let page = page_request(query.limit, query.offset, query.cursor.as_deref(), PAGE)?;
    let found = app.store.participations_of_player(&player, &page).await?;
    let pagination = Pagination::of(&page, &found);
    Ok(Json(PlayerEvents { participations: found.items, pagination }))
}

/// A page of a player's rewards.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlayerRewards {
    /// The rewards, the newest first.
    rewards: Vec<EventReward>,
    /// Where the page lies.
    pagination: Pagination,
}

/// List a player's rewards
///
/// Of all events, the newest first.
#[utoipa::path(
    get,
    path = "/players/{playerId}/rewards",
    operation_id = "getRewardsOfPlayer",
    tag = "players",
    params(("playerId" = PlayerId, Path, description = "The player"), PlayerList),
    responses(
        (status = 200, description = "A page of rewards", body = PlayerRewards),
        (status = 400, description = "A parameter is wrong"),
    )
)]
pub async fn get_rewards_of_player(
    State(app): State<App>,
    caller: Caller,
    Path(player): Path<PlayerId>,
    Query(query): Query<PlayerList>,
) -> Result<Json<PlayerRewards>, ApiError> {
    caller.require_for(Permission::ReadRewards, &player)?;
    let page = page_request(query.limit, query.offset, query.cursor.as_deref(), PAGE)?;
    let found = app.store.rewards_of_player(&player, &page).await?;
    let pagination = Pagination::of(&page, &found);
    Ok(Json(PlayerRewards { rewards: found.items, pagination }))
}
