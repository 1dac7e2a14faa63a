//! Asks the rules: from an event with its pinned plugin to a decision that can be written down.
//!
//! This is where what is stored meets what is executed: the store gives plugins and rows, the sandbox answers, and what
//! comes back is turned into the model's own words.

mod error;
mod evaluate;
pub(crate) mod input;
mod pin;
mod rehearse;
pub(crate) mod settle;

use std::sync::Arc;

use uuid::Uuid;

pub use self::error::RefereeError;
pub use self::evaluate::Trial;
pub use self::input::{Attributes, EventInput};
pub use self::pin::{Drafts, ExamineError, PinError, check_parameters};
pub use self::rehearse::{Misfit, Rehearsal};
pub use self::settle::{PayoutPage, PayoutRefused};
use crate::model::action::Action;
use crate::model::event::WorldEvent;
use crate::model::json::JsonError;
use crate::model::participation::Admission;
use crate::model::{Object, ObjectList, ParticipantStatus, Participation, PlayerId, Score, Time};
use crate::rules::{
    Assessment, Call, CallResult, Outcome, PlayerAdmission, Plugin, PluginDigest, Refusal, Rules, Verdict,
};
use crate::store::participations::Change;
use crate::store::{Store, StoreError};

/// Asks the rules of events. Cheap to clone.
#[derive(Clone)]
pub struct Referee {
    rules: Rules,
    store: Store,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision<T> {
    /// Yes, and this is what comes of it.
    Granted(T),
    /// No, and why.
    Refused(Refusal),
}

/// What a report is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    score: Score,
    progress: Object,
    achievements: ObjectList,
    completed: bool,
    counters: std::collections::BTreeMap<String, i64>,
}

impl Scored {
    /// What a rule decided about this participation, in the model's words.
    pub(crate) fn of(outcome: Outcome, before: &Participation) -> Result<Self, RefereeError> {
        let bad = |member: &str, why: String| RefereeError::BadOutput(format!("`{member}` {why}"));
        let score = i64::try_from(outcome.score).unwrap_or(i64::MAX);
        Ok(Self {
            score: Score::try_from(score).map_err(|error| bad("score", error.to_string()))?,
            progress: outcome.progress.try_into().map_err(|error: JsonError| bad("progress", error.to_string()))?,
            achievements: before
                .achievements
                .extended(outcome.achievements)
                .map_err(|error| bad("achievements, with those from before,", error.to_string()))?,
            completed: outcome.completed,
            counters: outcome.counters,
        })
    }

    /// Puts what the rule decided into a change.
    pub fn apply(self, change: &mut Change, now: Time) {
        change.after.set_score(self.score, now);
        change.after.progress_data = Some(self.progress);
        change.after.achievements = self.achievements;
        if self.completed && change.after.status == ParticipantStatus::Active {
            change.set_status(ParticipantStatus::Completed, now);
        }
        change.add_counters(self.counters);
    }
}

impl Referee {
    /// A referee over these rules and what is stored.
    #[must_use]
    pub fn new(rules: Rules, store: Store) -> Self {
        Self { rules, store }
    }

    /// Asks the eligibility rule whether the player may join, and with what. `before` is how somebody stands who left and
    /// comes back.
    ///
    /// # Errors
    /// The rule gave no answer, or one that cannot be kept.
    pub async fn admit(
        &self,
        event: &EventInput,
        player: &PlayerId,
        before: Option<&Participation>,
        attributes: &Attributes,
        now: Time,
    ) -> Result<Decision<Admission>, RefereeError> {
        let plugin = self.plugin_of(&event.event).await?;
        let checked = self.rules.check(&plugin, input::application(event, player, before, attributes, now)).await;
        match self.told(&event.event, &plugin, checked, now).await?.answer {
            Verdict::Admit(admission) => admission_of(admission).map(Decision::Granted),
            Verdict::Refuse(refusal) => Ok(Decision::Refused(refusal)),
        }
    }

    /// Asks the scoring rule what a report is worth.
    ///
    /// # Errors
    /// The rule gave no answer, or one that cannot be kept.
    pub async fn score(
        &self,
        event: &EventInput,
        participation: &Participation,
        attributes: &Attributes,
        actions: &[Action],
        progress: Option<&Object>,
        now: Time,
    ) -> Result<Decision<Scored>, RefereeError> {
        let plugin = self.plugin_of(&event.event).await?;
        let card = input::scorecard(event, participation, attributes, actions, progress, now);
        let scored = self.rules.score(&plugin, card).await;
        let outcome = match self.told(&event.event, &plugin, scored, now).await?.answer {
            Assessment::Scored(outcome) => outcome,
            Assessment::Refused(refusal) => return Ok(Decision::Refused(refusal)),
        };
        Scored::of(outcome, participation).map(Decision::Granted)
    }

    /// Tells the world when the plugin was parked for this failure.
    async fn told<T>(
        &self,
        event: &WorldEvent,
        plugin: &Plugin,
        result: CallResult<T>,
        now: Time,
    ) -> Result<Call<T>, RefereeError> {
        if let Err(failed) = &result
            && plugin.take_parked()
        {
            self.store.tell_parked(event, failed.failure.code(), now).await?;
        }
        Ok(result?)
    }

    /// The event's plugin, ready to be called.
    async fn plugin_of(&self, event: &WorldEvent) -> Result<Arc<Plugin>, RefereeError> {
        let rules = event.rules.as_ref().ok_or(RefereeError::NoRules(event.id))?;
        self.plugin(&rules.digest, &format!("{}@{}", rules.plugin, rules.version)).await
    }

    /// The plugin of this module, ready to be called.
    async fn plugin(&self, digest: &str, label: &str) -> Result<Arc<Plugin>, RefereeError> {
        let no_module = || RefereeError::NoModule(digest.to_owned());
        let parsed: PluginDigest = digest.parse().map_err(|_| no_module())?;
        let fetch = || async {
            let module = self.store.module(digest).await.map_err(RefereeError::Store)?;
            module.ok_or_else(no_module)
        };
        Ok(self.rules.load(parsed, label, fetch).await?)
    }

    /// Loads the plugins of events that are announced or active, so that no request has to wait for it.
    ///
    /// # Errors
    /// The database failed. A plugin that does not load is logged and left to the requests that need it.
    pub async fn warm_up(&self) -> Result<(), StoreError> {
        for event in self.store.events_with_rules().await? {
            if let Err(error) = self.plugin_of(&event).await {
                tracing::warn!(event_id = %event.id, %error, "the plugin of an event does not load");
            }
        }
        Ok(())
    }
}

/// What a rule lets a player in with, in the model's words.
pub(crate) fn admission_of(admission: PlayerAdmission) -> Result<Admission, RefereeError> {
    let PlayerAdmission { progress, counters } = admission;
    let bad = |error: JsonError| RefereeError::BadOutput(format!("`progress` {error}"));
    Ok(Admission { progress: progress.try_into().map_err(bad)?, counters })
}

/// What `random-u64` starts from: the same for the same call, so that an answer can be had again, and of no use to whoever
/// wants to try their luck twice.
fn seed(event_id: Uuid, call: &str, about: &str, turn: u64) -> u64 {
    use sha2::{Digest as _, Sha256};
    let mut hash = Sha256::new();
    hash.update(event_id.as_bytes());
    for part in [call, about] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.update(turn.to_le_bytes());
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}
