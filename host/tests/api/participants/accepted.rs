//! What the API accepts can always be handed to a rule, however large it is.

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::support::{TestServer, path};

/// The most bytes of one JSON member.
const JSON: usize = 12 * 1024;
/// The most bytes of a report.
const REPORT: usize = 20 * 1024;

/// An object of exactly so many bytes.
fn object(bytes: usize) -> Value {
    json!({ "a": "x".repeat(bytes - r#"{"a":""}"#.len()) })
}

/// A list of one object, of exactly so many bytes together.
fn list(bytes: usize) -> Value {
    json!([object(bytes - "[]".len())])
}

/// Actions of at most so many bytes, as small as they can be, so that there are as many of them as possible.
fn actions(bytes: usize) -> Value {
    let action = json!({ "kind": "a", "amount": 1 });
    let each = action.to_string().len() + ",".len();
    json!(vec![action; (bytes - "[]".len()) / each])
}

/// A name of 100 characters, with as many bytes as they can have.
fn name(number: usize) -> String {
    format!("{number:𝄞>100}")
}

/// How many counters each version moves; with the progress, as many as fit into an answer.
const COUNTERS: usize = 25;

/// A plugin with all capabilities that takes any parameters; each version moves other counters.
fn glutton(version: usize) -> Guest {
    let mut guest = Guest::new("glutton");
    let mut rows = Vec::new();
    for number in 0..COUNTERS {
        let name = name(version * COUNTERS + number);
        let at = guest.put(name.as_bytes());
        rows.extend(u32::try_from(at).unwrap().to_le_bytes());
        rows.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        rows.extend(1_i64.to_le_bytes());
    }
    let rows = guest.put(&rows);
    let outcome = guest.outcome(1, "{}", "[]", (rows, COUNTERS));
    let (admit, nobody) = (guest.admit(), guest.grants(&[]));
    guest
        .manifest(|manifest| {
            manifest[1] = format!("1.0.{version}");
            manifest[3] = r#"{"type":"object"}"#.to_owned();
        })
        .check(format!("(i32.const {admit})"))
        .score(format!("(i32.const {outcome})"))
        .payout(format!("(i32.const {nobody})"))
}

/// An event with everything at its limit, and a player in it, as large as rules can make one.
async fn stuffed(server: &TestServer, player: &str, rules: Value) -> Value {
    let event = server
        .event(json!({
            "name": "𝄞".repeat(200), "region": "𝄞".repeat(100), "description": "𝄞".repeat(10_000),
            "objectives": list(JSON), "rewards": list(JSON), "eventData": object(JSON), "rules": rules,
        }))
        .await;
    server.attributes(player, object(JSON)).await;
    server.join(&event, player).await.expect(201);
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_its_limit_is_still_taken_by_a_rule() {
    let server = TestServer::start().await;
    for version in 0..5 {
        server.publish_guest("glutton", glutton(version)).await;
    }
    let goals: Vec<Value> = (0..20).map(|number| json!({ "counter": name(1_000 + number), "target": 1_000 })).collect();
    let rules = |version: usize| {
        let version = format!("1.0.{version}");
        json!({ "plugin": "glutton", "version": version, "parameters": object(JSON), "goals": goals })
    };
    let player = "𝄞".repeat(100);
    let event = stuffed(&server, &player, rules(0)).await;

    // Until there are as many counters as there may be, and once more with all of them there.
    for version in [0, 1, 2, 3, 4, 0] {
        sqlx::query("UPDATE gameplay.event_participants SET achievements = $1, progress_data = $2")
            .bind(sqlx::types::Json(list(JSON)))
            .bind(sqlx::types::Json(object(JSON)))
            .execute(&server.database)
            .await
            .unwrap();
        server.designer().put(&path(&event, "/rules"), rules(version)).await.expect(200);
        for report in [
            json!({ "actions": actions(REPORT - 8) }),
            json!({ "actions": actions(REPORT - JSON - 8), "progressData": object(JSON) }),
        ] {
            let answer = server.report(&event, &player, report).await;
            if version == 4 {
                answer.expect_error(409, "TOO_MANY_COUNTERS");
            } else {
                answer.expect(200);
            }
        }
    }
    let counters = server.wait_for(&event, |_| true).await["counters"].as_object().unwrap().len();
    assert_eq!(counters, 100);

    server.clock.advance(chrono::TimeDelta::hours(1));
    let over =
        server.wait_for(&event, |event| ["done", "failed"].contains(&event["settlement"]["state"].as_str().unwrap()));
    assert_eq!(over.await["settlement"]["state"], "done");
}
