//! `/templates`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::caller::{Caller, Permission};
use super::conditional::{IfMatch, IfNoneMatch, Shared, Tagged, WithTag};
use super::error::ApiError;
use super::extract::{Body, Path, Query};
use super::paging::{PageSize, Pagination, page_request};
use crate::model::event::{Difficulty, EventType};
use crate::model::number::{Capacity, Minutes};
use crate::model::patch::{Patch, set};
use crate::model::rules::RulesReference;
use crate::model::text::Description;
use crate::model::{EventTemplate, Name, Object, ObjectList, Region};
use crate::referee::Drafts;
use crate::store::templates::TemplateFilter;

/// The routes of templates.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_event_templates, create_event_template)).routes(routes!(
        get_event_template,
        update_event_template,
        deactivate_event_template
    ))
}

/// The most regions that a template may name.
const MAX_REGIONS: usize = 100;

/// Which templates.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListTemplates {
    /// Only of this kind.
    #[serde(rename = "type")]
    kind: Option<EventType>,
    /// Only this hard.
    difficulty: Option<Difficulty>,
    /// At most how many.
    #[param(minimum = 1, maximum = 50, default = 20)]
    limit: Option<i64>,
    /// How many to pass over.
    #[param(minimum = 0, default = 0)]
    offset: Option<i64>,
    /// Go on behind the page that gave this as `nextCursor`.
    cursor: Option<String>,
}

/// A page of templates.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateList {
    /// The templates, the newest first.
    templates: Vec<EventTemplate>,
    /// Where the page lies.
    pagination: Pagination,
}

/// List templates
///
/// The newest first, inactive ones included.
#[utoipa::path(
    get,
    path = "/templates",
    operation_id = "listEventTemplates",
    tag = "templates",
    params(ListTemplates),
    responses(
        (status = 200, description = "A page of templates", body = TemplateList),
        (status = 400, description = "A parameter is wrong"),
    )
)]
pub async fn list_event_templates(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListTemplates>,
) -> Result<Json<TemplateList>, ApiError> {
    caller.require(Permission::ReadEvents)?;
    let page = page_request(query.limit, query.offset, query.cursor.as_deref(), PageSize { default: 20, max: 50 })?;
    let filter = TemplateFilter { kind: query.kind, difficulty: query.difficulty };
    let found = app.store.templates(filter, &page).await?;
    let pagination = Pagination::of(&page, &found);
    Ok(Json(TemplateList { templates: found.items, pagination }))
}

/// A template to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateTemplateRequest)]
pub struct CreateTemplate {
    /// The template's name, and the name of events that are made from it without one.
    name: Name,
    /// The kind of event.
    #[serde(rename = "type")]
    kind: EventType,
    /// How hard it is meant to be.
    difficulty: Difficulty,
    /// What it is about, for people.
    description: Option<Description>,
    /// What there is to do.
    objectives_template: Option<ObjectList>,
    /// What is promised.
    rewards_template: Option<ObjectList>,
    /// How long events last.
    duration_minutes: Option<Minutes>,
    /// How many may take part.
    max_participants: Option<Capacity>,
    /// The regions that events may take place in; empty: anywhere. At most 100.
    #[schema(max_items = 100)]
    region_restrictions: Option<Vec<Region>>,
    /// Whatever else belongs to events.
    event_data_template: Option<Object>,
    /// The rules of events.
    rules: Option<RulesReference>,
    /// Whether players may report their own progress.
    player_reports: Option<bool>,
}

/// Create a template
#[utoipa::path(
    post,
    path = "/templates",
    operation_id = "createEventTemplate",
    tag = "templates",
    request_body = CreateTemplate,
    responses(
        (status = 201, description = "The template", body = EventTemplate, headers(("ETag" = String))),
        (status = 400, description = "A member is wrong, or the parameters do not fit the plugin's schema"),
        (status = 409, description = "The plugin's version was yanked"),
    )
)]
pub async fn create_event_template(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<CreateTemplate>,
) -> Result<WithTag<EventTemplate>, ApiError> {
    caller.require(Permission::ManageTemplates)?;
    if let Some(rules) = &request.rules {
        app.referee.pin(rules, Drafts::Allowed).await?;
    }
    let now = app.clock.now();
    let template = EventTemplate {
        id: Uuid::now_v7(),
        name: request.name,
        kind: request.kind,
        difficulty: request.difficulty,
        is_active: true,
        description: request.description,
        objectives_template: request.objectives_template.unwrap_or_default(),
        rewards_template: request.rewards_template.unwrap_or_default(),
        duration_minutes: request.duration_minutes,
        max_participants: request.max_participants,
        region_restrictions: check_regions(request.region_restrictions.unwrap_or_default())?,
        event_data_template: request.event_data_template.unwrap_or_default(),
        rules: request.rules,
        player_reports: request.player_reports.unwrap_or_default(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    app.store.insert_template(&template).await?;
    Ok(WithTag::created(template))
}

fn check_regions(regions: Vec<Region>) -> Result<Vec<Region>, ApiError> {
    if regions.len() > MAX_REGIONS {
        return Err(ApiError::invalid("regionRestrictions", format!("must have at most {MAX_REGIONS} items")));
    }
    Ok(regions)
}

/// Get a template
#[utoipa::path(
    get,
    path = "/templates/{templateId}",
    operation_id = "getEventTemplate",
    tag = "templates",
    params(("templateId" = Uuid, Path, description = "The template")),
    responses(
        (status = 200, description = "The template", body = EventTemplate, headers(("ETag" = String))),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "There is no such template"),
    )
)]
pub async fn get_event_template(
    State(app): State<App>,
    caller: Caller,
    if_none_match: IfNoneMatch,
    Path(id): Path<Uuid>,
) -> Result<axum::response::Response, ApiError> {
    caller.require(Permission::ReadEvents)?;
    let template = app.live.template(id).await?.ok_or_else(|| not_found(id))?;
    Ok(if_none_match.respond(template.tag(), Shared(template)))
}

/// A template was edited: the next request sees it.
fn edited(app: &App, template: EventTemplate) -> Result<WithTag<EventTemplate>, ApiError> {
    app.live.template_edited(template.id, template.version);
    Ok(WithTag::ok(template))
}

fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("template", id)
}

/// What to change of a template. What is left out stays; `null` clears what is optional.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateTemplateRequest)]
pub struct UpdateTemplate {
    /// The template's name.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    name: Patch<Name>,
    /// The kind of event.
    #[serde(rename = "type", default)]
    #[schema(value_type = Option<EventType>)]
    kind: Patch<EventType>,
    /// How hard it is meant to be.
    #[serde(default)]
    #[schema(value_type = Option<Difficulty>)]
    difficulty: Patch<Difficulty>,
    /// Whether events may be made from it.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    is_active: Patch<bool>,
    /// What it is about, for people.
    #[serde(default)]
    #[schema(value_type = Option<Description>)]
    description: Patch<Description>,
    /// What there is to do.
    #[serde(default)]
    #[schema(value_type = Option<ObjectList>)]
    objectives_template: Patch<ObjectList>,
    /// What is promised.
    #[serde(default)]
    #[schema(value_type = Option<ObjectList>)]
    rewards_template: Patch<ObjectList>,
    /// How long events last.
    #[serde(default)]
    #[schema(value_type = Option<Minutes>)]
    duration_minutes: Patch<Minutes>,
    /// How many may take part.
    #[serde(default)]
    #[schema(value_type = Option<Capacity>)]
    max_participants: Patch<Capacity>,
    /// The regions that events may take place in; empty: anywhere. At most 100.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Region>>, max_items = 100)]
    region_restrictions: Patch<Vec<Region>>,
    /// Whatever else belongs to events.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    event_data_template: Patch<Object>,
    /// The rules of events.
    #[serde(default)]
    #[schema(value_type = Option<RulesReference>)]
    rules: Patch<RulesReference>,
    /// Whether players may report their own progress.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    player_reports: Patch<bool>,
}

/// Update a template
///
/// Changes the members that are present. Events that were made from it stay as they are.
#[utoipa::path(
    put,
    path = "/templates/{templateId}",
    operation_id = "updateEventTemplate",
    tag = "templates",
    params(("templateId" = Uuid, Path, description = "The template"), ("If-Match" = Option<String>, Header, description = "The ETag of the template that was read")),
    request_body = UpdateTemplate,
    responses(
        (status = 200, description = "The template", body = EventTemplate, headers(("ETag" = String))),
        (status = 400, description = "A member is wrong, or the parameters do not fit the plugin's schema"),
        (status = 404, description = "There is no such template"),
        (status = 409, description = "The plugin's version was yanked"),
        (status = 412, description = "The template has changed since it was read"),
    )
)]
pub async fn update_event_template(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path(id): Path<Uuid>,
    Body(request): Body<UpdateTemplate>,
) -> Result<WithTag<EventTemplate>, ApiError> {
    caller.require(Permission::ManageTemplates)?;
    if let Patch::Set(rules) = &request.rules {
        app.referee.pin(rules, Drafts::Allowed).await?;
    }
    let updated = app.store.edit_template(id, app.clock.now(), |template| {
        if_match.require(template)?;
        request.apply(template)
    });
    edited(&app, updated.await?.ok_or_else(|| not_found(id))?)
}

impl UpdateTemplate {
    fn apply(self, template: &mut EventTemplate) -> Result<(), ApiError> {
        set("name", self.name, &mut template.name)?;
        set("type", self.kind, &mut template.kind)?;
        set("difficulty", self.difficulty, &mut template.difficulty)?;
        set("isActive", self.is_active, &mut template.is_active)?;
        set("playerReports", self.player_reports, &mut template.player_reports)?;
        self.description.apply(&mut template.description);
        self.objectives_template.apply_or_default(&mut template.objectives_template);
        self.rewards_template.apply_or_default(&mut template.rewards_template);
        self.duration_minutes.apply(&mut template.duration_minutes);
        self.max_participants.apply(&mut template.max_participants);
        self.region_restrictions.apply_or_default(&mut template.region_restrictions);
        self.event_data_template.apply_or_default(&mut template.event_data_template);
        self.rules.apply(&mut template.rules);
        template.region_restrictions = check_regions(std::mem::take(&mut template.region_restrictions))?;
        Ok(())
    }
}

/// Deactivate a template
///
/// No events can be made from it any more; it can be activated again with an update. Events that were made from it stay.
#[utoipa::path(
    delete,
    path = "/templates/{templateId}",
    operation_id = "deactivateEventTemplate",
    tag = "templates",
    params(("templateId" = Uuid, Path, description = "The template"), ("If-Match" = Option<String>, Header, description = "The ETag of the template that was read")),
    responses(
        (status = 200, description = "The template, inactive", body = EventTemplate, headers(("ETag" = String))),
        (status = 404, description = "There is no such template"),
        (status = 412, description = "The template has changed since it was read"),
    )
)]
pub async fn deactivate_event_template(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path(id): Path<Uuid>,
) -> Result<WithTag<EventTemplate>, ApiError> {
    caller.require(Permission::ManageTemplates)?;
    let updated = app.store.edit_template(id, app.clock.now(), |template| {
        if_match.require(template)?;
        template.is_active = false;
        Ok::<_, ApiError>(())
    });
    edited(&app, updated.await?.ok_or_else(|| not_found(id))?)
}
