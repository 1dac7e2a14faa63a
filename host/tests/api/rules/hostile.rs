//! Plugins that mean harm: each gets an error of its own, nothing is applied, and other events do not notice.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use world_events::config::Settings;

use crate::guest::Guest;
use crate::support::{Answer, TestServer, event_request, path};

const SPIN: &str = "(func $spin_forever (loop $again (br $again)))";
const DEEPER: &str = "(func $deeper (param i32) (result i32) (i32.add (call $deeper (local.get 0)) (i32.const 1)))";

/// A server with a healthy event of the example plugin and one with the hostile plugin.
struct Siege {
    server: TestServer,
    healthy: Value,
    hostile: Value,
}

impl Siege {
    /// The hostile event has ann in it: she joined while its rule was still a good one.
    async fn by(guest: Guest) -> Self {
        Self::with(guest, |_| {}).await
    }

    async fn with(guest: Guest, change: impl FnOnce(&mut Settings)) -> Self {
        let server = TestServer::start_with(change).await;
        server.publish("boss-invasion").await;
        server.publish_guest("good", Guest::welcoming("good")).await;
        server.publish_guest("hostile", guest).await;
        let healthy = server.event(json!({ "rules": { "plugin": "boss-invasion" } })).await;
        let hostile = server.event(json!({ "rules": { "plugin": "good" } })).await;
        server.join(&hostile, "ann").await.expect(201);
        server
            .designer()
            .put(&path(&hostile, "/rules"), json!({ "plugin": "hostile", "force": true }))
            .await
            .expect(200);
        Self { server, healthy, hostile }
    }

    async fn join(&self) -> Answer {
        self.server.operator().post(&path(&self.hostile, "/participants"), json!({ "playerId": "bob" })).await
    }

    async fn report(&self) -> Answer {
        let report = json!({ "actions": [{ "kind": "hit", "amount": 1 }], "rating": 1, "sequence": 1 });
        self.server.operator().put(&path(&self.hostile, "/participants/ann"), report).await
    }

    /// Nothing was applied, and the healthy event answers.
    async fn is_unharmed(&self) {
        let event = self.server.wait_for(&self.hostile, |_| true).await;
        assert_eq!((&event["currentParticipants"], &event["counters"]), (&json!(1), &json!({})));
        let ann = self.server.participation(&self.hostile, "ann").await;
        assert_eq!((&ann["version"], ann.get("lastSequence")), (&json!(1), None));
        self.server.join(&self.healthy, "cleo").await.expect(201);
        let hit = json!({ "actions": [{ "kind": "hit", "amount": 3 }] });
        assert_eq!(self.server.report(&self.healthy, "cleo", hit).await.expect(200)["score"], 3);
    }
}

/// Joins are refused with this code, though an operator learns why.
async fn check_fails(guest: Guest, code: &str) -> Value {
    let siege = Siege::by(guest).await;
    let error = siege.join().await.expect_error(500, code);
    siege.is_unharmed().await;
    error["details"].clone()
}

/// Reports are refused with this code.
async fn score_fails(guest: Guest, code: &str) -> Value {
    let siege = Siege::by(guest).await;
    let error = siege.report().await.expect_error(500, code);
    siege.is_unharmed().await;
    error["details"].clone()
}

/// The settlement fails with this code, and nobody is paid.
async fn payout_fails(guest: Guest, code: &str) -> Value {
    let siege = Siege::by(guest).await;
    let server = &siege.server;
    let over = server.designer().put(&path(&siege.hostile, ""), json!({ "status": "COMPLETED" })).await;
    over.expect(200);
    let over = server.wait_for(&siege.hostile, |event| event["settlement"]["state"] == "failed").await;
    let error = over["settlement"]["error"].clone();
    assert_eq!(error["code"], code, "{error:#}");
    assert_eq!(over["settlement"]["paid"], 0);
    let rewards: i64 =
        sqlx::query_scalar("SELECT count(*) FROM gameplay.event_rewards").fetch_one(&server.database).await.unwrap();
    assert_eq!(rewards, 0);
    siege.is_unharmed().await;
    error["details"].clone()
}

#[track_caller]
fn shows(details: &Value, function: &str) {
    assert!(details["backtrace"][0].as_str().is_some_and(|frame| frame.contains(function)), "{details:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop() {
    let details =
        check_fails(Guest::new("hostile").more(SPIN).check("(call $spin_forever) unreachable"), "RULE_OUT_OF_FUEL");
    shows(&details.await, "spin_forever");
    let details =
        score_fails(Guest::new("hostile").more(SPIN).score("(call $spin_forever) unreachable"), "RULE_OUT_OF_FUEL");
    shows(&details.await, "spin_forever");
    let details =
        payout_fails(Guest::new("hostile").more(SPIN).payout("(call $spin_forever) unreachable"), "RULE_OUT_OF_FUEL");
    shows(&details.await, "spin_forever");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_bomb() {
    let bomb = "(loop $more (drop (memory.grow (i32.const 1))) (br $more)) unreachable";
    check_fails(Guest::new("hostile").check(bomb), "RULE_OUT_OF_MEMORY").await;
    score_fails(Guest::new("hostile").score(bomb), "RULE_OUT_OF_MEMORY").await;
    payout_fails(Guest::new("hostile").payout(bomb), "RULE_OUT_OF_MEMORY").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_recursion() {
    let deep = || Guest::new("hostile").more(DEEPER);
    shows(&check_fails(deep().check("(call $deeper (i32.const 0))"), "RULE_TRAPPED").await, "deeper");
    shows(&score_fails(deep().score("(call $deeper (i32.const 0))"), "RULE_TRAPPED").await, "deeper");
    shows(&payout_fails(deep().payout("(call $deeper (i32.const 0))"), "RULE_TRAPPED").await, "deeper");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_two_billion() {
    let mut guest = Guest::new("hostile");
    let outcome = guest.outcome(1, "{}", "[]", (0, 1 << 31));
    score_fails(guest.score(format!("(i32.const {outcome})")), "RULE_BAD_OUTPUT").await;

    let mut guest = Guest::new("hostile");
    let list = guest.put(&[0, 0, 0, 0, 0, 0, 0, 0x80]);
    payout_fails(guest.payout(format!("(i32.const {list})")), "RULE_BAD_OUTPUT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn megabytes_of_output() {
    let mut guest = Guest::new("hostile").pages(200);
    let refuse = guest.refuse("NO", (1 << 16, 12_000_000));
    check_fails(guest.check(format!("(i32.const {refuse})")), "RULE_OUTPUT_TOO_LARGE").await;

    let mut guest = Guest::new("hostile");
    let outcome = guest.outcome(1, &json!({ "a": "x".repeat(30_000) }).to_string(), "[]", (0, 0));
    score_fails(guest.score(format!("(i32.const {outcome})")), "RULE_OUTPUT_TOO_LARGE").await;

    let mut guest = Guest::new("hostile").pages(250);
    let list = guest.put(&[[0; 4], 300_000_u32.to_le_bytes()].concat());
    payout_fails(guest.payout(format!("(i32.const {list})")), "RULE_OUTPUT_TOO_LARGE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_utf_8() {
    let mut guest = Guest::new("hostile");
    let text = guest.put(b"\xff\xfe");
    let refuse = guest.refuse("NO", (text, 2));
    let details = check_fails(guest.check(format!("(i32.const {refuse})")), "RULE_BAD_OUTPUT").await;
    assert!(details["failure"].as_str().unwrap().contains("utf-8"), "{details:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored() {
    for (score, progress, achievements) in
        [(1 << 53, "{}", "[]"), (1, "[]", "[]"), (1, r#"{"a":"\u0000"}"#, "[]"), (1, "{}", "[1]"), (1, "{", "[]")]
    {
        let mut guest = Guest::new("hostile");
        let outcome = guest.outcome(score, progress, achievements, (0, 0));
        score_fails(guest.score(format!("(i32.const {outcome})")), "RULE_BAD_OUTPUT").await;
    }
    // Small enough as an answer, but more than a participation may hold.
    let mut guest = Guest::new("hostile");
    let outcome = guest.outcome(1, &json!({ "a": "x".repeat(13_000) }).to_string(), "[]", (0, 0));
    score_fails(guest.score(format!("(i32.const {outcome})")), "RULE_BAD_OUTPUT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_flood() {
    let mut guest = Guest::new("hostile");
    let line = guest.put(b"all work and no play");
    let flood =
        format!("(loop $again (call $log (i32.const 1) (i32.const {line}) (i32.const 20)) (br $again)) unreachable");
    let details = check_fails(guest.check(flood), "RULE_OUT_OF_FUEL").await;
    let kept: usize =
        details["logs"]["lines"].as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap().len()).sum();
    assert!((1..=8 << 10).contains(&kept), "{kept}");
    assert!(details["logs"]["dropped"].as_u64().unwrap() > 100, "{}", details["logs"]["dropped"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap() {
    let trap = "unreachable";
    shows(&check_fails(Guest::new("hostile").check(trap), "RULE_TRAPPED").await, "check");
    shows(&score_fails(Guest::new("hostile").score(trap), "RULE_TRAPPED").await, "score");
    shows(&payout_fails(Guest::new("hostile").payout(trap), "RULE_TRAPPED").await, "payout");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_inside_the_rule_is_for_designers() {
    let mut guest = Guest::new("hostile");
    let words = guest.put(b"the dragon is asleep");
    let guest = guest.more("(func $wake_the_dragon unreachable)").score(format!(
        "(call $log (i32.const 3) (i32.const {words}) (i32.const 20)) (call $wake_the_dragon) (i32.const 0)"
    ));
    let siege = Siege::by(guest).await;
    let details = siege.report().await.expect_error(500, "RULE_TRAPPED")["details"].clone();
    shows(&details, "wake_the_dragon");
    assert_eq!(details["logs"]["lines"][0], json!({ "level": "error", "message": "the dragon is asleep" }));
    assert_eq!(details["limits"]["fuel"], 10_000_000);

    let server = &siege.server;
    let players = json!({ "playerReports": true });
    server.designer().put(&path(&siege.hostile, ""), players).await.expect(200);
    let ann = path(&siege.hostile, "/participants/ann");
    for caller in [server.game(), server.player("ann")] {
        let error = caller.put(&ann, json!({ "actions": [] })).await.expect_error(500, "RULE_TRAPPED");
        assert_eq!(error["message"], "The event's rule broke off.");
        assert!(error.get("details").is_none(), "{error:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_stops_what_fuel_lets_run() {
    let guest = Guest::new("hostile").more(SPIN).check("(call $spin_forever) unreachable");
    let siege = Siege::with(guest, |settings| {
        settings.rules.decision.fuel = i64::MAX as u64;
        settings.rules.decision.time_ms = 300;
    })
    .await;
    let answer = siege.join().await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.expect_error(503, "RULE_TIMEOUT");
    siege.is_unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_event_answers_while_hostile_rules_take_all_they_can() {
    let guest = Guest::new("hostile").more(SPIN).check("(call $spin_forever) unreachable");
    let siege = Siege::with(guest, |settings| {
        settings.rules.concurrent_decisions = Some(4);
        settings.rules.queue_ms = 1;
        settings.rules.decision.fuel = i64::MAX as u64;
        settings.rules.decision.time_ms = 3_000;
    })
    .await;
    let siege = Arc::new(siege);
    let attacks = (0..8).map(|_| {
        let siege = Arc::clone(&siege);
        async move { siege.join().await }
    });
    let attacks: JoinSet<Answer> = attacks.collect();
    siege.is_unharmed().await;

    let mut codes = Vec::new();
    for answer in attacks.join_all().await {
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, Some("1")));
        codes.push(answer.json()["code"].as_str().unwrap().to_owned());
    }
    codes.sort();
    codes.dedup();
    assert_eq!(codes, ["RULE_BUSY", "RULE_TIMEOUT"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_that_the_clock_stops_is_left_to_an_operator() {
    let server = TestServer::start_with(|settings| {
        settings.rules.payout.fuel = i64::MAX as u64;
        settings.rules.payout.time_ms = 10;
    })
    .await;
    server.publish_guest("hostile", Guest::new("hostile").more(SPIN).payout("(call $spin_forever) unreachable")).await;
    let request = event_request(json!({ "rules": { "plugin": "hostile" } }));
    let event = server.designer().post("/events", request).await.expect(201);
    server.join(&event, "ann").await.expect(201);
    server.designer().put(&path(&event, ""), json!({ "status": "COMPLETED" })).await.expect(200);
    // While it is tried again and again, there is nothing to claim yet.
    let claim = json!({ "playerId": "ann", "rewardType": "xp" });
    server.game().post(&path(&event, "/rewards"), claim).await.expect_error(409, "NOT_SETTLED");
    let over = server.wait_for(&event, |event| event["settlement"]["state"] == "failed").await;
    assert_eq!(over["settlement"]["error"]["code"], "PAYOUT_UNAVAILABLE");
}
