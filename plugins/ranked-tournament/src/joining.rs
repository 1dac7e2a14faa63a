//! Who may join.

use world_events_plugin_sdk::prelude::*;

use crate::Parameters;

/// Where no bound is set, a player whose rating is not known can join, too.
pub(crate) fn check(player: &Player, parameters: &Parameters) -> Result<Admission, Refusal> {
    if parameters.min_rating.is_none() && parameters.max_rating.is_none() {
        return Ok(Admission::default());
    }
    let Some(rating) = player.attribute::<i64>("rating")? else {
        return Err(Refusal::new("RATING_MISSING", "the rating is not known, and this tournament asks for one"));
    };
    if let Some(min) = parameters.min_rating.filter(|min| rating < *min) {
        return Err(Refusal::new(
            "RATING_TOO_LOW",
            format!("rating {rating} is too low: the tournament is for {min} and above"),
        ));
    }
    if let Some(max) = parameters.max_rating.filter(|max| rating > *max) {
        return Err(Refusal::new(
            "RATING_TOO_HIGH",
            format!("rating {rating} is too high: the tournament is for {max} and below"),
        ));
    }
    Ok(Admission::default())
}
