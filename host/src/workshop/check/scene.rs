//! What the rule is tried in: a player with a history, or a field of players at the end of an event.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::declared::Declared;
use super::schema::Parameters;
use super::values::{Deed, Members, declared_action, declared_object, wild_action, wild_object};
use crate::model::Object;
use crate::model::action::{Action, MAX_ACTIONS};
use crate::model::json::{MAX_REPORT_BYTES, encoded_len};
use crate::model::number::Delta;
use crate::rules::ParametersSchema;

/// The most reports that a player has a history of, and the most actions in each.
const REPORTS: usize = 4;
const ACTIONS: usize = 6;

/// How many different histories the players of a field have at most.
const LIVES: usize = 6;

/// How often parameters are made to see whether they can be.
const SAMPLES: usize = 64;

/// What a report says.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What was done.
    pub deeds: Vec<Deed>,
    /// A merge patch for the progress.
    pub patch: Option<Members>,
}

impl Told {
    /// The actions as a server has them: as many as it takes.
    #[must_use]
    pub fn actions(&self) -> Vec<Action> {
        let mut room = MAX_REPORT_BYTES.saturating_sub(encoded_len(&self.patch) + 2);
        let action = |deed: &Deed| {
            let attributes = if deed.attributes.is_empty() { None } else { Some(deed.attributes.clone()) };
            Some(Action {
                kind: deed.kind.parse().ok()?,
                amount: Delta::saturating(deed.amount),
                attributes: attributes.map(Object::try_from).transpose().ok()?,
            })
        };
        let fits = |action: &Action| {
            let bytes = encoded_len(action) + 1;
            let fits = bytes <= room;
            room = room.saturating_sub(bytes);
            fits
        };
        self.deeds.iter().filter_map(action).take(MAX_ACTIONS).take_while(fits).collect()
    }

    /// The patch as a server has it.
    #[must_use]
    pub fn progress(&self) -> Option<Object> {
        self.patch.clone().and_then(|patch| patch.try_into().ok())
    }
}

/// A player, and what is reported.
#[derive(Debug, Clone)]
pub struct Life {
    /// What the game knows.
    pub attributes: Members,
    /// The reports, in their order.
    pub reports: Vec<Told>,
}

/// A player in an event.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The parameters of the rule.
    pub parameters: Members,
    /// How many do the same, as far as shared counters are concerned.
    pub crowd: u32,
    /// The player.
    pub life: Life,
    /// Which of the reports is swapped with the one behind it, where their order is to be another one.
    pub swapped: Index,
    /// What the event's id is made from, and with it the seed of each call.
    pub seed: u64,
}

/// The players of an event that is over.
#[derive(Debug, Clone)]
pub struct Field {
    /// The parameters of the rule.
    pub parameters: Members,
    /// The histories that there are.
    pub lives: Vec<Life>,
    /// Which of them each player has.
    pub players: Vec<Index>,
    /// Where the standings are cut into pages.
    pub cuts: Vec<Index>,
    /// What the event's id is made from, and with it the seed of each call.
    pub seed: u64,
}

/// What inputs are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As declared for the most part, else whatever a server lets through.
    Mixed,
    /// As declared, with the declared parameters.
    Declared,
    /// As much as a server lets through.
    Heavy,
}

/// Where inputs come from.
pub struct Sources<'a> {
    declared: &'a Declared,
    base: Members,
    generated: Option<BoxedStrategy<Members>>,
    /// What is not tried, and why.
    pub notes: Vec<String>,
}

impl<'a> Sources<'a> {
    /// Inputs as they are declared, and parameters by the plugin's schema; `base` are the declared ones.
    #[must_use]
    pub fn new(declared: &'a Declared, base: Members, schema: Option<(&Value, ParametersSchema)>) -> Self {
        let mut notes = Vec::new();
        let generated = schema.and_then(|(schema, validator)| {
            let Parameters { strategy, notes: not_understood } = Parameters::of(schema);
            notes.extend(not_understood);
            let validator = Arc::new(validator);
            let valid = strategy.prop_filter("parameters as the schema allows them", move |parameters| {
                validator.validate(&Value::Object(parameters.clone())).is_ok()
                    && Object::try_from(parameters.clone()).is_ok()
            });
            let mut runner = TestRunner::deterministic();
            let can_be_made = (0..SAMPLES).any(|_| valid.new_tree(&mut runner).is_ok());
            if !can_be_made {
                notes.push(
                    "no valid parameters could be made by the schema; only the declared ones are tried".to_owned(),
                );
            }
            can_be_made.then(|| valid.boxed())
        });
        if declared.actions.is_empty() {
            notes.push(
                "no actions are declared, in check.toml or simulation.toml: the rule may know none of those that are tried"
                    .to_owned(),
            );
        }
        Self { declared, base, generated, notes }
    }

    fn parameters(&self, manner: Manner) -> BoxedStrategy<Members> {
        let base = Just(self.base.clone());
        match &self.generated {
            Some(generated) if manner != Manner::Declared => prop_oneof![1 => base, 1 => generated.clone()].boxed(),
            _ => base.boxed(),
        }
    }

    /// What the game knows about players.
    pub fn attributes(&self, manner: Manner) -> BoxedStrategy<Members> {
        let declared = declared_object(&self.declared.attributes);
        let wild = wild_object(self.declared.attributes.keys().cloned().collect());
        match manner {
            Manner::Declared if !self.declared.attributes.is_empty() => declared,
            _ => prop_oneof![3 => declared, 1 => wild].boxed(),
        }
    }

    fn report(&self, manner: Manner) -> BoxedStrategy<Told> {
        let plans = &self.declared.actions;
        let wild = wild_action(plans);
        let deed = if plans.is_empty() {
            wild
        } else {
            match manner {
                Manner::Declared => declared_action(plans),
                Manner::Heavy => declared_action(plans),
                // A whole report of wild actions is mostly refused, so there are few of them.
                Manner::Mixed => prop_oneof![12 => declared_action(plans), 1 => wild].boxed(),
            }
        };
        let deeds = match manner {
            Manner::Heavy => vec(deed, 0..=MAX_ACTIONS).boxed(),
            Manner::Declared | Manner::Mixed => vec(deed, 0..=ACTIONS).boxed(),
        };
        let patch = match manner {
            Manner::Mixed => prop_oneof![9 => Just(None), 1 => wild_object(Vec::new()).prop_map(Some)].boxed(),
            Manner::Declared | Manner::Heavy => Just(None).boxed(),
        };
        (deeds, patch).prop_map(|(deeds, patch)| Told { deeds, patch }).boxed()
    }

    fn life(&self, manner: Manner) -> BoxedStrategy<Life> {
        (self.attributes(manner), vec(self.report(manner), 1..=REPORTS))
            .prop_map(|(attributes, reports)| Life { attributes, reports })
            .boxed()
    }

    /// A player in an event.
    pub fn scene(&self, manner: Manner) -> BoxedStrategy<Scene> {
        let crowd = prop_oneof![1 => Just(1_u32), 1 => 1..=100_000_u32];
        (self.parameters(manner), crowd, self.life(manner), any::<Index>(), any::<u64>())
            .prop_map(|(parameters, crowd, life, swapped, seed)| Scene { parameters, crowd, life, swapped, seed })
            .boxed()
    }

    /// The players of an event that is over; as many as are declared at most, and just as many if it is to be heavy.
    pub fn field(&self, manner: Manner) -> BoxedStrategy<Field> {
        let most = self.declared.players;
        let least = if manner == Manner::Heavy { most } else { 1 };
        // Each has a short history: what matters here is what comes of many.
        let manner_of_lives = if manner == Manner::Heavy { Manner::Declared } else { manner };
        let lives = vec(self.life(manner_of_lives), 1..=LIVES);
        let (players, cuts) = (vec(any::<Index>(), least..=most), vec(any::<Index>(), 1..=4));
        (self.parameters(manner), lives, players, cuts, any::<u64>())
            .prop_map(|(parameters, lives, players, cuts, seed)| Field { parameters, lives, players, cuts, seed })
            .boxed()
    }
}
