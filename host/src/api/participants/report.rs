//! `PUT /events/{eventId}/participants/{playerId}`

use std::sync::Arc;

use axum::extract::State;
use uuid::Uuid;

use super::ranked::Ranked;
use super::report_body::UpdateParticipation;
use super::{find, written};
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::conditional::{IfMatch, WithTag};
use crate::api::error::ApiError;
use crate::api::events;
use crate::api::extract::{Body, Path};
use crate::model::rules::Capability;
use crate::model::{ParticipantStatus, Participation, PlayerId, Time};
use crate::referee::{Decision, Scored};
use crate::store::participations::Change;

/// Report progress
///
/// With a scoring rule, `actions` and `progressData` go to the rule, which sets score, progress and achievements. Without
/// one, `progressData` is merged, and trusted roles set `score` and `achievements`. Of reports that arrive at once each
/// counts once.
#[utoipa::path(
    put,
    path = "/events/{eventId}/participants/{playerId}",
    operation_id = "updatePlayerParticipation",
    tag = "participants",
    params(
        ("eventId" = Uuid, Path, description = "The event"),
        ("playerId" = PlayerId, Path, description = "The player"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the participation that was read"),
    ),
    request_body = UpdateParticipation,
    responses(
        (status = 200, description = "The participation", body = Ranked, headers(("ETag" = String))),
        (status = 400, description = "A member is wrong, or is the rule's to set"),
        (status = 404, description = "There is no such event, or the player is not in it"),
        (status = 409, description = "Refused by the rule, an illegal status, or the event is not active"),
        (status = 412, description = "The participation has changed since it was read"),
    )
)]
pub async fn update_player_participation(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path((id, player)): Path<(Uuid, PlayerId)>,
    Body(request): Body<UpdateParticipation>,
) -> Result<WithTag<Ranked>, ApiError> {
    let report = Report { app: &app, caller: &caller, event_id: id, player: &player, request: &request };
    Ok(WithTag::ok(Ranked::of(&app, report.apply(&if_match).await?)))
}

/// A report about a player.
pub(super) struct Report<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
    pub(super) event_id: Uuid,
    pub(super) player: &'a PlayerId,
    pub(super) request: &'a UpdateParticipation,
}

impl Report<'_> {
    /// Judges the report and has it written: the participation as it is then.
    pub(super) async fn apply(&self, if_match: &IfMatch) -> Result<Arc<Participation>, ApiError> {
        let Self { app, player, .. } = self;
        let live = events::find(app, self.event_id).await?;
        self.request.check(self.caller, player, &live.event)?;
        let key = (self.event_id, PlayerId::clone(player));
        let mut recent = app.live.recent_participation(&key);
        // Somebody else may be first; then the report is judged again from the newer row, until the request's time is up.
        let mut turn = None;
        loop {
            let (participation, is_recent) = match recent.take() {
                Some(participation) => (participation, true),
                None => (find(app, self.event_id, player).await?, false),
            };
            let change = match self.judge(&participation, if_match).await {
                Ok(Some(change)) => change,
                settled => {
                    if is_recent {
                        // What is held may be old: only the row in the database settles anything.
                        let current = find(app, self.event_id, player).await?;
                        if (current.id, current.version) != (participation.id, participation.version) {
                            continue;
                        }
                    }
                    return settled.map(|_| participation);
                }
            };
            if let Some(written) = written(app.live.change(change).await?, player)? {
                return Ok(written);
            }
            if turn.is_none() {
                turn = app.turns.take(self.event_id, player).await;
            }
        }
    }

    /// What the report makes of the participation; `None` if there is nothing to write.
    async fn judge(&self, participation: &Arc<Participation>, if_match: &IfMatch) -> Result<Option<Change>, ApiError> {
        let request = self.request;
        // First of all, as the tag that a retry names was the current one before the report was applied.
        if request.was_applied(participation) {
            return Ok(None);
        }
        if_match.require(&**participation)?;
        let now = self.app.clock.now();
        let mut change = Change::of(Participation::clone(participation));
        if request.reports_progress() {
            let status = participation.status;
            if !status.is_inside() {
                return Err(not_inside(status));
            }
            match self.score(participation, now).await? {
                Some(scored) => scored.apply(&mut change, now),
                None => request.apply_progress(&mut change.after, now)?,
            }
            change.after.last_activity = now;
        }
        request.apply_rest(&mut change, now)?;
        change.after_the_end = request.is_only_rating();
        change.is_repeatable = request.sequence.is_some();
        if change.after == **participation && change.counters.is_empty() {
            return Ok(None);
        }
        Ok(Some(change))
    }

    /// Asks the scoring rule, if there is one. Counters move all the time, so the event is looked up for each try.
    async fn score(&self, participation: &Participation, now: Time) -> Result<Option<Scored>, ApiError> {
        let Self { app, request, .. } = self;
        let live = events::find_open(app, self.event_id, now).await?;
        if !live.event.has_rule(Capability::Scoring) {
            return Ok(None);
        }
        let attributes = app.live.attributes(self.player).await?;
        let actions = request.actions.as_deref().unwrap_or_default();
        let progress = request.progress_data.as_ref();
        let scored = app.referee.score(live.input(), participation, &attributes, actions, progress, now);
        match scored.await.map_err(|error| error.into_api(self.caller))? {
            Decision::Granted(scored) => Ok(Some(scored)),
            Decision::Refused(refusal) => Err(refusal.into()),
        }
    }
}

fn not_inside(status: ParticipantStatus) -> ApiError {
    let message = format!("the player is not in the event: {status}");
    ApiError::conflict("NOT_PARTICIPATING", message).with_details(serde_json::json!({ "status": status }))
}
