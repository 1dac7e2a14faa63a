//! `/events/{eventId}/participants`: one file for each action.

mod get;
mod join;
mod leave;
mod list;
mod report;
mod turns;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub use self::turns::Turns;
use super::App;
use super::error::ApiError;
use crate::model::rules::MAX_COUNTERS;
use crate::model::{EventStatus, Participation, PlayerId};
use crate::store::participations::{Change, ChangeOutcome};

/// The routes of participations.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::get_event_participants, join::join_event)).routes(routes!(
        get::get_player_participation,
        report::update_player_participation,
        leave::leave_event
    ))
}

/// The participation of a player in an event, or 404.
async fn find(app: &App, event_id: Uuid, player: &PlayerId) -> Result<Participation, ApiError> {
    app.store.participation(event_id, player).await?.ok_or_else(|| not_found(player))
}

/// 404 for a participation.
fn not_found(player: &PlayerId) -> ApiError {
    ApiError::not_found("participant", player)
}

/// 409 for an event that is not active.
fn not_open(status: EventStatus) -> ApiError {
    let message = match status {
        EventStatus::Announced => "the event has not started yet".to_owned(),
        status => format!("the event is {status}; joins and progress are for ACTIVE events"),
    };
    ApiError::conflict("EVENT_NOT_ACTIVE", message).with_details(serde_json::json!({ "status": status }))
}

/// Writes a change. `None` if somebody else was first, and it has to be decided again from the newer row.
async fn write(app: &App, change: Change) -> Result<Option<Participation>, ApiError> {
    match app.store.change(std::slice::from_ref(&change), app.clock.now()).await?.pop() {
        Some(ChangeOutcome::Applied(written)) => {
            app.boards.note([&written]);
            Ok(Some(written))
        }
        Some(ChangeOutcome::Superseded) => Ok(None),
        Some(ChangeOutcome::NotOpen(status)) => Err(not_open(status)),
        Some(ChangeOutcome::CounterOutOfRange(counter)) => {
            let message = format!("the counter \"{counter}\" would leave the range of ±(2^53 - 1)");
            Err(ApiError::conflict("COUNTER_OUT_OF_RANGE", message))
        }
        Some(ChangeOutcome::TooManyCounters) => {
            let message = format!("the rule would move more than {MAX_COUNTERS} counters");
            Err(ApiError::conflict("TOO_MANY_COUNTERS", message))
        }
        Some(ChangeOutcome::Gone) => Err(not_found(&change.after.player_id)),
        None => Err(ApiError::internal("the store gave no outcome for a change")),
    }
}
