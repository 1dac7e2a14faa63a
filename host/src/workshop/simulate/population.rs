//! Who comes to the event and what they do, as a designer describes it: `simulation.toml` beside the plugin.
//!
//! ```toml
//! players = 10_000
//! minutes = 60
//!
//! [event]
//! type = "INVASION"
//! goals = [{ counter = "boss-damage", target = 1_000_000, ends-event = true }]
//!
//! [[budget]]
//! reward-type = "xp"
//! most = 2_000_000
//!
//! [[group]]
//! name = "veteran"
//! share = 3
//! attributes.level = { integer = [20, 60] }
//! joins-at-minute = { exponential = 5 }
//! reports-every-seconds = { normal = [60, 15], least = 5 }
//! action = [{ kind = "hit", amount = { normal = [300, 80], least = 0 } }]
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::model::number::Minutes;
use crate::model::text::TextError;
use crate::workshop::scenario::{
    self, ActionPlan, Budget, Draw, EventPlan, Numbers, ScenarioError, WrongValue, budget,
};

/// The most players of one event: more do not fit the numbers that events are counted in.
pub const MAX_PLAYERS: u32 = 10_000_000;

/// The longest name of a group, in characters: the ids of its players begin with it.
const MAX_NAME: usize = 60;

/// Who comes to which event.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Population {
    /// How many players there are, unless the command says otherwise.
    #[serde(default = "default_players")]
    pub players: u32,
    /// How long the event lasts, unless the command says otherwise.
    #[serde(default = "default_minutes")]
    pub minutes: u32,
    /// The event.
    #[serde(default)]
    pub event: EventPlan,
    /// What may be paid.
    #[serde(default)]
    pub budget: Vec<Budget>,
    /// Players who are alike.
    #[serde(rename = "group")]
    pub groups: Vec<Group>,
}

fn default_players() -> u32 {
    10_000
}

fn default_minutes() -> u32 {
    60
}

/// Players who are alike.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Group {
    /// What they are called; their ids are this and a number.
    #[serde(deserialize_with = "group_name")]
    pub name: String,
    /// How many of all players they are, in relation to the other groups.
    #[serde(default = "one_part")]
    pub share: f64,
    /// What the game knows about each.
    #[serde(default)]
    pub attributes: BTreeMap<String, Draw>,
    /// When they join, in minutes from the start of the event; who would come after its end does not come at all.
    #[serde(default = "at_once")]
    pub joins_at_minute: Numbers,
    /// The time from joining to the first report, and from one report to the next.
    #[serde(default = "each_minute")]
    pub reports_every_seconds: Numbers,
    /// How many actions a report carries.
    #[serde(default = "one")]
    pub actions_per_report: Numbers,
    /// What they do.
    #[serde(rename = "action", default)]
    pub actions: Vec<ActionPlan>,
    /// The merge patch for the progress that a report carries, member by member; none at all if there are none.
    #[serde(default)]
    pub progress: BTreeMap<String, Draw>,
    /// Whether players go on reporting when they have completed the event.
    #[serde(default)]
    pub reports_when_completed: bool,
    /// Those who leave before the end.
    pub leaving: Option<Leaving>,
}

/// How some of a group leave before the end.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Leaving {
    /// How many of the group do, 0 to 1.
    pub share: f64,
    /// How long they stay each time, in minutes.
    pub after_minutes: Numbers,
    /// After how many minutes they come back; without it they do not.
    pub back_after_minutes: Option<Numbers>,
}

fn one_part() -> f64 {
    1.0
}

fn at_once() -> Numbers {
    Numbers::constant(0)
}

fn each_minute() -> Numbers {
    Numbers::constant(60)
}

fn one() -> Numbers {
    Numbers::constant(1)
}

fn group_name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let actual = name.chars().count();
    let check = || match actual {
        _ if name.trim().is_empty() => Err(TextError::Empty),
        _ if actual > MAX_NAME => Err(TextError::TooLong { limit: MAX_NAME, actual }),
        _ if name.contains('\0') => Err(TextError::Nul),
        _ => Ok(()),
    };
    check().map_err(serde::de::Error::custom)?;
    Ok(name)
}

impl Population {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or something in it is wrong.
    pub fn load(file: &Path) -> Result<Self, ScenarioError> {
        let population: Self = scenario::read(file)?;
        population.check().map_err(|wrong| wrong.within(file))?;
        Ok(population)
    }

    /// Checks what the types alone do not.
    fn check(&self) -> Result<(), WrongValue> {
        check_players(self.players).map_err(|problem| WrongValue::new("players", problem))?;
        check_minutes(self.minutes).map_err(|problem| WrongValue::new("minutes", problem))?;
        budget::check(&self.budget)?;
        let mut names = BTreeSet::new();
        for (index, group) in self.groups.iter().enumerate() {
            let wrong = |member: &str, problem: &str| {
                Err(WrongValue::new(format!("group[{index}] ({}){member}", group.name), problem))
            };
            if !names.insert(&group.name) {
                return wrong(".name", "must not be the name of another group");
            }
            if !is_part(group.share) {
                return wrong(".share", "must be a number of at least 0");
            }
            if group.actions.iter().any(|action| !is_part(action.weight)) {
                return wrong(".action.weight", "must be a number of at least 0");
            }
            if !group.actions.is_empty() && group.actions.iter().all(|action| action.weight == 0.0) {
                return wrong(".action.weight", "must be above 0 for one action at least");
            }
            if group.leaving.as_ref().is_some_and(|leaving| !(0.0..=1.0).contains(&leaving.share)) {
                return wrong(".leaving.share", "must be a number from 0 to 1");
            }
        }
        if self.groups.iter().all(|group| group.share == 0.0) {
            return Err(WrongValue::new("group", "there must be a group with a share above 0"));
        }
        Ok(())
    }
}

fn is_part(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}

/// Checks a number of players.
///
/// # Errors
/// There are none, or too many.
pub fn check_players(players: u32) -> Result<(), String> {
    if (1..=MAX_PLAYERS).contains(&players) {
        Ok(())
    } else {
        Err(format!("must be from 1 to {MAX_PLAYERS}, is {players}"))
    }
}

/// Checks the length of an event.
///
/// # Errors
/// No event is so short, or so long.
pub fn check_minutes(minutes: u32) -> Result<(), String> {
    Minutes::try_from(i64::from(minutes)).map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        let population: Population = toml::from_str(text).map_err(|error| error.to_string())?;
        population.check().map_err(|wrong| format!("{}: {}", wrong.place, wrong.problem))
    }

    #[test]
    fn little_has_to_be_said() {
        check("[[group]]\nname = 'a'").unwrap();
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, place, why) in [
            ("", "", "missing field `group`"),
            ("group = []", "group", "with a share above 0"),
            ("[[group]]", "", "missing field `name`"),
            ("[[group]]\nname = ''", "line 2", "must not be empty"),
            ("[[group]]\nname = 'a'\nshares = 3", "line 3", "unknown field `shares`"),
            ("[[group]]\nname = 'a'\n[[group]]\nname = 'a'", "group[1] (a).name", "another group"),
            ("[[group]]\nname = 'a'\nshare = -1", "group[0] (a).share", "at least 0"),
            ("[[group]]\nname = 'a'\naction = [{ kind = 'x', weight = 0 }]", ".action.weight", "above 0"),
            ("[[group]]\nname = 'a'\nactions-per-report = 'x'", "line 3", "must be a number"),
            ("[[group]]\nname = 'a'\nleaving = { share = 2, after-minutes = 1 }", ".leaving.share", "0 to 1"),
            ("players = 0\n[[group]]\nname = 'a'", "players", "from 1 to 10000000"),
            ("minutes = 0\n[[group]]\nname = 'a'", "minutes", "from 1 to 5256000"),
            (
                "budget = [{ reward-type = 'xp', most = 1 }, { reward-type = 'xp', most = 2 }]\n[[group]]\nname = 'a'",
                "budget[1]",
                "the same reward",
            ),
            ("[event]\ntype = 'PARTY'\n[[group]]\nname = 'a'", "line 2", "unknown variant `PARTY`"),
            ("[[budget]]\nreward-type = 'gold'\nmost = 1\n[[group]]\nname = 'a'", "line 2", "unknown variant `gold`"),
        ] {
            let told = check(text).unwrap_err();
            assert!(told.contains(place) && told.contains(why), "{text}: {told}");
        }
    }
}
