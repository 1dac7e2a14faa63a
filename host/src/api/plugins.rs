//! `/plugins`

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use semver::Version;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::App;
use super::caller::{Caller, Permission};
use super::conditional::Shared;
use super::error::ApiError;
use super::extract::{BodyLimit, Path, Query, RawBody};
use super::paging::{PageSize, Pagination, page_request};
use crate::model::plugin::{Plugin, PluginVersion};
use crate::model::text::PluginName;
use crate::store::plugins::PublishOutcome;

/// The routes of plugins.
pub fn router(max_plugin_bytes: usize) -> OpenApiRouter<App> {
    // A little more than the limit, so that what is just too large is refused with words about plugins.
    let publish = routes!(publish_plugin_version).layer(Extension(BodyLimit(max_plugin_bytes.saturating_mul(2))));
    OpenApiRouter::new()
        .routes(routes!(list_plugins))
        .routes(routes!(get_plugin))
        .routes(publish)
        .routes(routes!(get_plugin_version))
        .routes(routes!(download_plugin_version))
        .routes(routes!(yank_plugin_version))
}

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

/// Publish a version of a plugin
///
/// The body is the WebAssembly: a core module or a component. Version, description, capabilities and the schema of the
/// parameters come from the plugin's own manifest. A version never changes: the same bytes again are 200.
#[utoipa::path(
    post,
    path = "/plugins/{name}/versions",
    operation_id = "publishPluginVersion",
    tag = "plugins",
    params(("name" = PluginName, Path, description = "The plugin; as in its manifest")),
    request_body(content_type = "application/wasm", content = Vec<u8>),
    responses(
        (status = 201, description = "Published", body = PluginVersion),
        (status = 200, description = "The same bytes were published before", body = PluginVersion),
        (status = 400, description = "The plugin cannot be used; code and message say why"),
        (status = 409, description = "Other bytes were published under this version"),
        (status = 413, description = "The plugin is too large"),
        (status = 422, description = "The plugin fails when it is asked to describe itself"),
    )
)]
pub async fn publish_plugin_version(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<PluginName>,
    RawBody(wasm): RawBody,
) -> Result<(StatusCode, Json<PluginVersion>), ApiError> {
    caller.require(Permission::ManagePlugins)?;
    let version = app.referee.examine(&name, &wasm, caller.subject(), app.clock.now()).await?;
    let outcome = app.store.publish(&version, &wasm).await?;
    app.live.plugin_changed(&name);
    match outcome {
        PublishOutcome::Published(version) => Ok((StatusCode::CREATED, Json(version))),
        PublishOutcome::Unchanged(version) => Ok((StatusCode::OK, Json(version))),
        PublishOutcome::Taken(known) => {
            let message = format!(
                "{} {} was published with other bytes; a version never changes, so raise the version",
                known.name, known.version
            );
            let details = serde_json::json!({ "published": known.digest, "sent": version.digest });
            Err(ApiError::conflict("VERSION_TAKEN", message).with_details(details))
        }
    }
}

async fn find_version(app: &App, name: &PluginName, version: &Version) -> Result<PluginVersion, ApiError> {
    let found = app.store.plugin_version(name, version).await?;
    found.ok_or_else(|| ApiError::not_found("plugin version", format!("{name} {version}")))
}

/// Get a version of a plugin
#[utoipa::path(
    get,
    path = "/plugins/{name}/versions/{version}",
    operation_id = "getPluginVersion",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("version" = String, Path, description = "The version"),
    ),
    responses(
        (status = 200, description = "The version", body = PluginVersion),
        (status = 404, description = "There is no such version"),
    )
)]
pub async fn get_plugin_version(
    State(app): State<App>,
    caller: Caller,
    Path((name, version)): Path<(PluginName, Version)>,
) -> Result<Json<PluginVersion>, ApiError> {
    caller.require(Permission::ReadPlugins)?;
    find_version(&app, &name, &version).await.map(Json)
}

/// Download a version of a plugin
///
/// The bytes as they were published.
#[utoipa::path(
    get,
    path = "/plugins/{name}/versions/{version}/wasm",
    operation_id = "downloadPluginVersion",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("version" = String, Path, description = "The version"),
    ),
    responses(
        (status = 200, description = "The WebAssembly", content_type = "application/wasm", body = Vec<u8>),
        (status = 404, description = "There is no such version"),
    )
)]
pub async fn download_plugin_version(
    State(app): State<App>,
    caller: Caller,
    Path((name, version)): Path<(PluginName, Version)>,
) -> Result<Response, ApiError> {
    caller.require(Permission::ReadPlugins)?;
    let found = find_version(&app, &name, &version).await?;
    let wasm = app.store.module(&found.digest).await?;
    let wasm = wasm.ok_or_else(|| ApiError::internal(format!("the module {} is missing", found.digest)))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/wasm"))], wasm).into_response())
}

/// Yank a version of a plugin
///
/// Events that have pinned it keep it; it cannot be pinned anew.
#[utoipa::path(
    post,
    path = "/plugins/{name}/versions/{version}/yank",
    operation_id = "yankPluginVersion",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("version" = String, Path, description = "The version"),
    ),
    responses(
        (status = 200, description = "The version, yanked", body = PluginVersion),
        (status = 404, description = "There is no such version"),
    )
)]
pub async fn yank_plugin_version(
    State(app): State<App>,
    caller: Caller,
    Path((name, version)): Path<(PluginName, Version)>,
) -> Result<Json<PluginVersion>, ApiError> {
    caller.require(Permission::ManagePlugins)?;
    let yanked = app.store.yank(&name, &version).await?;
    app.live.plugin_changed(&name);
    yanked.map(Json).ok_or_else(|| ApiError::not_found("plugin version", format!("{name} {version}")))
}
