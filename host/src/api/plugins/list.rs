//! `GET /plugins`, `GET /plugins/{name}`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use semver::Version;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::Shared;
use crate::api::error::ApiError;
use crate::api::extract::{Path, Query};
use crate::api::paging::{PageSize, Pagination, page_request};
use crate::model::plugin::{CallTotals, EventCounts, Plugin, PluginUses, TemplateUse};
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

/// A plugin with its versions, and who uses which.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginDetail {
    /// The plugin.
    #[serde(flatten)]
    #[schema(value_type = Plugin)]
    plugin: Shared<Plugin>,
    /// Who uses which version, and what its calls came to: the newest version first.
    usage: Vec<VersionUse>,
    /// The templates that follow a draft.
    draft_templates: Vec<TemplateUse>,
}

/// Who uses a version, and what its calls came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionUse {
    /// The version.
    #[schema(value_type = String)]
    version: Version,
    /// The templates whose events would get it now: they name it, follow a channel that is at it, or name none, and it is
    /// the newest.
    templates: Vec<TemplateUse>,
    /// The events that have pinned it.
    events: EventCounts,
    /// Its calls, those of drafts of this version among them.
    calls: Vec<CallTotals>,
}

impl PluginDetail {
    fn new(plugin: Arc<Plugin>, uses: PluginUses) -> Self {
        let PluginUses { templates, mut events, mut calls } = uses;
        let (draft_templates, templates): (Vec<_>, Vec<_>) =
            templates.into_iter().partition(|template| template.draft.is_some());
        let gets = |template: &TemplateUse, version: &Version| {
            let deployed = template.channel.as_ref().map(|channel| plugin.channels.get(channel));
            deployed.unwrap_or(template.version.as_ref().or(plugin.latest.as_ref())) == Some(version)
        };
        let usage = plugin.versions.iter().map(|known| {
            let version = &known.module.version;
            VersionUse {
                version: version.clone(),
                templates: templates.iter().filter(|template| gets(template, version)).cloned().collect(),
                events: events.remove(version).unwrap_or_default(),
                calls: calls.remove(version).unwrap_or_default(),
            }
        });
        Self { usage: usage.collect(), plugin: Shared(plugin), draft_templates }
    }
}

/// Get a plugin
///
/// With all its versions, the newest first: who uses which, and what its calls came to, on all servers, but for the last
/// seconds.
#[utoipa::path(
    get,
    path = "/plugins/{name}",
    operation_id = "getPlugin",
    tag = "plugins",
    params(("name" = PluginName, Path, description = "The plugin")),
    responses(
        (status = 200, description = "The plugin", body = PluginDetail),
        (status = 404, description = "Nothing was published under this name"),
    )
)]
pub async fn get_plugin(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<PluginName>,
) -> Result<Json<PluginDetail>, ApiError> {
    caller.require(Permission::ReadPlugins)?;
    let plugin = app.live.plugin(&name).await?.ok_or_else(|| ApiError::not_found("plugin", &name))?;
    Ok(Json(PluginDetail::new(plugin, app.store.plugin_uses(&name).await?)))
}
