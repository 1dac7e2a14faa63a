//! `PUT /events/{eventId}/participants/{playerId}`

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{find, not_open, write};
use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::{IfMatch, WithTag};
use crate::api::error::ApiError;
use crate::api::events;
use crate::api::extract::{Body, Path};
use crate::auth::Role;
use crate::model::action::Action;
use crate::model::event::WorldEvent;
use crate::model::json::{MAX_REPORT_BYTES, encoded_len};
use crate::model::number::{Rating, Score, Sequence};
use crate::model::rules::Capability;
use crate::model::{EventStatus, Object, ObjectList, ParticipantStatus, Participation, PlayerId, Refusal, Time};
use crate::referee::{Decision, Scored};
use crate::store::participations::Change;

/// The most actions that one report may carry.
const MAX_ACTIONS: usize = 1_000;

/// What happened to a player.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = UpdateParticipationRequest)]
pub struct UpdateParticipation {
    /// `COMPLETED`, `LEFT` or `KICKED`; trusted roles only.
    status: Option<ParticipantStatus>,
    /// A JSON merge patch (RFC 7396) of the progress. With a scoring rule, the rule decides what of it holds.
    progress_data: Option<Object>,
    /// The new score; trusted roles, and only without a scoring rule.
    score: Option<Score>,
    /// The new achievements, all of them; trusted roles, and only without a scoring rule.
    achievements: Option<ObjectList>,
    /// What the player did, for the scoring rule; at most 1,000.
    #[schema(max_items = 1000)]
    actions: Option<Vec<Action>>,
    /// The number of this report. One that is not above the last applied changes nothing, so that retries are safe.
    sequence: Option<Sequence>,
    /// How content the player is; also after the end.
    rating: Option<Rating>,
}

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
        (status = 200, description = "The participation", body = Participation, headers(("ETag" = String))),
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
) -> Result<WithTag<Participation>, ApiError> {
    let permission = if request.is_only_rating() { Permission::Rate } else { Permission::Report };
    caller.require_for(permission, &player)?;
    let event = events::find(&app, id).await?;
    request.check_caller(&caller, &event)?;
    request.check_members(&event)?;
    let attributes = app.store.attributes(&player).await?;
    // Somebody else may be first; then the report is judged again from the newer row, until the request's time is up.
    let mut turn = None;
    loop {
        let participation = find(&app, id, &player).await?;
        // First of all, as the tag that a retry names was the current one before the report was applied.
        if request.was_applied(&participation) {
            return Ok(WithTag::ok(participation));
        }
        if_match.require(&participation)?;
        let now = app.clock.now();
        let mut change = Change::of(participation.clone());
        if request.reports_progress() {
            let status = participation.status;
            if !status.is_inside() {
                return Err(not_inside(status));
            }
            if event.has_rule(Capability::Scoring) {
                match request.score(&app, &caller, &change.after, &attributes, now).await? {
                    Decision::Granted(scored) => scored.apply(&mut change, now),
                    Decision::Refused(refusal) => return Err(refusal.into()),
                }
            } else {
                request.apply_progress(&mut change.after, now)?;
            }
            change.after.last_activity = now;
        }
        request.apply_rest(&mut change.after, now)?;
        change.after_the_end = request.is_only_rating();
        if change.after == participation && change.counters.is_empty() {
            return Ok(WithTag::ok(participation));
        }
        if let Some(written) = write(&app, change).await? {
            return Ok(WithTag::ok(written));
        }
        if turn.is_none() {
            turn = app.turns.take(id, &player).await;
        }
    }
}

fn not_inside(status: ParticipantStatus) -> ApiError {
    let message = format!("the player is not in the event: {status}");
    ApiError::conflict("NOT_PARTICIPATING", message).with_details(serde_json::json!({ "status": status }))
}

impl UpdateParticipation {
    fn is_only_rating(&self) -> bool {
        self.rating.is_some() && self.status.is_none() && !self.reports_progress()
    }

    /// Whether there is anything to score or to merge.
    fn reports_progress(&self) -> bool {
        self.progress_data.is_some() || self.score.is_some() || self.achievements.is_some() || self.actions.is_some()
    }

    /// Whether this report, or a later one, was applied before.
    fn was_applied(&self, participation: &Participation) -> bool {
        matches!((self.sequence, participation.last_sequence), (Some(sequence), Some(last)) if sequence <= last)
    }

    /// Asks the scoring rule. Counters move all the time, so the event is read anew for each try.
    async fn score(
        &self,
        app: &App,
        caller: &Caller,
        participation: &Participation,
        attributes: &Object,
        now: Time,
    ) -> Result<Decision<Scored>, ApiError> {
        let event = events::find(app, participation.event_id).await?;
        if event.status_at(now) != EventStatus::Active {
            return Err(not_open(event.status_at(now)));
        }
        let actions = self.actions.as_deref().unwrap_or_default();
        let scored = app.referee.score(&event, participation, attributes, actions, self.progress_data.as_ref(), now);
        scored.await.map_err(|error| error.into_api(caller))
    }

    /// Players report their own progress only where the event says so, and never what counts.
    fn check_caller(&self, caller: &Caller, event: &WorldEvent) -> Result<(), ApiError> {
        if caller.role() != Role::Player || self.is_only_rating() {
            return Ok(());
        }
        if !event.player_reports {
            return Err(ApiError::forbidden("players do not report progress in this event; the game server does"));
        }
        for (field, present) in [
            ("status", self.status.is_some()),
            ("score", self.score.is_some()),
            ("achievements", self.achievements.is_some()),
        ] {
            if present {
                return Err(ApiError::forbidden(format!("players may not set {field}")));
            }
        }
        Ok(())
    }

    fn check_members(&self, event: &WorldEvent) -> Result<(), ApiError> {
        if event.has_rule(Capability::Scoring) {
            let rule = "is set by this event's scoring rule; report what happened in actions";
            if self.score.is_some() {
                return Err(ApiError::invalid("score", rule));
            }
            if self.achievements.is_some() {
                return Err(ApiError::invalid("achievements", rule));
            }
        } else if self.actions.is_some() {
            let rule = "are for a scoring rule, which this event does not have; report progressData or score";
            return Err(ApiError::invalid("actions", rule));
        }
        let actions = self.actions.as_deref().unwrap_or_default();
        if actions.len() > MAX_ACTIONS {
            return Err(ApiError::invalid("actions", format!("must have at most {MAX_ACTIONS} items")));
        }
        let bytes = encoded_len(&actions).saturating_add(encoded_len(&self.progress_data));
        if bytes > MAX_REPORT_BYTES {
            let rule = format!(
                "must have, together with progressData, at most {MAX_REPORT_BYTES} bytes as JSON, has {bytes}; send several reports"
            );
            return Err(ApiError::invalid("actions", rule));
        }
        Ok(())
    }

    /// What is reported to an event without a scoring rule.
    fn apply_progress(&self, participation: &mut Participation, now: Time) -> Result<(), ApiError> {
        if let Some(patch) = &self.progress_data {
            let progress = participation.progress_data.take().unwrap_or_default();
            let merged =
                progress.merged(patch).map_err(|error| ApiError::invalid("progressData", error.to_string()))?;
            participation.progress_data = Some(merged);
        }
        if let Some(score) = self.score {
            participation.set_score(score, now);
        }
        if let Some(achievements) = &self.achievements {
            participation.achievements = achievements.clone();
        }
        Ok(())
    }

    /// What has nothing to do with scoring.
    fn apply_rest(&self, participation: &mut Participation, now: Time) -> Result<(), ApiError> {
        if let Some(status) = self.status.filter(|status| *status != participation.status) {
            if status == ParticipantStatus::Active {
                let message = format!("{} players come back by joining again", participation.status);
                return Err(ApiError::conflict("ILLEGAL_TRANSITION", message));
            }
            participation.status.step(status).map_err(Refusal::from)?;
            participation.set_status(status, now);
            participation.last_activity = now;
        }
        if self.rating.is_some() {
            participation.rating = self.rating;
        }
        if self.sequence.is_some() {
            participation.last_sequence = self.sequence;
        }
        Ok(())
    }
}
