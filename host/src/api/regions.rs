//! `/regions/{region}`

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::{Caller, Permission};
use super::error::ApiError;
use super::extract::{Body, Path};
use crate::model::Region;
use crate::model::number::Population;

/// The routes of regions.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_region, put_region))
}

/// What is known of a region.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegionInfo {
    /// The region.
    region: Region,
    /// How many people live there; what participation rates are shares of.
    population: Population,
    /// When it was last set.
    updated_at: DateTime<Utc>,
}

/// What to note of a region.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutRegionRequest)]
pub struct PutRegion {
    /// How many people live there.
    population: Population,
}

/// Get a region
#[utoipa::path(
    get,
    path = "/regions/{region}",
    operation_id = "getRegion",
    tag = "regions",
    params(("region" = Region, Path, description = "The region")),
    responses(
        (status = 200, description = "What is known of it", body = RegionInfo),
        (status = 404, description = "Nothing is known of it"),
    )
)]
pub async fn get_region(
    State(app): State<App>,
    caller: Caller,
    Path(region): Path<Region>,
) -> Result<Json<RegionInfo>, ApiError> {
    caller.require(Permission::ReadEvents)?;
    let known = app.store.population(&region).await?;
    let (population, updated_at) = known.ok_or_else(|| ApiError::not_found("region", &region))?;
    Ok(Json(RegionInfo { region, population, updated_at }))
}

/// Set what is known of a region
#[utoipa::path(
    put,
    path = "/regions/{region}",
    operation_id = "putRegion",
    tag = "regions",
    params(("region" = Region, Path, description = "The region")),
    request_body = PutRegion,
    responses(
        (status = 200, description = "What is known of it", body = RegionInfo),
        (status = 400, description = "A member is wrong"),
    )
)]
pub async fn put_region(
    State(app): State<App>,
    caller: Caller,
    Path(region): Path<Region>,
    Body(PutRegion { population }): Body<PutRegion>,
) -> Result<Json<RegionInfo>, ApiError> {
    caller.require(Permission::ManageRegions)?;
    let updated_at = app.clock.now();
    app.store.set_population(&region, population, updated_at).await?;
    // Events show the share of the population that takes part.
    app.live.events_changed();
    Ok(Json(RegionInfo { region, population, updated_at }))
}
