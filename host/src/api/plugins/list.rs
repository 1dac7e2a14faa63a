//! `GET /plugins`, `GET /plugins/{name}`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::Shared;
use crate::api::error::ApiError;
use crate::api::extract::{Path, Query};
use crate::api::paging::{PageSize, Pagination, page_request};
use crate::model::plugin::Plugin;
use crate::model::text::PluginName;

/// Which plugins.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListPlugins {
    /// At most how many.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// How many to pass over.
    #[param(minimum = 0, default = 0)]
    offset: Option<i64>,
}

/// A page of plugins.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginList {
    /// The plugins, by name.
    plugins: Vec<Plugin>,
    /// Where the page lies.
    pagination: Pagination,
}

/// List plugins
#[utoipa::path(
    get,
    path = "/plugins",
    operation_id = "listPlugins",
    tag = "plugins",
    params(ListPlugins),
    responses(
        (status = 200, description = "A page of plugins", body = PluginList),
        (status = 400, description = "A parameter is wrong"),
    )
)]
pub async fn list_plugins(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListPlugins>,
) -> Result<Json<PluginList>, ApiError> {
    caller.require(Permission::ReadPlugins)?;
    let page = page_request::<()>(query.limit, query.offset, None, PageSize { default: 20, max: 100 })?;
    let (plugins, total) = app.store.plugins(page.limit, page.offset).await?;
    let pagination = Pagination { limit: page.limit, offset: page.offset, total, next_cursor: None };
    Ok(Json(PluginList { plugins, pagination }))
}

/// Get a plugin
///
/// With all its versions, the newest first.
#[utoipa::path(
    get,
    path = "/plugins/{name}",
    operation_id = "getPlugin",
    tag = "plugins",
    params(("name" = PluginName, Path, description = "The plugin")),
    responses(
        (status = 200, description = "The plugin", body = Plugin),
        (status = 404, description = "Nothing was published under this name"),
    )
)]
pub async fn get_plugin(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<PluginName>,
) -> Result<Json<Shared<Plugin>>, ApiError> {
    caller.require(Permission::ReadPlugins)?;
    app.live.plugin(&name).await?.map(|plugin| Json(Shared(plugin))).ok_or_else(|| ApiError::not_found("plugin", name))
}
