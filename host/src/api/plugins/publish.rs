//! `POST /plugins/{name}/versions`

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::error::ApiError;
use crate::api::extract::{Path, RawBody};
use crate::model::plugin::PluginVersion;
use crate::model::signature::{PluginSignature, SIGNATURE_HEADER, Signature};
use crate::model::text::PluginName;
use crate::store::plugins::PublishOutcome;

/// Publish a version of a plugin
///
/// The body is the WebAssembly: a core module or a component. Version, description, capabilities and the schema of the
/// parameters come from the plugin's own manifest. A version never changes: the same bytes again are 200, and may bring a
/// signature that the version has not yet. A server that trusts certain keys takes no version without a signature of one of
/// them.
#[utoipa::path(
    post,
    path = "/plugins/{name}/versions",
    operation_id = "publishPluginVersion",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin; as in its manifest"),
        ("Plugin-Signature" = Option<Signature>, Header, description = "An Ed25519 signature of the body"),
    ),
    request_body(content_type = "application/wasm", content = Vec<u8>),
    responses(
        (status = 201, description = "Published", body = PluginVersion),
        (status = 200, description = "The same bytes were published before", body = PluginVersion),
        (status = 400, description = "The plugin cannot be used; code and message say why"),
        (status = 403, description = "The role may not do this, or the signature is missing or of nobody who is trusted"),
        (status = 409, description = "Other bytes were published under this version"),
        (status = 413, description = "The plugin is too large"),
        (status = 422, description = "The plugin fails when it is asked to describe itself"),
    )
)]
pub async fn publish_plugin_version(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<PluginName>,
    headers: HeaderMap,
    RawBody(wasm): RawBody,
) -> Result<(StatusCode, Json<PluginVersion>), ApiError> {
    caller.require(Permission::ManagePlugins)?;
    // First of all: what nobody vouches for is not even compiled.
    let signature = vouched(&app, &headers, &wasm).await?;
    let version = PluginVersion {
        module: app.referee.examine(&name, &wasm).await?,
        yanked: false,
        published_by: caller.subject().to_owned(),
        published_at: app.clock.now(),
        signature,
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
            let details = json!({ "published": known.module.digest, "sent": version.module.digest });
            Err(ApiError::conflict("VERSION_TAKEN", message).with_details(details))
        }
    }
}

/// The signature that came with a module. Where certain keys are trusted, one of them must have made it.
async fn vouched(app: &App, headers: &HeaderMap, wasm: &Bytes) -> Result<Option<PluginSignature>, ApiError> {
    let header = headers.get(SIGNATURE_HEADER).map(|value| value.to_str().unwrap_or_default().parse::<Signature>());
    let signature = header.transpose().map_err(|error| ApiError::invalid("Plugin-Signature", error.to_string()))?;
    let Some(signers) = app.signers.clone() else {
        return Ok(signature.map(|value| PluginSignature { value, signer: None }));
    };
    let forbidden = |code: &str, message: &str| {
        let trusted: Vec<_> = signers.names().collect();
        ApiError::new(StatusCode::FORBIDDEN, code, message).with_details(json!({ "trusted": trusted }))
    };
    let Some(value) = signature else {
        let message = "this server takes signed plugins only; sign it with the key of somebody whom it trusts: \
                       `world-events plugin publish --sign KEY.pem`";
        return Err(forbidden("SIGNATURE_REQUIRED", message));
    };
    // A large plugin is read through once for each key, which takes longer than a thread that serves requests may be held up.
    let trusted = Arc::clone(&signers);
    let wasm = wasm.clone();
    let found = tokio::task::spawn_blocking(move || trusted.signer_of(&wasm, &value).map(str::to_owned));
    let Some(signer) = found.await.map_err(ApiError::internal)? else {
        let message = "the signature is not one of these bytes by anybody whom this server trusts";
        return Err(forbidden("SIGNATURE_WRONG", message));
    };
    Ok(Some(PluginSignature { value, signer: Some(signer) }))
}
