//! Who may join.

use ranked_tournament::{Parameters, RankedTournament};
use serde_json::Value;
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{json, testing};

fn check(parameters: Value, attributes: Value) -> Result<Admission, Refusal> {
    let player = testing::player("p1").with_attributes(attributes);
    RankedTournament::check(&testing::application(player), &testing::parameters::<RankedTournament>(parameters))
}

#[test]
fn by_default_everybody_joins() {
    assert_eq!(check(json!({}), json!({})), Ok(Admission::default()));
    assert_eq!(check(json!({}), json!({"rating": "unrated"})), Ok(Admission::default()));
    assert_eq!(testing::parameters::<RankedTournament>(json!({})), Parameters::default());
}

#[test]
fn the_rating_must_lie_in_the_range() {
    let range = json!({"minRating": 1_200, "maxRating": 1_800});
    for rating in [1_200, 1_500, 1_800] {
        assert_eq!(check(range.clone(), json!({"rating": rating})), Ok(Admission::default()));
    }
    assert_eq!(
        check(range.clone(), json!({"rating": 1_199})),
        Err(Refusal::new("RATING_TOO_LOW", "rating 1199 is too low: the tournament is for 1200 and above"))
    );
    assert_eq!(
        check(range, json!({"rating": 1_801})),
        Err(Refusal::new("RATING_TOO_HIGH", "rating 1801 is too high: the tournament is for 1800 and below"))
    );
}

#[test]
fn one_bound_is_enough_to_ask_for_a_rating() {
    for bound in [json!({"minRating": 0}), json!({"maxRating": 1_800})] {
        assert_eq!(check(bound.clone(), json!({"rating": 7})), Ok(Admission::default()));
        assert_eq!(
            check(bound, json!({})),
            Err(Refusal::new("RATING_MISSING", "the rating is not known, and this tournament asks for one"))
        );
    }
}

#[test]
fn a_rating_that_is_no_integer_is_refused_with_the_reason() {
    let Err(refusal) = check(json!({"minRating": 0}), json!({"rating": "high"})) else {
        panic!("was let in");
    };
    assert_eq!(refusal.code, "MALFORMED_DATA");
    assert!(refusal.message.contains("the player's attribute `rating`"), "{}", refusal.message);
}
