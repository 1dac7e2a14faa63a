//! `POST /events/{eventId}/participants`

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::counter_refused;
use super::ranked::Ranked;
use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::WithTag;
use crate::api::error::ApiError;
use crate::api::events;
use crate::api::extract::{Body, Path};
use crate::live::LiveEvent;
use crate::model::participation::Admission;
use crate::model::rules::{Capability, FailurePolicy};
use crate::model::{ParticipantStatus, Participation, PlayerId, Time};
use crate::referee::{Decision, RefereeError};
use crate::store::participations::{Application, JoinOutcome};

/// Who joins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JoinEventRequest)]
pub struct JoinEvent {
    /// The player.
    player_id: PlayerId,
}

/// Join an event
///
/// The event's eligibility rule decides, then the room that is left. Who left may come back the same way, with the score
/// kept.
#[utoipa::path(
    post,
    path = "/events/{eventId}/participants",
    operation_id = "joinEvent",
    tag = "participants",
    params(("eventId" = Uuid, Path, description = "The event")),
    request_body = JoinEvent,
    responses(
        (status = 201, description = "The participation", body = Ranked, headers(("ETag" = String))),
        (status = 400, description = "A member is wrong"),
        (status = 404, description = "There is no such event"),
        (status = 409, description = "In already, no room, not eligible, removed, or the event is not active"),
    )
)]
pub async fn join_event(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(JoinEvent { player_id }): Body<JoinEvent>,
) -> Result<WithTag<Ranked>, ApiError> {
    caller.require_for(Permission::Join, &player_id)?;
    let now = app.clock.now();
    let live = events::find_open(&app, id, now).await?;
    let door = Door { app: &app, caller: &caller, live: &live, player: &player_id, now };
    let mut outcome = door.enter(None).await?;
    if let JoinOutcome::LeftBefore(before) = outcome {
        outcome = door.enter(Some(&before)).await?;
    }
    match outcome {
        JoinOutcome::Joined(participation) => Ok(WithTag::created(Ranked::of(&app, participation))),
        JoinOutcome::AlreadyIn(status) => Err(already_in(status)),
        JoinOutcome::Kicked => Err(kicked()),
        JoinOutcome::Full { capacity } => {
            let message = format!("all {capacity} places are taken; a place is free again when somebody leaves");
            Err(ApiError::conflict("EVENT_FULL", message).with_details(json!({ "maxParticipants": capacity })))
        }
        JoinOutcome::NotOpen(status) => Err(events::not_open(status)),
        JoinOutcome::CounterRefused(refused) => Err(counter_refused(refused)),
        JoinOutcome::NoEvent => Err(events::not_found(id)),
        JoinOutcome::LeftBefore(_) => Err(ApiError::internal("a player who came back was not recognised")),
    }
}

/// A player at the door of an event.
struct Door<'a> {
    app: &'a App,
    caller: &'a Caller,
    live: &'a LiveEvent,
    player: &'a PlayerId,
    now: Time,
}

impl Door<'_> {
    /// Asks the event's eligibility rule, if it has one, and has the player written if it says yes. `before`: how the player
    /// stands who left and comes back. The rule is to know that; whether it is so is found out only when it matters, so that
    /// newcomers do not wait for it.
    async fn enter(&self, before: Option<&Arc<Participation>>) -> Result<JoinOutcome, ApiError> {
        let Self { app, live, player, .. } = self;
        let has_rule = live.event.has_rule(Capability::Eligibility);
        let admission = if has_rule { self.admit(before).await? } else { Ok(Admission::default()) };
        let event_id = live.event.id;
        let admission = match admission {
            Ok(admission) => admission,
            Err(refused) => return self.refuse(before, refused).await,
        };
        let may_return = before.is_some() || !has_rule;
        let application =
            Application { event_id, player_id: PlayerId::clone(player), id: Uuid::now_v7(), admission, may_return };
        Ok(app.live.join(application).await?)
    }

    /// What the rule says: what the player begins with, or why not.
    async fn admit(&self, before: Option<&Arc<Participation>>) -> Result<Result<Admission, ApiError>, ApiError> {
        let Self { app, caller, live, player, now } = self;
        let attributes = app.live.attributes(player).await?;
        let before = before.map(|before| &**before);
        Ok(match app.referee.admit(live.input(), player, before, &attributes, *now).await {
            Ok(Decision::Granted(admission)) => Ok(admission),
            Ok(Decision::Refused(refusal)) => Err(refusal.into()),
            Err(RefereeError::Store(error)) => return Err(error.into()),
            Err(failure) if self.admits_without_rule() => {
                tracing::warn!(event_id = %live.event.id, %player, %failure, "the rule failed, and the player is let in");
                Ok(Admission::default())
            }
            Err(failure) => Err(failure.into_api(caller)),
        })
    }

    /// Whether players are let in when the rule gives no answer.
    fn admits_without_rule(&self) -> bool {
        self.live.event.rules.as_ref().is_some_and(|rules| rules.on_failure == FailurePolicy::Admit)
    }

    /// Who is in, or may not come back, is told so whatever the rule says; and for who left, the rule is to know it.
    async fn refuse(&self, before: Option<&Arc<Participation>>, refused: ApiError) -> Result<JoinOutcome, ApiError> {
        let key = (self.live.event.id, PlayerId::clone(self.player));
        let participation = self.app.live.participation(key).await?;
        match participation {
            Some(participation) if participation.status == ParticipantStatus::Kicked => Ok(JoinOutcome::Kicked),
            Some(participation) if participation.status.is_inside() => Ok(JoinOutcome::AlreadyIn(participation.status)),
            Some(participation) if before.is_none() => Ok(JoinOutcome::LeftBefore(participation)),
            Some(_) | None => Err(refused),
        }
    }
}

fn already_in(status: ParticipantStatus) -> ApiError {
    ApiError::conflict("ALREADY_JOINED", "the player takes part already").with_details(json!({ "status": status }))
}

fn kicked() -> ApiError {
    ApiError::conflict("KICKED", "the player was removed from this event and may not come back")
}
