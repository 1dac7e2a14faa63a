//! Grants that cannot be: the page fails with a word for it, and nothing of it is paid.

use serde_json::{Value, json};

use super::{end, granted, settled};
use crate::guest::Guest;
use crate::support::TestServer;

/// A reward as a rule grants it: player, type by number, id, amount.
type Row<'a> = (&'a str, u8, Option<&'a str>, u64);

/// Ends an event whose rule pays this, with ann and bob in it. Gives the settlement, which has failed.
async fn failed(grants: &[Row<'_>]) -> (TestServer, Value, Value) {
    let server = TestServer::start().await;
    let mut guest = Guest::new("payer");
    let list = guest.grants(grants);
    server.publish_guest("payer", guest.payout(format!("(i32.const {list})"))).await;
    let event = server.event(json!({ "rules": { "plugin": "payer" } })).await;
    for player in ["ann", "bob"] {
        server.join(&event, player).await.expect(201);
    }
    end(&server, &event).await;
    let settlement = settled(&server, &event).await["settlement"].clone();
    assert_eq!(
        (&settlement["state"], &settlement["paid"], &settlement["total"]),
        (&json!("failed"), &json!(0), &json!(2))
    );
    for player in ["ann", "bob"] {
        assert_eq!(granted(&server, &event, player).await, []);
    }
    (server, event, settlement)
}

#[track_caller]
fn says(settlement: &Value, part: &str) {
    let message = settlement["error"]["message"].as_str().unwrap();
    assert!(message.contains(part), "{part} is not in: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_to_a_stranger() {
    let (_server, _, settlement) = failed(&[("ann", 0, None, 5), ("stranger", 0, None, 5)]).await;
    assert_eq!(settlement["error"]["code"], "RULE_BAD_OUTPUT");
    says(&settlement, "\"stranger\" is not a player of this page");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_grants_for_one_key() {
    let (_server, _, settlement) =
        failed(&[("ann", 2, Some("crown"), 1), ("bob", 0, None, 5), ("ann", 2, Some("crown"), 2)]).await;
    says(&settlement, "\"ann\" is granted");
    says(&settlement, "\"crown\" twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_out_of_range() {
    for amount in [0, 1 << 53] {
        let (_server, _, settlement) = failed(&[("bob", 0, None, 1), ("ann", 0, None, amount)]).await;
        says(&settlement, "amount");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reward_that_the_player_has_already() {
    // While the event had no payout rule, completing it granted xp.
    let server = TestServer::start().await;
    let event = server.event(json!({ "rewards": [{ "rewardType": "xp", "amount": 3 }] })).await;
    server.join(&event, "ann").await.expect(201);
    server.report(&event, "ann", json!({ "status": "COMPLETED" })).await.expect(200);
    let mut guest = Guest::new("payer");
    let list = guest.grants(&[("ann", 1, Some("gold"), 5), ("ann", 0, None, 5)]);
    server.publish_guest("payer", guest.payout(format!("(i32.const {list})"))).await;
    let rules = json!({ "plugin": "payer" });
    server.designer().put(&crate::support::path(&event, "/rules"), rules).await.expect(200);
    end(&server, &event).await;
    let settlement = settled(&server, &event).await["settlement"].clone();
    assert_eq!((&settlement["state"], &settlement["error"]["code"]), (&json!("failed"), &json!("GRANT_TWICE")));
    says(&settlement, "ann has already been granted this xp");
    assert_eq!(granted(&server, &event, "ann").await, [super::reward("xp", None, 3)]);
}
