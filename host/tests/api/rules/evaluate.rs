//! `POST /plugins/{name}/versions/{version}/evaluate`: what a rule would do.

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{Answer, TestServer, path};

const VERSION: &str = "/plugins/boss-invasion/versions/1.0.0/evaluate";

async fn evaluate(server: &TestServer, question: Value) -> Answer {
    server.designer().post(VERSION, question).await
}

#[tokio::test(flavor = "multi_thread")]
async fn any_input_is_answered_as_a_case_has_it() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let event = json!({ "type": "INVASION", "parameters": { "minLevel": 10 } });
    let question = json!({
        "call": "eligibility.check",
        "input": { "event": event, "player": { "id": "p1", "attributes": { "level": 4 } } },
    });
    let evaluation = evaluate(&server, question).await.expect(200);
    assert_eq!(evaluation["answer"]["refuse"]["code"], "LEVEL_TOO_LOW");
    let (usage, limits) = (&evaluation["usage"], &evaluation["limits"]);
    assert!(usage["fuel"].as_u64().unwrap() > 100, "{evaluation}");
    assert!(usage["fuel"].as_u64() < limits["fuel"].as_u64() && usage["timeMicros"].is_u64(), "{evaluation}");
    assert_eq!((&evaluation["logs"], &evaluation["droppedLines"]), (&json!([]), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_player_is_asked_about_and_nothing_changes() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    server.publish_guest("inn", Guest::welcoming("inn")).await;
    let event = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
    server.join(&event, "ann").await.expect(201);
    let hit = |amount: i64| json!([{ "kind": "hit", "amount": amount }]);
    server.report(&event, "ann", json!({ "actions": hit(7) })).await.expect(200);
    let before = (server.participation(&event, "ann").await, server.wait_for(&event, |_| true).await);

    let about = json!({ "call": "scoring.score", "eventId": event["id"], "playerId": "ann", "actions": hit(5) });
    let evaluation = evaluate(&server, about.clone()).await.expect(200);
    assert_eq!(
        (&evaluation["answer"]["score"], &evaluation["answer"]["counters"]["boss-damage"]),
        (&json!(12), &json!(5))
    );
    // By other parameters than the event's.
    let mut raised = about.clone();
    raised["parameters"] = json!({ "minLevel": 50 });
    raised["call"] = json!("eligibility.check");
    raised.as_object_mut().unwrap().remove("actions");
    raised["playerId"] = json!("bob");
    let refused = evaluate(&server, raised).await.expect(200);
    assert_eq!(refused["answer"]["refuse"]["code"], "LEVEL_MISSING");
    let paid = evaluate(&server, json!({ "call": "rewards.payout", "eventId": event["id"] })).await.expect(200);
    assert!(paid["answer"]["grants"].is_array(), "{paid}");

    assert_eq!((server.participation(&event, "ann").await, server.wait_for(&event, |_| true).await), before);
    let rewards = server.operator().get(&path(&event, "/rewards?playerId=ann")).await.expect(200);
    assert_eq!(rewards["rewards"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_fails_says_how() {
    let server = TestServer::start().await;
    let guest = Guest::new("broken").check("(unreachable)");
    server.designer().put_wasm("/plugins/broken/drafts/ann", guest.build()).await.expect(201);
    let question = json!({ "call": "eligibility.check", "input": { "player": { "id": "p1" } } });
    let draft = "/plugins/broken/drafts/ann/evaluate";
    for _ in 0..30 {
        // However often it is tried, it is not parked.
        let evaluation = server.designer().post(draft, question.clone()).await.expect(200);
        assert_eq!(evaluation["failure"]["code"], "RULE_TRAPPED", "{evaluation}");
        assert!(evaluation["failure"]["backtrace"][0].as_str().unwrap().contains("check"), "{evaluation}");
        assert!(evaluation.get("answer").is_none());
    }
    server.game().post(draft, question).await.expect_error(403, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_question_is_named() {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let event = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
    let player = json!({ "player": { "id": "p1" } });
    for (question, field) in [
        (json!({ "call": "eligibility.check" }), "input"),
        (json!({ "call": "eligibility.check", "input": player, "eventId": event["id"] }), "input"),
        (json!({ "call": "eligibility.check", "input": { "player": { "id": "" } } }), "input.player.id"),
        (json!({ "call": "eligibility.check", "input": player, "playerId": "p1" }), "playerId"),
        (json!({ "call": "eligibility.check", "eventId": event["id"] }), "playerId"),
        (
            json!({ "call": "eligibility.check", "input": { "player": { "id": "p" }, "event": { "parameters": { "minLevel": -1 } } } }),
            "rules.parameters.minLevel",
        ),
    ] {
        evaluate(&server, question).await.expect_invalid(field);
    }
    let stranger = json!({ "call": "scoring.score", "eventId": event["id"], "playerId": "nobody" });
    evaluate(&server, stranger).await.expect_error(404, "PARTICIPANT_NOT_FOUND");
    let question = json!({ "call": "scoring.score" });
    let unknown = "/plugins/boss-invasion/versions/9.9.9/evaluate";
    server.designer().post(unknown, question).await.expect_error(404, "PLUGIN_VERSION_NOT_FOUND");
}
