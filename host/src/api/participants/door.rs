//! A player at the door of an event.

use std::sync::Arc;

use uuid::Uuid;

use crate::api::App;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::live::LiveEvent;
use crate::model::participation::Admission;
use crate::model::rules::{Capability, FailurePolicy};
use crate::model::{ParticipantStatus, Participation, PlayerId, Time};
use crate::referee::{Decision, EventInput, RefereeError};
use crate::store::participations::{Application, JoinOutcome};

/// A player at the door of an event.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) app: App,
    pub(super) caller: Caller,
    pub(super) live: Arc<LiveEvent>,
    pub(super) player: PlayerId,
    pub(super) now: Time,
}

/// What the rule says: what the player begins with, or why not.
pub(super) type Decided = Result<Admission, ApiError>;

impl Door {
    /// Asks the event's eligibility rule, if it has one, and has the player written if it says yes. `before`: how the player
    /// stands who left and comes back. The rule is to know that; whether it is so is found out only when it matters, so that
    /// newcomers do not wait for it.
    pub(super) async fn enter(&self, before: Option<Arc<Participation>>) -> Result<JoinOutcome, ApiError> {
        if !self.live.event.has_rule(Capability::Eligibility) {
            return self.act(before, Ok(Admission::default())).await;
        }
        let turnstile = &self.app.turnstile;
        if !turnstile.is_before(self.live.event.id) {
            match self.decide(self.live.input(), before.as_deref()).await? {
                Ok(admission) if !admission.counters.is_empty() => turnstile.put_before(self.live.event.id),
                decided => return self.act(before, decided).await,
            }
        }
        // Read here, by all who come at once, so that nobody waits for it in the queue, where it is in memory then.
        self.app.live.attributes(&self.player).await?;
        turnstile.pass(self.clone(), before).await
    }

    /// Asks the eligibility rule about the player, in an event that stands like this.
    pub(super) async fn decide(&self, event: &EventInput, before: Option<&Participation>) -> Result<Decided, ApiError> {
        let Self { app, caller, live, player, now } = self;
        let attributes = app.live.attributes(player).await?;
        Ok(match app.referee.admit(event, player, before, &attributes, *now).await {
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

    /// Does what was decided.
    pub(super) async fn act(
        &self,
        before: Option<Arc<Participation>>,
        decided: Decided,
    ) -> Result<JoinOutcome, ApiError> {
        let event_id = self.live.event.id;
        let may_return = before.is_some() || !self.live.event.has_rule(Capability::Eligibility);
        match decided {
            Ok(admission) => {
                let (player_id, id) = (self.player.clone(), Uuid::now_v7());
                Ok(self.app.live.join(Application { event_id, player_id, id, admission, may_return }).await?)
            }
            Err(refused) => self.refuse(may_return, refused).await,
        }
    }

    /// Who is in, or may not come back, is told so whatever the rule says; and for who left, the rule is to know it.
    async fn refuse(&self, is_known: bool, refused: ApiError) -> Result<JoinOutcome, ApiError> {
        let participation = self.app.live.participation((self.live.event.id, self.player.clone())).await?;
        match participation {
            Some(participation) if participation.status == ParticipantStatus::Kicked => Ok(JoinOutcome::Kicked),
            Some(participation) if participation.status.is_inside() => Ok(JoinOutcome::AlreadyIn(participation.status)),
            Some(participation) if !is_known => Ok(JoinOutcome::LeftBefore(participation)),
            Some(_) | None => Err(refused),
        }
    }
}
