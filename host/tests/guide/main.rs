//! The guide and the readme, followed to the letter: their commands are typed, their files written, in their order, from an
//! empty folder, by somebody who has this build's `world-events` on the `PATH`.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod page;
mod said;
mod terminal;
mod walk;

use std::fs;
use std::path::Path;

use page::{Doing, steps};
use serde_json::json;
use walk::Walk;

/// A page of the repository.
fn read(page: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(page)).unwrap()
}

#[test]
fn the_guide_leads_from_an_empty_folder_to_a_live_event_and_back() {
    let steps = steps(&read("docs/guide.md"), None);
    let mut walk = Walk::begin();
    walk.follow("docs/guide.md", &steps);

    // Beyond what the page shows of it.
    let live = walk.ask("designer $API/plugins/night-run/channels/live");
    assert_eq!(live["version"], "0.1.0", "{live}");
    let next = walk.ask("begin park");
    assert_eq!((&next["rules"]["version"], &next["rules"]["channel"]), (&json!("0.1.0"), &json!("live")), "{next}");
    for (event, score, status) in [("HARBOUR", 200, "COMPLETED"), ("NORTH", 660, "ACTIVE")] {
        let told = walk.ask(&format!("designer $API/events/${event}"));
        assert_eq!((&told["rules"]["version"], &told["status"]), (&json!("0.1.0"), &json!(status)), "{told}");
        let ada = walk.ask(&format!("game $API/events/${event}/participants/ada"));
        assert_eq!(ada["score"], score, "{ada}");
    }
    let rewards = walk.ask("game \"$API/events/$HARBOUR/rewards?playerId=ada\"");
    let claimed: Vec<_> = rewards["rewards"].as_array().unwrap().iter().map(|reward| &reward["claimed"]).collect();
    assert_eq!(claimed, [false, true], "the xp waits, the lantern was taken: {rewards}");
    assert_eq!(walk.ask("game $API/events/$HARBOUR/participants/bob")["code"], "PARTICIPANT_NOT_FOUND");
    eprintln!("the guide took {:.1} s", walk.end().as_secs_f64());
}

#[test]
fn the_readme_leads_to_a_server_with_an_event() {
    let mut steps = steps(&read("README.md"), Some(["## Run the server", "## Configuration"]));
    // This build's program is on the `PATH` already.
    steps.retain(|step| !matches!(&step.doing, Doing::Commands { text, .. } if text.starts_with("cargo ")));
    let mut walk = Walk::begin();
    walk.follow("README.md", &steps);

    let participants = walk.ask("curl -s $API/events/$EVENT/participants -H \"Authorization: Bearer $GAME\"");
    let known: Vec<_> = participants["participants"].as_array().unwrap().iter().collect();
    assert_eq!(known.len(), 1, "Bob was refused: {participants}");
    assert_eq!((&known[0]["playerId"], &known[0]["score"]), (&json!("ada"), &json!(30)), "{participants}");
    eprintln!("the readme took {:.1} s", walk.end().as_secs_f64());
}
