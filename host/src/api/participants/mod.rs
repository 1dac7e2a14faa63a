//! `/events/{eventId}/participants`: one file for each action.

mod door;
mod get;
mod join;
mod leave;
mod list;
mod progress;
mod ranked;
mod report;
mod report_body;
mod turns;
mod turnstile;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub use self::turns::Turns;
pub use self::turnstile::Turnstile;
use super::App;
use super::error::ApiError;
use super::events;
use crate::model::counters::CounterRefused;
use crate::model::rules::MAX_COUNTERS;
use crate::model::{Participation, PlayerId};
use crate::store::participations::ChangeOutcome;

/// The routes of participations.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::get_event_participants, join::join_event))
        .routes(routes!(get::get_player_participation, report::update_player_participation, leave::leave_event))
        .merge(progress::router())
}

/// The participation of a player in an event as the database has it, or 404.
async fn find(app: &App, event_id: Uuid, player: &PlayerId) -> Result<Arc<Participation>, ApiError> {
    app.live.participation((event_id, player.clone())).await?.ok_or_else(|| not_found(player))
}

/// 404 for a participation.
fn not_found(player: &PlayerId) -> ApiError {
    ApiError::not_found("participant", player)
}

/// What came of a change. `None` if somebody else was first, and it has to be decided again from the newer row.
fn written(outcome: ChangeOutcome, player: &PlayerId) -> Result<Option<Arc<Participation>>, ApiError> {
    match outcome {
        ChangeOutcome::Applied(written) => Ok(Some(written)),
        ChangeOutcome::Superseded => Ok(None),
        ChangeOutcome::NotOpen(status) => Err(events::not_open(status)),
        ChangeOutcome::CounterRefused(refused) => Err(counter_refused(refused)),
        ChangeOutcome::Gone => Err(not_found(player)),
    }
}

/// Why shared counters cannot be moved as a rule has it.
fn counter_refused(refused: CounterRefused) -> ApiError {
    match refused {
        CounterRefused::OutOfRange(counter) => {
            let message = format!("the counter \"{counter}\" would leave the range of ±(2^53 - 1)");
            ApiError::conflict("COUNTER_OUT_OF_RANGE", message)
        }
        CounterRefused::TooMany => {
            let message = format!("the rule would move more than {MAX_COUNTERS} counters");
            ApiError::conflict("TOO_MANY_COUNTERS", message)
        }
    }
}
