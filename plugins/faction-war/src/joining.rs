//! Who may join, and for which side.

use world_events_plugin_sdk::json;
use world_events_plugin_sdk::prelude::*;

use crate::{Parameters, Progress, members};

/// Lets a player in for the faction of the attribute, notes it, and counts the player as its member. Who comes back comes
/// back to the side that was noted, whatever the attribute says by now.
pub(crate) fn check(application: &Application, parameters: &Parameters) -> Result<Admission, Refusal> {
    let Application { event, player, .. } = application;
    if parameters.min_level > 0 {
        check_level(player, parameters.min_level)?;
    }
    let [one, other] = &parameters.sides;
    let side = match &application.participation {
        Some(before) => Some(before.progress::<Progress>()?.side),
        None => player.attribute::<String>("faction")?,
    };
    let Some(side) = side else {
        let message = format!("the faction is not known: the war is between {one} and {other}");
        return Err(Refusal::new("FACTION_MISSING", message));
    };
    let Some(enemy) = parameters.enemy_of(&side) else {
        let message = format!("{side} is not at war: the war is between {one} and {other}");
        return Err(Refusal::new("FACTION_NOT_AT_WAR", message));
    };
    check_balance(event, &side, enemy, parameters)?;
    let members = members(&side);
    Ok(Admission::default().with_progress(&Progress::of(side)).counting(&members, 1))
}

fn check_level(player: &Player, min: u32) -> Result<(), Refusal> {
    match player.attribute::<u64>("level")? {
        Some(level) if level >= min.into() => Ok(()),
        Some(level) => {
            Err(Refusal::new("LEVEL_TOO_LOW", format!("level {level} is too low: the war is for {min} and above")))
        }
        None => Err(Refusal::new("LEVEL_MISSING", format!("the level is not known: the war is for {min} and above"))),
    }
}

/// Whether the side has room for one more before it is too far ahead.
fn check_balance(event: &Event, side: &str, enemy: &str, parameters: &Parameters) -> Result<(), Refusal> {
    let [ours, theirs] = [side, enemy].map(|side| event.counter(&members(side)).max(0));
    let by_percent = theirs.saturating_mul(parameters.max_lead_percent.into()) / 100;
    let max_lead = by_percent.max(parameters.max_lead.into());
    if ours - theirs < max_lead {
        return Ok(());
    }
    let message = format!("{side} has {ours} members and {enemy} {theirs}: come back when the sides are more even");
    let details = json!({"side": side, "members": ours, "enemies": theirs, "maxLead": max_lead});
    Err(Refusal::new("SIDE_AHEAD", message).with_details(&details))
}
