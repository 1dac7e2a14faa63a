//! A payout rule that fails half-way, and how an operator repairs it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{claim, end, settled};
use crate::guest::Guest;
use crate::support::{TestServer, path};

/// How many take part; a page has 250.
const PLAYERS: i32 = 2_500;

fn item(id: &str) -> Value {
    json!({ "rewardType": "item", "rewardId": id })
}

/// Parameters of the invasion by which those with at least 1,501 points get a medal, and the others `consolation`.
fn parameters(consolation: &[Value]) -> Value {
    json!({
        "participation": [],
        "ranks": [],
        "tiers": [
            { "name": "heroes", "minScore": 1_501, "prizes": [item("medal")] },
            { "name": "all", "prizes": consolation },
        ],
    })
}

/// An event whose payout failed at the fifth page: for each player on it the rule grants more than fits into an answer.
async fn failed_half_way() -> (TestServer, Value, Value) {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let endless: Vec<Value> = (0..10).map(|number| item(&format!("{number:𝄞>200}"))).collect();
    let rules = json!({ "plugin": "boss-invasion", "parameters": parameters(&endless) });
    let event = server.event(json!({ "rules": rules })).await;
    server.crowd(&event, PLAYERS).await;
    end(&server, &event).await;
    let failed = settled(&server, &event).await;
    (server, event, failed["settlement"].clone())
}

/// How many players have how many rewards of which id.
async fn paid(server: &TestServer) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT reward_id, count(DISTINCT player_id) FROM gameplay.event_rewards GROUP BY reward_id")
            .fetch_all(&server.database)
            .await
            .unwrap();
    rows.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_before_the_failure_stays() {
    let (server, event, settlement) = failed_half_way().await;
    assert_eq!((&settlement["state"], &settlement["paid"]), (&json!("failed"), &json!(1_000)));
    assert_eq!(settlement["total"], PLAYERS);
    assert_eq!(settlement["error"]["code"], "RULE_OUTPUT_TOO_LARGE");
    assert_eq!(paid(&server).await, BTreeMap::from([("medal".to_owned(), 1_000)]));
    // Nobody may claim before everybody is paid.
    let error = claim(&server, &event, "crowd-2500", "item", None).await.expect_error(409, "NOT_SETTLED");
    assert_eq!(error["details"]["settlement"], "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn repaired_rules_pay_the_rest_and_nobody_twice() {
    let (server, event, _) = failed_half_way().await;
    let rules = json!({ "plugin": "boss-invasion", "parameters": parameters(&[item("ribbon")]) });
    server.designer().put(&path(&event, "/rules"), rules).await.expect(200);
    let resumed = server.operator().post(&path(&event, "/settlement"), json!({})).await.expect(200);
    assert_eq!((&resumed["state"], &resumed["paid"]), (&json!("running"), &json!(1_000)));

    let done = settled(&server, &event).await;
    assert_eq!(done["settlement"], json!({ "state": "done", "paid": PLAYERS, "total": PLAYERS }));
    assert_eq!(paid(&server).await, BTreeMap::from([("medal".to_owned(), 1_000), ("ribbon".to_owned(), 1_500)]));
    claim(&server, &event, "crowd-2500", "item", Some("medal")).await.expect(200);
    claim(&server, &event, "crowd-1", "item", Some("ribbon")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn participations_that_were_deleted_meanwhile_are_passed_over() {
    let (server, event, _) = failed_half_way().await;
    // One amid those who wait, and the last of all.
    sqlx::query("DELETE FROM gameplay.event_participants WHERE player_id IN ('crowd-1000', 'crowd-1')")
        .execute(&server.database)
        .await
        .unwrap();
    let rules = json!({ "plugin": "boss-invasion", "parameters": parameters(&[item("ribbon")]) });
    server.designer().put(&path(&event, "/rules"), rules).await.expect(200);
    server.operator().post(&path(&event, "/settlement"), json!({})).await.expect(200);

    let done = settled(&server, &event).await;
    assert_eq!(done["settlement"], json!({ "state": "done", "paid": PLAYERS, "total": PLAYERS }));
    assert_eq!(paid(&server).await, BTreeMap::from([("medal".to_owned(), 1_000), ("ribbon".to_owned(), 1_498)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn going_on_without_a_repair_fails_at_the_same_place() {
    let (server, event, before) = failed_half_way().await;
    server.operator().post(&path(&event, "/settlement"), json!({})).await.expect(200);
    let after = settled(&server, &event).await["settlement"].clone();
    for pointer in ["/state", "/paid", "/total", "/error/code", "/error/message"] {
        assert_eq!(after.pointer(pointer), before.pointer(pointer), "{pointer}");
    }
    assert_eq!(paid(&server).await, BTreeMap::from([("medal".to_owned(), 1_000)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_rules_that_can_pay_are_a_repair() {
    let (server, event, _) = failed_half_way().await;
    server.publish("harvest-festival").await;
    let rules = path(&event, "/rules");
    server.designer().put(&rules, json!({ "plugin": "harvest-festival" })).await.expect_invalid("plugin");
    server.game().put(&rules, json!({ "plugin": "boss-invasion" })).await.expect_error(403, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_settlement_does_not_hold_up_others() {
    let (server, ..) = failed_half_way().await;
    let other = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
    server.crowd(&other, 3).await;
    end(&server, &other).await;
    assert_eq!(settled(&server, &other).await["settlement"]["state"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_inside_the_rule_is_for_designers() {
    let server = TestServer::start().await;
    let mut guest = Guest::new("broken");
    let words = guest.put(b"the chest is empty");
    let guest = guest.more("(func $open_the_chest unreachable)").payout(format!(
        "(call $log (i32.const 3) (i32.const {words}) (i32.const 18)) (call $open_the_chest) (i32.const 0)"
    ));
    server.publish_guest("broken", guest).await;
    let event = server.event(json!({ "rules": { "plugin": "broken" } })).await;
    server.join(&event, "ann").await.expect(201);
    end(&server, &event).await;
    settled(&server, &event).await;

    for caller in [server.designer(), server.operator()] {
        let error = caller.get(&path(&event, "/settlement")).await.expect(200)["error"].clone();
        assert_eq!(error["code"], "RULE_TRAPPED");
        assert!(error["details"]["backtrace"][0].as_str().unwrap().contains("open_the_chest"), "{error:#}");
        assert_eq!(error["details"]["logs"]["lines"][0]["message"], "the chest is empty");
    }
    for caller in [server.player("ann"), server.game()] {
        for (below, pointer) in [("/settlement", "/error"), ("", "/settlement/error")] {
            let seen = caller.get(&path(&event, below)).await.expect(200);
            let error = seen.pointer(pointer).unwrap();
            assert_eq!(error["code"], "RULE_TRAPPED");
            assert!(error.get("details").is_none(), "{error:#}");
        }
        let list = caller.get("/events?status=COMPLETED").await.expect(200);
        assert!(list["events"][0]["settlement"]["error"].get("details").is_none(), "{list:#}");
    }
}
