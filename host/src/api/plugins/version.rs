//! `/plugins/{name}/versions/{version}`

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use semver::Version;
use serde_json::json;

use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::error::ApiError;
use crate::api::extract::Path;
use crate::model::plugin::PluginVersion;
use crate::model::signature::{SIGNATURE_HEADER, Signature};
use crate::model::text::PluginName;
use crate::store::plugins::YankOutcome;

/// The version, or 404.
pub(super) async fn find_version(app: &App, name: &PluginName, version: &Version) -> Result<PluginVersion, ApiError> {
    let found = app.store.plugin_version(name, version).await?;
    found.ok_or_else(|| unknown(name, version))
}

fn unknown(name: &PluginName, version: &Version) -> ApiError {
    ApiError::not_found("plugin version", format!("{name} {version}"))
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
        (
            status = 200,
            description = "The WebAssembly",
            content_type = "application/wasm",
            body = Vec<u8>,
            headers(("Plugin-Signature" = Option<Signature>, description = "The signature that the version carries")),
        ),
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
    let wasm = app.store.module(&found.module.digest).await?;
    let wasm = wasm.ok_or_else(|| ApiError::internal(format!("the module {} is missing", found.module.digest)))?;
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static("application/wasm"))], wasm).into_response();
    if let Some(signature) = found.signature {
        let value = HeaderValue::try_from(signature.value.to_string()).map_err(ApiError::internal)?;
        response.headers_mut().insert(SIGNATURE_HEADER, value);
    }
    Ok(response)
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
        (status = 409, description = "A channel is at this version"),
    )
)]
pub async fn yank_plugin_version(
    State(app): State<App>,
    caller: Caller,
    Path((name, version)): Path<(PluginName, Version)>,
) -> Result<Json<PluginVersion>, ApiError> {
    caller.require(Permission::ManagePlugins)?;
    let outcome = app.store.yank(&name, &version).await?;
    app.live.plugin_changed(&name);
    match outcome {
        YankOutcome::Yanked(version) => Ok(Json(*version)),
        YankOutcome::Deployed(channel) => {
            let message = format!("the channel {channel} is at {name} {version}; move it to another version first");
            Err(ApiError::conflict("VERSION_DEPLOYED", message).with_details(json!({ "channel": channel })))
        }
        YankOutcome::Unknown => Err(unknown(&name, &version)),
    }
}
