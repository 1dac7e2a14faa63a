//! Who may join.

use world_events_plugin_sdk::prelude::*;

use crate::Parameters;

/// A condition that is not set is not checked, so that a player who lacks the attribute can still join.
pub(crate) fn check(player: &Player, parameters: &Parameters) -> Result<Admission, Refusal> {
    if parameters.min_level > 0 {
        check_level(player, parameters.min_level)?;
    }
    if !parameters.requires.is_empty() {
        check_quests(player, &parameters.requires)?;
    }
    Ok(Admission::default())
}

fn check_level(player: &Player, min: u32) -> Result<(), Refusal> {
    match player.attribute::<u64>("level")? {
        Some(level) if level >= min.into() => Ok(()),
        Some(level) => {
            Err(Refusal::new("LEVEL_TOO_LOW", format!("level {level} is too low: the quest is for {min} and above")))
        }
        None => Err(Refusal::new("LEVEL_MISSING", format!("the level is not known: the quest is for {min} and above"))),
    }
}

/// Who has no list of quests has done none.
fn check_quests(player: &Player, required: &[String]) -> Result<(), Refusal> {
    let done = player.attribute::<Vec<String>>("quests")?.unwrap_or_default();
    match required.iter().find(|quest| !done.contains(quest)) {
        Some(quest) => Err(Refusal::new("QUEST_MISSING", format!("{quest} has to be done first"))),
        None => Ok(()),
    }
}
