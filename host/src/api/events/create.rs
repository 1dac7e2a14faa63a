//! `POST /events`

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::WithTag;
use crate::api::error::ApiError;
use crate::api::extract::Body;
use crate::model::event::{Difficulty, EventType, WorldEvent};
use crate::model::number::Capacity;
use crate::model::rules::RulesReference;
use crate::model::settlement::Settlement;
use crate::model::text::Description;
use crate::model::time::storable;
use crate::model::{EventStatus, EventTemplate, Name, Object, ObjectList, Region, Time};
use crate::referee::Drafts;

/// An event to create. With `templateId`, the template fills what is left out here; without, `name`, `type` and
/// `difficulty` are required.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateEventRequest)]
pub struct CreateEvent {
    /// The event's name.
    name: Option<Name>,
    /// The kind of event.
    #[serde(rename = "type")]
    kind: Option<EventType>,
    /// Where it takes place.
    region: Region,
    /// When it starts; a time that has passed starts it at once.
    start_time: DateTime<Utc>,
    /// How hard it is meant to be.
    difficulty: Option<Difficulty>,
    /// When it ends; left out, the template's duration decides, or it only ends by hand or by a goal.
    end_time: Option<DateTime<Utc>>,
    /// What it is about, for people.
    description: Option<Description>,
    /// What there is to do.
    objectives: Option<ObjectList>,
    /// What is promised. Without a payout rule, entries with a `rewardType` are granted on completion.
    rewards: Option<ObjectList>,
    /// How many may take part.
    max_participants: Option<Capacity>,
    /// Whatever else belongs to it.
    event_data: Option<Object>,
    /// The template that fills what is left out.
    template_id: Option<Uuid>,
    /// The rules, instead of the template's.
    rules: Option<RulesReference>,
    /// Whether players may report their own progress.
    player_reports: Option<bool>,
    /// Whether it is only for trying things out: it may follow a draft, and is in no list that does not ask for test events.
    #[serde(default)]
    test: bool,
}

/// Create an event
///
/// The plugin's exact version is pinned: what is published or yanked later does not change the event.
#[utoipa::path(
    post,
    path = "/events",
    operation_id = "createEvent",
    tag = "events",
    request_body = CreateEvent,
    responses(
        (status = 201, description = "The event", body = WorldEvent, headers(("ETag" = String))),
        (status = 400, description = "A member is wrong"),
        (status = 409, description = "The template is inactive, the plugin's version was yanked, or its draft is just being replaced"),
    )
)]
pub async fn create_event(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<CreateEvent>,
) -> Result<WithTag<WorldEvent>, ApiError> {
    caller.require(Permission::ManageEvents)?;
    let now = app.clock.now();
    let template = match request.template_id {
        Some(id) => Some(usable_template(&app, id, &request.region).await?),
        None => None,
    };
    let drafts = if request.test { Drafts::Allowed } else { Drafts::Refused };
    let rules = match request.rules.as_ref().or_else(|| template.as_ref()?.rules.as_ref()) {
        Some(reference) => Some(app.referee.pin(reference, drafts).await?),
        None => None,
    };
    let mut event = request.into_event(template, now)?;
    event.rules = rules;
    event.advance(now);
    if !app.store.insert_event(&event).await? {
        return Err(super::draft_replaced());
    }
    app.lifecycle.wake();
    Ok(WithTag::created(event))
}

/// The template, if an event in this region may be made from it.
async fn usable_template(app: &App, id: Uuid, region: &Region) -> Result<Arc<EventTemplate>, ApiError> {
    let template = app.live.template(id).await?;
    let template = template.ok_or_else(|| ApiError::invalid("templateId", format!("names no template: {id}")))?;
    if !template.is_active {
        let message = format!("the template \"{}\" is inactive; activate it or take another", template.name);
        return Err(ApiError::conflict("TEMPLATE_INACTIVE", message));
    }
    if !template.region_restrictions.is_empty() && !template.region_restrictions.contains(region) {
        let regions: Vec<_> = template.region_restrictions.iter().map(Region::as_str).collect();
        let rule = format!("must be one of the template's regions: {}", regions.join(", "));
        return Err(ApiError::invalid("region", rule));
    }
    Ok(template)
}

impl CreateEvent {
    /// The event, with what the template fills in. Rules are pinned elsewhere.
    fn into_event(self, template: Option<Arc<EventTemplate>>, now: Time) -> Result<WorldEvent, ApiError> {
        let required = |field: &str| ApiError::invalid(field, "is required, or a templateId that gives it");
        let template = template.as_deref();
        let start_time = valid_time("startTime", self.start_time)?;
        let lasts = template.and_then(|template| template.duration_minutes);
        let end_time = match (self.end_time, lasts) {
            (Some(end), _) => Some(valid_time("endTime", end)?),
            (None, Some(minutes)) => {
                let end = start_time + TimeDelta::minutes(minutes.get().into());
                Some(valid_time("startTime", end)?)
            }
            (None, None) => None,
        };
        check_end(start_time, end_time, now)?;
        Ok(WorldEvent {
            id: Uuid::now_v7(),
            name: self.name.or_else(|| Some(template?.name.clone())).ok_or_else(|| required("name"))?,
            kind: self.kind.or_else(|| Some(template?.kind)).ok_or_else(|| required("type"))?,
            region: self.region,
            status: EventStatus::Announced,
            start_time,
            end_time,
            description: self.description.or_else(|| template?.description.clone()),
            objectives: self.objectives.or_else(|| Some(template?.objectives_template.clone())).unwrap_or_default(),
            rewards: self.rewards.or_else(|| Some(template?.rewards_template.clone())).unwrap_or_default(),
            max_participants: self.max_participants.or_else(|| template?.max_participants),
            current_participants: 0,
            difficulty: self.difficulty.or_else(|| Some(template?.difficulty)).ok_or_else(|| required("difficulty"))?,
            event_data: self.event_data.or_else(|| Some(template?.event_data_template.clone())).unwrap_or_default(),
            template_id: self.template_id,
            rules: None,
            player_reports: self.player_reports.or_else(|| Some(template?.player_reports)).unwrap_or_default(),
            test: self.test,
            counters: BTreeMap::new(),
            settlement: Settlement::default(),
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }
}

/// A time that can be stored, or 400.
pub(super) fn valid_time(field: &str, time: Time) -> Result<Time, ApiError> {
    storable(time).map_err(|error| ApiError::invalid(field, error.to_string()))
}

/// The end must lie behind the start, and not in the past.
pub(super) fn check_end(start: Time, end: Option<Time>, now: Time) -> Result<(), ApiError> {
    match end {
        Some(end) if end <= start => Err(ApiError::invalid("endTime", "must be later than startTime")),
        Some(end) if end <= now => Err(ApiError::invalid("endTime", "must lie in the future")),
        _ => Ok(()),
    }
}
