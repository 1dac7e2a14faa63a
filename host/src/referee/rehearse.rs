//! Rehearsal: rules that an event is to have are asked about those who are in it, before they decide anything.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Attributes, EventInput, Referee, RefereeError, input, seed};
use crate::model::event::WorldEvent;
use crate::model::rules::{Capability, PinnedRules};
use crate::model::time::unix_millis;
use crate::model::{Object, Participation, PlayerId, Time};
use crate::rules::{Assessment, FailedCall, Plugin, abi};
use crate::store::StoreError;
use crate::store::settlements::Standing;

/// How many of those who joined first, and of those who joined last, are asked about.
const SAMPLE: i64 = 10;

/// Rules that do not go with a player of the event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Misfit {
    /// Who was asked about; nobody in particular where a page of standings was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub player_id: Option<PlayerId>,
    /// What was asked.
    pub call: &'static str,
    /// Why it does not do.
    pub why: String,
    /// What is known of a call that failed.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

/// What a rehearsal showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// How many players were asked about.
    pub sampled: usize,
    /// What went wrong.
    pub misfits: Vec<Misfit>,
}

impl Referee {
    /// Tries rules with some of those who are in an event: its parameters as they would be, and the players as they are. A
    /// rule fits unless a call fails, or it refuses a report of nothing that the present rule takes, as one does that
    /// cannot read the notes of the other. Changes nothing.
    ///
    /// # Errors
    /// The plugin cannot be loaded, a call was stopped by the clock or found no place, or the database failed.
    pub async fn rehearse(&self, event: &WorldEvent, to: &PinnedRules, now: Time) -> Result<Rehearsal, RefereeError> {
        let cast = self.cast(event).await?;
        let candidate = Stage::of(self, WorldEvent { rules: Some(to.clone()), ..event.clone() }).await?;
        let present = match &event.rules {
            Some(rules) if rules.can(Capability::Scoring) => Some(Stage::of(self, event.clone()).await?),
            _ => None,
        };
        let mut misfits = Vec::new();
        for (participation, attributes) in &cast {
            let player = Asked { participation, attributes: Attributes::new(attributes.clone()), now };
            if to.can(Capability::Eligibility) {
                misfits.extend(self.rehearse_check(&candidate, &player).await?);
            }
            if to.can(Capability::Scoring) {
                misfits.extend(self.rehearse_score(&candidate, present.as_ref(), &player).await?);
            }
        }
        let sampled = cast.len();
        if to.can(Capability::Rewards) {
            let paid = self.rules.payout(&candidate.plugin, page(&candidate, cast, now)).await;
            misfits.extend(paid.err().map(|failed| misfit(None, "rewards.payout", failed)).transpose()?);
        }
        Ok(Rehearsal { sampled, misfits })
    }

    /// Those who are asked about, with their attributes, in the order of standings.
    pub(super) async fn cast(&self, event: &WorldEvent) -> Result<Vec<(Participation, Object)>, StoreError> {
        let cast = self.store.sample(event.id, SAMPLE).await?;
        let players: Vec<PlayerId> = cast.iter().map(|participation| participation.player_id.clone()).collect();
        let mut attributes = self.store.attributes_of(&players).await?;
        let with_attributes = |participation: Participation| {
            let attributes = attributes.remove(&participation.player_id).unwrap_or_default();
            (participation, attributes)
        };
        Ok(cast.into_iter().map(with_attributes).collect())
    }

    async fn rehearse_check(&self, stage: &Stage, player: &Asked<'_>) -> Result<Option<Misfit>, RefereeError> {
        let id = &player.participation.player_id;
        let application = input::application(&stage.input, id, None, &player.attributes, player.now);
        let checked = self.rules.check(&stage.plugin, application).await;
        checked.err().map(|failed| misfit(Some(id), "eligibility.check", failed)).transpose()
    }

    async fn rehearse_score(
        &self,
        candidate: &Stage,
        present: Option<&Stage>,
        player: &Asked<'_>,
    ) -> Result<Option<Misfit>, RefereeError> {
        const CALL: &str = "scoring.score";
        let id = &player.participation.player_id;
        let refusal = match self.score_nothing(candidate, player).await {
            Ok(Assessment::Scored(_)) => return Ok(None),
            Ok(Assessment::Refused(refusal)) => refusal,
            Err(failed) => return misfit(Some(id), CALL, failed).map(Some),
        };
        let Some(present) = present else { return Ok(None) };
        let Ok(Assessment::Scored(_)) = self.score_nothing(present, player).await else { return Ok(None) };
        let why = format!("it refuses a report of nothing, which the present rule takes: {refusal}");
        Ok(Some(Misfit { player_id: Some(id.clone()), call: CALL, why, details: Value::Null }))
    }

    async fn score_nothing(&self, stage: &Stage, player: &Asked<'_>) -> Result<Assessment, Box<FailedCall>> {
        let Asked { participation, attributes, now } = player;
        let card = input::scorecard(&stage.input, participation, attributes, &[], None, *now);
        Ok(self.rules.score(&stage.plugin, card).await?.answer)
    }
}

/// A call that failed; what says more about the moment than about the rule is an error.
fn misfit(player: Option<&PlayerId>, call: &'static str, failed: Box<FailedCall>) -> Result<Misfit, RefereeError> {
    if failed.failure.is_transient() {
        return Err(failed.into());
    }
    Ok(Misfit { player_id: player.cloned(), call, why: failed.to_string(), details: failed.details() })
}

/// A player who is asked about.
struct Asked<'a> {
    participation: &'a Participation,
    attributes: Attributes,
    now: Time,
}

/// An event with rules that can be asked, and of whose answers nothing comes.
pub(super) struct Stage {
    pub(super) plugin: Arc<Plugin>,
    pub(super) input: EventInput,
}

impl Stage {
    async fn of(referee: &Referee, event: WorldEvent) -> Result<Self, RefereeError> {
        let event = Arc::new(event);
        let plugin = referee.plugin_of(&event).await?.apart();
        Ok(Self { plugin, input: EventInput::of(&event) })
    }
}

/// The players, who are in the order of standings, as a page.
pub(super) fn page(stage: &Stage, cast: Vec<(Participation, Object)>, now: Time) -> abi::Page {
    let mut rank = 0;
    let mut last = None;
    let total = cast.len() as u64;
    let standing = |(position, (participation, attributes)): (i64, (Participation, Object))| {
        if last.replace(participation.score) != Some(participation.score) {
            rank = position;
        }
        input::standing(&Standing { position, rank, participation, attributes })
    };
    let event = &stage.input.event;
    abi::Page {
        event: input::event(event),
        offset: 0,
        total,
        rows: (1..).zip(cast).map(standing).collect(),
        now: unix_millis(now),
        seed: seed(event.id, "rewards.payout", "", 0),
    }
}
