//! `PUT /events/{eventId}`

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::create::{check_end, valid_time};
use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::{IfMatch, WithTag};
use crate::api::error::ApiError;
use crate::api::extract::{Body, Path};
use crate::model::event::{Difficulty, EventType, WorldEvent};
use crate::model::number::Capacity;
use crate::model::patch::{Patch, cannot_clear, set};
use crate::model::text::Description;
use crate::model::{EventStatus, Name, Object, ObjectList, Refusal, Region, Time};

/// What to change of an event. What is left out stays; `null` clears what is optional.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateEventRequest)]
pub struct UpdateEvent {
    /// The event's name.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    name: Patch<Name>,
    /// `ACTIVE` starts it now, `COMPLETED` ends it now, `CANCELLED` calls it off.
    #[serde(default)]
    #[schema(value_type = Option<EventStatus>)]
    status: Patch<EventStatus>,
    /// When it ends.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    end_time: Patch<DateTime<Utc>>,
    /// What it is about, for people.
    #[serde(default)]
    #[schema(value_type = Option<Description>)]
    description: Patch<Description>,
    /// What there is to do.
    #[serde(default)]
    #[schema(value_type = Option<ObjectList>)]
    objectives: Patch<ObjectList>,
    /// What is promised.
    #[serde(default)]
    #[schema(value_type = Option<ObjectList>)]
    rewards: Patch<ObjectList>,
    /// How many may take part; not below those who do.
    #[serde(default)]
    #[schema(value_type = Option<Capacity>)]
    max_participants: Patch<Capacity>,
    /// Whatever else belongs to it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    event_data: Patch<Object>,
    /// When it starts; only before it has.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    start_time: Patch<DateTime<Utc>>,
    /// The kind of event; only before it has started.
    #[serde(rename = "type", default)]
    #[schema(value_type = Option<EventType>)]
    kind: Patch<EventType>,
    /// Where it takes place; only before it has started.
    #[serde(default)]
    #[schema(value_type = Option<Region>)]
    region: Patch<Region>,
    /// How hard it is meant to be.
    #[serde(default)]
    #[schema(value_type = Option<Difficulty>)]
    difficulty: Patch<Difficulty>,
    /// Whether players may report their own progress.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    player_reports: Patch<bool>,
}

/// Update an event
///
/// Changes the members that are present, all or none. With `If-Match` only if nobody else has changed the event since.
#[utoipa::path(
    put,
    path = "/events/{eventId}",
    operation_id = "updateEvent",
    tag = "events",
    params(("eventId" = Uuid, Path, description = "The event"), ("If-Match" = Option<String>, Header, description = "The ETag of the event that was read")),
    request_body = UpdateEvent,
    responses(
        (status = 200, description = "The event", body = WorldEvent, headers(("ETag" = String))),
        (status = 400, description = "A member is wrong"),
        (status = 404, description = "There is no such event"),
        (status = 409, description = "The change does not fit the state of the event"),
        (status = 412, description = "The event has changed since it was read"),
    )
)]
pub async fn update_event(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path(id): Path<Uuid>,
    Body(request): Body<UpdateEvent>,
) -> Result<WithTag<WorldEvent>, ApiError> {
    caller.require(Permission::ManageEvents)?;
    let now = app.clock.now();
    let updated = app.store.edit_event(id, now, |event| {
        if_match.require(event)?;
        request.apply(event, now)
    });
    let event = updated.await?.ok_or_else(|| super::not_found(id))?;
    super::edited(&app, &event);
    Ok(WithTag::ok(event))
}

impl UpdateEvent {
    fn apply(self, event: &mut WorldEvent, now: Time) -> Result<(), ApiError> {
        if event.status.is_final() {
            let message = format!("the event is {} and cannot be changed any more", event.status);
            return Err(ApiError::conflict("EVENT_OVER", message));
        }
        let before = event.clone();
        set("name", self.name, &mut event.name)?;
        set("difficulty", self.difficulty, &mut event.difficulty)?;
        set("type", self.kind, &mut event.kind)?;
        set("region", self.region, &mut event.region)?;
        set("playerReports", self.player_reports, &mut event.player_reports)?;
        self.description.apply(&mut event.description);
        self.objectives.apply_or_default(&mut event.objectives);
        self.rewards.apply_or_default(&mut event.rewards);
        self.event_data.apply_or_default(&mut event.event_data);
        self.max_participants.apply(&mut event.max_participants);
        if let Patch::Set(start) = self.start_time {
            event.start_time = valid_time("startTime", start)?;
        } else if self.start_time == Patch::Clear {
            return Err(cannot_clear("startTime").into());
        }
        self.end_time.apply(&mut event.end_time);
        event.end_time = event.end_time.map(|end| valid_time("endTime", end)).transpose()?;

        if event.status == EventStatus::Active {
            for (field, moved) in [
                ("startTime", event.start_time != before.start_time),
                ("type", event.kind != before.kind),
                ("region", event.region != before.region),
            ] {
                if moved {
                    let message = format!("{field} cannot be changed any more, as the event has started");
                    return Err(ApiError::conflict("EVENT_STARTED", message).with_details(json!({ "field": field })));
                }
            }
        }
        check_capacity(event)?;
        match self.status {
            Patch::Keep => {}
            Patch::Clear => return Err(cannot_clear("status").into()),
            Patch::Set(status) if status == event.status => {}
            Patch::Set(status) => event.set_status(status, now).map_err(Refusal::from)?,
        }
        if !event.status.is_final() && (event.start_time, event.end_time) != (before.start_time, before.end_time) {
            check_end(event.start_time, event.end_time, now)?;
        }
        // A start that was moved into the past starts the event at once.
        event.advance(now);
        Ok(())
    }
}

fn check_capacity(event: &WorldEvent) -> Result<(), ApiError> {
    let Some(capacity) = event.max_participants.map(|capacity| capacity.get()) else { return Ok(()) };
    if capacity >= event.current_participants {
        return Ok(());
    }
    let inside = event.current_participants;
    let message = format!("maxParticipants cannot be {capacity}, as {inside} take part already");
    let details = json!({ "maxParticipants": capacity, "currentParticipants": inside });
    Err(ApiError::conflict("CAPACITY_BELOW_PARTICIPANTS", message).with_details(details))
}
