//! A rule decides a real event, from its publication to a claimed reward.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;

use crate::language::{Tongue, block_on};
use crate::support::{TestServer, noon, path};
use crate::workbench::Workbench;

pub(crate) fn the_twin_decides_an_event(tongue: &Tongue, _: &Workbench) {
    block_on(story(tongue));
}

async fn story(tongue: &Tongue) {
    let server = TestServer::start_with(|settings| {
        // An unoptimised compiler takes its time for an interpreter.
        settings.request_timeout = Duration::from_secs(600);
        settings.rules.large.compile_ms = 600_000;
        settings.rules.large.decision.time_ms = 10_000;
        settings.rules.large.payout.time_ms = 60_000;
    })
    .await;
    let published = server.publish(tongue.twin).await;
    assert_eq!(published["capabilities"], json!(["eligibility", "scoring", "rewards"]));
    let template = json!({
        "name": "Hydra at the gates", "type": "INVASION", "difficulty": "HARD", "durationMinutes": 60,
        "rules": {
            "plugin": tongue.twin,
            "parameters": {
                "minLevel": 10,
                "tiers": [{
                    "name": "gold", "minSharePercent": 60.0,
                    "prizes": [{ "rewardType": "currency", "rewardId": "gold", "amount": 100 }],
                }],
                "ranks": [{ "top": 1, "prizes": [{ "rewardType": "item", "rewardId": "hydra-scale" }] }],
            },
            "goals": [{ "counter": "boss-damage", "target": 1_000, "endsEvent": true }],
        },
    });
    let template = server.designer().post("/templates", template).await.expect(201);
    let request = json!({ "templateId": template["id"], "region": "north", "startTime": noon() });
    let event = server.designer().post("/events", request).await.expect(201);
    assert_eq!(event["rules"]["plugin"], tongue.twin);

    // The rule lets some in.
    for (player, level) in [("ann", 30), ("bob", 10), ("novice", 3)] {
        server.attributes(player, json!({ "level": level })).await;
    }
    for player in ["ann", "bob"] {
        server.join(&event, player).await.expect(201);
    }
    let refused = server.join(&event, "novice").await.expect_error(409, "NOT_ELIGIBLE");
    assert_eq!(refused["details"]["reason"]["code"], "LEVEL_TOO_LOW");
    assert_eq!(refused["details"]["reason"]["message"], "level 3 is too low: the invasion is for 10 and above");

    // It scores, refuses, and ends the event.
    server.clock.advance(TimeDelta::minutes(10));
    let hit = async |player: &str, amount: i64| {
        server.report(&event, player, json!({ "actions": [{ "kind": "hit", "amount": amount }] })).await
    };
    assert_eq!(hit("bob", 300).await.expect(200)["score"], 300);
    hit("bob", -300).await.expect_error(409, "NOT_ELIGIBLE");
    let ann = hit("ann", 700).await.expect(200);
    assert_eq!((&ann["score"], &ann["achievements"]), (&json!(700), &json!([{ "id": "first-blood" }])));
    assert_eq!(ann["progressData"], json!({ "hits": 1, "damage": 700, "bestHit": 700, "support": 0 }));

    // It pays, and what it paid is claimed.
    let over = server.wait_for(&event, |event| event["settlement"]["state"] == "done").await;
    assert_eq!((&over["status"], &over["counters"]["boss-damage"]), (&json!("COMPLETED"), &json!(1_000)));
    let paid = async |player: &str| {
        let list = server.player(player).get(&path(&event, &format!("/rewards?playerId={player}"))).await.expect(200);
        let name = |it: &serde_json::Value| format!("{} {}", it["amount"], it["rewardId"].as_str().unwrap_or("xp"));
        let mut paid: Vec<String> = list["rewards"].as_array().unwrap().iter().map(name).collect();
        paid.sort();
        paid
    };
    assert_eq!(paid("ann").await, ["1 hydra-scale", "100 gold", "50 xp"]);
    assert_eq!(paid("bob").await, ["50 xp"]);
    let claim = json!({ "playerId": "ann", "rewardType": "item", "rewardId": "hydra-scale" });
    let claimed = server.player("ann").post(&path(&event, "/rewards"), claim).await.expect(200);
    assert_eq!(claimed["claimed"], true);
}
