//! Who may join.

use serde_json::Value;
use story_quest::{Parameters, StoryQuest};
use world_events_plugin_sdk::prelude::*;
use world_events_plugin_sdk::{json, testing};

fn check(parameters: Value, attributes: Value) -> Result<Admission, Refusal> {
    let player = testing::player("p1").with_attributes(attributes);
    StoryQuest::check(&testing::application(player), &testing::parameters::<StoryQuest>(parameters))
}

#[test]
fn by_default_everybody_joins() {
    assert_eq!(check(json!({}), json!({})), Ok(Admission::default()));
    assert_eq!(testing::parameters::<StoryQuest>(json!({})), Parameters::default());
}

#[test]
fn the_level_must_be_reached() {
    let parameters = json!({"minLevel": 10});
    assert_eq!(check(parameters.clone(), json!({"level": 10})), Ok(Admission::default()));
    assert_eq!(
        check(parameters.clone(), json!({"level": 9})),
        Err(Refusal::new("LEVEL_TOO_LOW", "level 9 is too low: the quest is for 10 and above"))
    );
    assert_eq!(
        check(parameters, json!({})),
        Err(Refusal::new("LEVEL_MISSING", "the level is not known: the quest is for 10 and above"))
    );
}

#[test]
fn all_quests_that_come_before_must_be_done() {
    let parameters = json!({"requires": ["the-call", "the-road"]});
    assert_eq!(
        check(parameters.clone(), json!({"quests": ["the-road", "the-inn", "the-call"]})),
        Ok(Admission::default())
    );
    for (attributes, missing) in [
        (json!({"quests": ["the-call"]}), "the-road"),
        (json!({"quests": ["the-road"]}), "the-call"),
        (json!({}), "the-call"),
    ] {
        let expected = Err(Refusal::new("QUEST_MISSING", format!("{missing} has to be done first")));
        assert_eq!(check(parameters.clone(), attributes), expected);
    }
}

#[test]
fn attributes_of_another_shape_are_refused_with_the_reason() {
    for (parameters, attributes) in [
        (json!({"minLevel": 10}), json!({"level": "ten"})),
        (json!({"requires": ["the-call"]}), json!({"quests": "the-call"})),
    ] {
        let Err(refusal) = check(parameters, attributes) else {
            panic!("was let in");
        };
        assert_eq!(refusal.code, "MALFORMED_DATA");
    }
}
