//! What players do.

use std::collections::BTreeMap;

use rand::rngs::ChaCha8Rng;
use serde::Deserialize;
use serde_json::Map;

use super::{Draw, Numbers};
use crate::model::Object;
use crate::model::action::Action;
use crate::model::json::JsonError;
use crate::model::number::Delta;
use crate::model::text::ActionKind;

/// A kind of action, as the game reports it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ActionPlan {
    /// What it is called.
    pub kind: ActionKind,
    /// How often it is done, in relation to the others.
    #[serde(default = "one_part")]
    pub weight: f64,
    /// How much of it.
    #[serde(default = "one")]
    pub amount: Numbers,
    /// What else the game says about it.
    #[serde(default)]
    pub attributes: BTreeMap<String, Draw>,
}

fn one_part() -> f64 {
    1.0
}

fn one() -> Numbers {
    Numbers::constant(1)
}

impl ActionPlan {
    /// Draws an action.
    ///
    /// # Errors
    /// Its attributes are larger than a server takes.
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> Result<Action, JsonError> {
        let amount = Delta::saturating(self.amount.integer(rng));
        let attributes = if self.attributes.is_empty() { None } else { Some(object(&self.attributes, rng)?) };
        Ok(Action { kind: self.kind.clone(), amount, attributes })
    }
}

/// Draws the members of an object.
///
/// # Errors
/// It is larger than a server takes.
pub fn object(members: &BTreeMap<String, Draw>, rng: &mut ChaCha8Rng) -> Result<Object, JsonError> {
    let drawn: Map<_, _> = members.iter().filter_map(|(name, draw)| Some((name.clone(), draw.value(rng)?))).collect();
    drawn.try_into()
}
