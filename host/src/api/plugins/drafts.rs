//! `/plugins/{name}/drafts`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::caller::{Caller, Permission};
use crate::api::error::ApiError;
use crate::api::extract::{Path, RawBody};
use crate::api::{App, Message};
use crate::model::plugin::PluginDraft;
use crate::model::text::{DraftName, PluginName};
use crate::referee::check_parameters;

/// The drafts of a plugin.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftList {
    /// The drafts, by name.
    drafts: Vec<PluginDraft>,
}

/// List the drafts of a plugin
#[utoipa::path(
    get,
    path = "/plugins/{name}/drafts",
    operation_id = "listDrafts",
    tag = "plugins",
    params(("name" = PluginName, Path, description = "The plugin")),
    responses((status = 200, description = "The drafts; none for a plugin that nobody has heard of", body = DraftList))
)]
pub async fn list_drafts(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<PluginName>,
) -> Result<Json<DraftList>, ApiError> {
    caller.require(Permission::ManagePlugins)?;
    Ok(Json(DraftList { drafts: app.store.drafts(&name).await? }))
}

/// Get a draft
#[utoipa::path(
    get,
    path = "/plugins/{name}/drafts/{draft}",
    operation_id = "getDraft",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("draft" = DraftName, Path, description = "The draft"),
    ),
    responses(
        (status = 200, description = "The draft", body = PluginDraft),
        (status = 404, description = "There is no such draft"),
    )
)]
pub async fn get_draft(
    State(app): State<App>,
    caller: Caller,
    Path((name, draft)): Path<(PluginName, DraftName)>,
) -> Result<Json<PluginDraft>, ApiError> {
    caller.require(Permission::ManagePlugins)?;
    find_draft(&app, &name, &draft).await.map(Json)
}

/// The draft, or 404.
pub(super) async fn find_draft(app: &App, name: &PluginName, draft: &DraftName) -> Result<PluginDraft, ApiError> {
    app.store.draft(name, draft).await?.ok_or_else(|| unknown(name, draft))
}

fn unknown(name: &PluginName, draft: &DraftName) -> ApiError {
    ApiError::not_found("draft", format!("{draft} of {name}"))
}

/// A draft that was put in its place.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlacedDraft {
    /// The draft.
    #[serde(flatten)]
    draft: PluginDraft,
    /// The test events that go on with it.
    moved_events: Vec<Uuid>,
    /// The test events that follow it, but stay with the module they had, as their parameters do not fit.
    kept_events: Vec<KeptEvent>,
}

/// A test event that could not go on with a draft.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptEvent {
    /// The event.
    event_id: Uuid,
    /// What is wrong with its parameters.
    why: String,
}

/// Put a draft in its place
///
/// The body is the WebAssembly. A draft may be replaced at any time, by other bytes of the same version, and is for test
/// events only: those that follow it go on with the new bytes.
#[utoipa::path(
    put,
    path = "/plugins/{name}/drafts/{draft}",
    operation_id = "putDraft",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin; as in its manifest"),
        ("draft" = DraftName, Path, description = "The draft"),
    ),
    request_body(content_type = "application/wasm", content = Vec<u8>),
    responses(
        (status = 200, description = "The draft, replaced", body = PlacedDraft),
        (status = 201, description = "The draft, which is new", body = PlacedDraft),
        (status = 400, description = "The plugin cannot be used; code and message say why"),
        (status = 413, description = "The plugin is too large"),
        (status = 422, description = "The plugin fails when it is asked to describe itself"),
    )
)]
pub async fn put_draft(
    State(app): State<App>,
    caller: Caller,
    Path((name, draft)): Path<(PluginName, DraftName)>,
    RawBody(wasm): RawBody,
) -> Result<(StatusCode, Json<PlacedDraft>), ApiError> {
    caller.require(Permission::ManagePlugins)?;
    let now = app.clock.now();
    let module = app.referee.examine(&name, &wasm).await?;
    let draft = PluginDraft { draft, module, published_by: caller.subject().to_owned(), published_at: now };
    let placed = app.store.place_draft(&draft, &wasm, now, check_parameters).await?;
    for (id, version) in &placed.moved {
        app.live.event_edited(*id, *version);
    }
    let status = if placed.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let kept =
        placed.stayed.iter().map(|(event_id, refusal)| KeptEvent { event_id: *event_id, why: refusal.to_string() });
    let moved_events = placed.moved.iter().map(|(id, _)| *id).collect();
    Ok((status, Json(PlacedDraft { draft, moved_events, kept_events: kept.collect() })))
}

/// Delete a draft
///
/// Test events that follow it keep the module that they have.
#[utoipa::path(
    delete,
    path = "/plugins/{name}/drafts/{draft}",
    operation_id = "deleteDraft",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("draft" = DraftName, Path, description = "The draft"),
    ),
    responses(
        (status = 200, description = "Deleted", body = Message),
        (status = 404, description = "There is no such draft"),
    )
)]
pub async fn delete_draft(
    State(app): State<App>,
    caller: Caller,
    Path((name, draft)): Path<(PluginName, DraftName)>,
) -> Result<Json<Message>, ApiError> {
    caller.require(Permission::ManagePlugins)?;
    if app.store.remove_draft(&name, &draft).await? {
        Ok(Json(Message::new(format!("the draft {draft} of {name} is deleted"))))
    } else {
        Err(unknown(&name, &draft))
    }
}
