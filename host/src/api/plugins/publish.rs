//! `POST /plugins/{name}/versions`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::error::ApiError;
use crate::api::extract::{Path, RawBody};
use crate::model::plugin::PluginVersion;
use crate::model::text::PluginName;
use crate::store::plugins::PublishOutcome;

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
    let version = PluginVersion {
        module: app.referee.examine(&name, &wasm).await?,
        yanked: false,
        published_by: caller.subject().to_owned(),
        published_at: app.clock.now(),
    };
    let outcome = app.store.publish(&version, &wasm).await?;
    app.live.plugin_changed(&name);
    match outcome {
        PublishOutcome::Published(version) => Ok((StatusCode::CREATED, Json(version))),
        PublishOutcome::Unchanged(version) => Ok((StatusCode::OK, Json(version))),
        PublishOutcome::Taken(known) => {
            let message = format!(
                "{} {} was published with other bytes; a version never changes, so raise the version",
                known.module.name, known.module.version
            );
            let details = serde_json::json!({ "published": known.module.digest, "sent": version.module.digest });
            Err(ApiError::conflict("VERSION_TAKEN", message).with_details(details))
        }
    }
}
