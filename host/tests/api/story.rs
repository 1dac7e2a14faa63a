//! The whole story: from a plugin's source to a claimed reward.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestServer, noon, path};

fn template() -> Value {
    json!({
        "name": "Hydra at the gates",
        "type": "INVASION",
        "difficulty": "HARD",
        "description": "It has nine heads.",
        "objectivesTemplate": [{ "id": "slay", "description": "Wear the hydra down" }],
        "durationMinutes": 60,
        "maxParticipants": 4,
        "eventDataTemplate": { "boss": "hydra" },
        "rules": {
            "plugin": "boss-invasion",
            "parameters": {
                "minLevel": 10,
                "milestones": [{ "id": "hydra-bane", "damage": 500 }],
                "participation": [{ "rewardType": "xp", "amount": 50 }],
                "tiers": [
                    { "name": "gold", "minSharePercent": 50.0, "prizes": [{ "rewardType": "currency", "rewardId": "gold", "amount": 100 }] },
                    { "name": "silver", "minSharePercent": 10.0, "prizes": [{ "rewardType": "currency", "rewardId": "silver", "amount": 100 }] },
                ],
                "ranks": [{ "top": 1, "prizes": [{ "rewardType": "item", "rewardId": "hydra-scale" }] }],
            },
            "goals": [{ "counter": "boss-damage", "target": 1_000, "endsEvent": true }],
        },
    })
}

async fn hit(server: &TestServer, event: &Value, player: &str, amount: u64) -> Value {
    let report = json!({ "actions": [{ "kind": "hit", "amount": amount }] });
    server.report(event, player, report).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_published_rule_to_a_claimed_reward() {
    let server = TestServer::start().await;
    // A designer publishes the rule, and makes a template and an event of it.
    server.publish("boss-invasion").await;
    let template = server.designer().post("/templates", template()).await.expect(201);
    server.operator().put("/regions/north", json!({ "population": 40 })).await.expect(200);
    let request = json!({ "templateId": template["id"], "region": "north", "startTime": noon() });
    let event = server.designer().post("/events", request).await.expect(201);
    assert_eq!((&event["name"], &event["status"]), (&json!("Hydra at the gates"), &json!("ACTIVE")));
    assert_eq!((&event["maxParticipants"], &event["eventData"]["boss"]), (&json!(4), &json!("hydra")));
    assert_eq!(event["rules"]["version"], "1.0.0");

    // Game servers say what they know of players; the rule lets some in.
    for (player, level) in [("ann", 30), ("bob", 20), ("cleo", 10), ("dan", 12), ("eve", 50), ("novice", 3)] {
        server.attributes(player, json!({ "level": level })).await;
    }
    for player in ["ann", "bob", "cleo", "dan"] {
        let join = json!({ "playerId": player });
        server.player(player).post(&path(&event, "/participants"), join).await.expect(201);
    }
    let refused = server.join(&event, "novice").await.expect_error(409, "NOT_ELIGIBLE");
    assert_eq!(refused["details"]["reason"]["code"], "LEVEL_TOO_LOW");
    server.join(&event, "eve").await.expect_error(409, "EVENT_FULL");
    // dan changes his mind, and eve takes his place.
    server.player("dan").delete(&path(&event, "/participants/dan")).await.expect(200);
    server.join(&event, "eve").await.expect(201);

    // They fight until the hydra falls.
    server.clock.advance(TimeDelta::minutes(10));
    hit(&server, &event, "bob", 300).await;
    hit(&server, &event, "cleo", 50).await;
    assert_eq!(server.wait_for(&event, |_| true).await["counters"]["boss-damage"], 350);
    let ann = hit(&server, &event, "ann", 700).await;
    assert_eq!(ann["achievements"], json!([{ "id": "first-blood" }, { "id": "hydra-bane" }]));
    let late = json!({ "actions": [{ "kind": "hit", "amount": 1 }] });
    server.report(&event, "bob", late).await.expect_error(409, "EVENT_NOT_ACTIVE");

    // Everybody is paid by what they did.
    let over = server.wait_for(&event, |event| event["settlement"]["state"] == "done").await;
    assert_eq!((&over["status"], &over["counters"]["boss-damage"]), (&json!("COMPLETED"), &json!(1_050)));
    let paid = async |player: &str| {
        let list = server.player(player).get(&path(&event, &format!("/rewards?playerId={player}"))).await.expect(200);
        let mut paid: Vec<String> = list["rewards"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| format!("{} {}", it["amount"], it["rewardId"].as_str().unwrap_or("xp")))
            .collect();
        paid.sort();
        paid
    };
    assert_eq!(paid("ann").await, ["1 hydra-scale", "100 gold", "50 xp"]);
    assert_eq!(paid("bob").await, ["100 silver", "50 xp"]);
    assert_eq!(paid("cleo").await, ["50 xp"]);
    assert_eq!((paid("eve").await, paid("dan").await), (vec![], vec![]));

    // They claim and rate.
    let claim = json!({ "playerId": "ann", "rewardType": "item", "rewardId": "hydra-scale" });
    let claimed = server.player("ann").post(&path(&event, "/rewards"), claim.clone()).await.expect(200);
    assert_eq!(claimed["claimed"], true);
    server.player("ann").post(&path(&event, "/rewards"), claim).await.expect_error(409, "ALREADY_CLAIMED");
    for (player, rating) in [("ann", 5), ("bob", 4)] {
        let below = path(&event, &format!("/participants/{player}"));
        server.player(player).put(&below, json!({ "rating": rating })).await.expect(200);
    }

    // And the designer sees how it went.
    let analytics = server.designer().get(&path(&event, "/analytics")).await.expect(200);
    assert_eq!((&analytics["totalParticipants"], &analytics["completedParticipants"]), (&json!(5), &json!(0)));
    assert_eq!(analytics["satisfactionRating"], 4.5);
    assert_eq!(analytics["participationRate"], 5.0 / 40.0);
    assert_eq!(analytics["averageScore"], 1_050.0 / 5.0);
    let told: Vec<String> =
        sqlx::query_scalar("SELECT type FROM gameplay.outbox ORDER BY id").fetch_all(&server.database).await.unwrap();
    assert_eq!(told, ["event.started", "goal.reached", "event.completed", "settlement.done", "reward.claimed"]);
}
