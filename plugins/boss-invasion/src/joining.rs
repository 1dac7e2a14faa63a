//! Who may join.

use world_events_plugin_sdk::prelude::*;

use crate::Parameters;

/// A condition that is not set is not checked, so that a player who lacks the attribute can still join.
pub(crate) fn check(player: &Player, parameters: &Parameters) -> Result<Admission, Refusal> {
    if parameters.min_level > 0 {
        check_level(player, parameters.min_level)?;
    }
    if !parameters.factions.is_empty() {
        check_faction(player, &parameters.factions)?;
    }
    Ok(Admission::default())
}

fn check_level(player: &Player, min: u32) -> Result<(), Refusal> {
    match player.attribute::<u64>("level")? {
        Some(level) if level >= min.into() => Ok(()),
        Some(level) => {
            Err(Refusal::new("LEVEL_TOO_LOW", format!("level {level} is too low: the invasion is for {min} and above")))
        }
        None => {
            Err(Refusal::new("LEVEL_MISSING", format!("the level is not known: the invasion is for {min} and above")))
        }
    }
}

fn check_faction(player: &Player, allowed: &[String]) -> Result<(), Refusal> {
    match player.attribute::<String>("faction")? {
        Some(faction) if allowed.contains(&faction) => Ok(()),
        Some(faction) => Err(Refusal::new(
            "FACTION_NOT_ALLOWED",
            format!("{faction} does not take part: the invasion is for {}", allowed.join(", ")),
        )),
        None => Err(Refusal::new(
            "FACTION_MISSING",
            format!("the faction is not known: the invasion is for {}", allowed.join(", ")),
        )),
    }
}
