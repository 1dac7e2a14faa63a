//! Who may join.

use world_events_plugin_sdk::prelude::*;

use crate::Parameters;

/// Help is welcome from everybody, unless the designer asks for a level.
pub(crate) fn check(player: &Player, parameters: &Parameters) -> Result<Admission, Refusal> {
    let min = parameters.min_level;
    if min == 0 {
        return Ok(Admission::default());
    }
    match player.attribute::<u64>("level")? {
        Some(level) if level >= min.into() => Ok(Admission::default()),
        Some(level) => Err(Refusal::new(
            "LEVEL_TOO_LOW",
            format!("level {level} is too low: the relief drive is for {min} and above"),
        )),
        None => Err(Refusal::new(
            "LEVEL_MISSING",
            format!("the level is not known: the relief drive is for {min} and above"),
        )),
    }
}
