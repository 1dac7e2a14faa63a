//! What a report says, and what of it may be said.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::caller::{Caller, Permission};
use crate::api::error::ApiError;
use crate::auth::Role;
use crate::model::action::{Action, MAX_ACTIONS};
use crate::model::event::WorldEvent;
use crate::model::json::{MAX_REPORT_BYTES, encoded_len};
use crate::model::number::{Rating, Score, Sequence};
use crate::model::rules::Capability;
use crate::model::{Object, ObjectList, ParticipantStatus, Participation, PlayerId, Refusal, Time};
use crate::store::participations::Change;

/// What happened to a player.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = UpdateParticipationRequest)]
pub struct UpdateParticipation {
    /// `COMPLETED`, `LEFT` or `KICKED`; trusted roles only.
    pub(super) status: Option<ParticipantStatus>,
    /// A JSON merge patch (RFC 7396) of the progress. With a scoring rule, the rule decides what of it holds.
    pub(super) progress_data: Option<Object>,
    /// The new score; trusted roles, and only without a scoring rule.
    score: Option<Score>,
    /// The new achievements, all of them; trusted roles, and only without a scoring rule.
    achievements: Option<ObjectList>,
    /// What the player did, for the scoring rule; at most 1,000.
    #[schema(max_items = 1000)]
    pub(super) actions: Option<Vec<Action>>,
    /// The number of this report. One that is not above the last applied changes nothing, so that retries are safe.
    pub(super) sequence: Option<Sequence>,
    /// How content the player is; also after the end.
    rating: Option<Rating>,
}

impl UpdateParticipation {
    pub(super) fn is_only_rating(&self) -> bool {
        self.rating.is_some() && self.status.is_none() && !self.reports_progress()
    }

    /// Whether there is anything to score or to merge.
    pub(super) fn reports_progress(&self) -> bool {
        self.progress_data.is_some() || self.score.is_some() || self.achievements.is_some() || self.actions.is_some()
    }

    /// Whether this report, or a later one, was applied before.
    pub(super) fn was_applied(&self, participation: &Participation) -> bool {
        matches!((self.sequence, participation.last_sequence), (Some(sequence), Some(last)) if sequence <= last)
    }

    /// Demands that the caller may report this, and that the event takes it.
    pub(super) fn check(&self, caller: &Caller, player: &PlayerId, event: &WorldEvent) -> Result<(), ApiError> {
        let permission = if self.is_only_rating() { Permission::Rate } else { Permission::Report };
        caller.require_for(permission, player)?;
        self.check_caller(caller, event)?;
        self.check_members(event)
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
    pub(super) fn apply_progress(&self, participation: &mut Participation, now: Time) -> Result<(), ApiError> {
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
    pub(super) fn apply_rest(&self, change: &mut Change, now: Time) -> Result<(), ApiError> {
        if let Some(status) = self.status.filter(|status| *status != change.after.status) {
            if status == ParticipantStatus::Active {
                let message = format!("{} players come back by joining again", change.after.status);
                return Err(ApiError::conflict("ILLEGAL_TRANSITION", message));
            }
            change.after.status.step(status).map_err(Refusal::from)?;
            change.set_status(status, now);
            change.after.last_activity = now;
        }
        if self.rating.is_some() {
            change.after.rating = self.rating;
        }
        if self.sequence.is_some() {
            change.after.last_sequence = self.sequence;
        }
        Ok(())
    }
}
