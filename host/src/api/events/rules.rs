//! `PUT /events/{eventId}/rules`

use axum::extract::State;
use uuid::Uuid;

use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::{IfMatch, WithTag};
use crate::api::error::ApiError;
use crate::api::extract::{Body, Path};
use crate::model::EventStatus;
use crate::model::event::WorldEvent;
use crate::model::rules::{Capability, RulesReference};
use crate::model::settlement::SettlementState;

/// Replace the rules of an event
///
/// Another version or other parameters, for what comes from now on. After the end only while the settlement is not done:
/// this is how a payout rule that fails is repaired, and then it must be able to pay out.
#[utoipa::path(
    put,
    path = "/events/{eventId}/rules",
    operation_id = "putEventRules",
    tag = "events",
    params(("eventId" = Uuid, Path, description = "The event"), ("If-Match" = Option<String>, Header, description = "The ETag of the event that was read")),
    request_body = RulesReference,
    responses(
        (status = 200, description = "The event", body = WorldEvent, headers(("ETag" = String))),
        (status = 400, description = "A member is wrong, or the parameters do not fit the plugin's schema"),
        (status = 404, description = "There is no such event"),
        (status = 409, description = "The version was yanked, or the event is settled"),
        (status = 412, description = "The event has changed since it was read"),
    )
)]
pub async fn put_event_rules(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path(id): Path<Uuid>,
    Body(reference): Body<RulesReference>,
) -> Result<WithTag<WorldEvent>, ApiError> {
    caller.require(Permission::ManageEvents)?;
    let live = super::find_current(&app, id).await?;
    let pinned = app.referee.repin(&reference, live.event.rules.as_ref()).await?;
    let updated = app.store.edit_event(id, app.clock.now(), |event| {
        if_match.require(event)?;
        let unsettled = matches!(event.settlement.state, SettlementState::Running | SettlementState::Failed);
        if event.status.is_final() && !unsettled {
            let message = format!("the event is {} and has nothing left to settle", event.status);
            return Err(ApiError::conflict("EVENT_OVER", message));
        }
        if event.status == EventStatus::Completed && !pinned.can(Capability::Rewards) {
            let rule = "must have a payout rule, as the event is being settled";
            return Err(ApiError::invalid("plugin", rule));
        }
        event.rules = Some(pinned);
        Ok(())
    });
    let event = updated.await?.ok_or_else(|| super::not_found(id))?;
    super::edited(&app, &event);
    Ok(WithTag::ok(event))
}
