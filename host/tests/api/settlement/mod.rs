//! What happens when an event is over: who is paid, and how rewards are claimed.

mod claims;
mod completion;
mod ending;
mod failing;
mod grants;
mod standings;

use serde_json::{Value, json};

use crate::support::{Answer, TestServer, path};

/// An invasion with a payout that is easy to reckon: 10 xp for taking part; 100 gold from a score of 100 on, else 1 gold;
/// a crown for the best.
pub(crate) fn prizes() -> Value {
    let gold = |amount: u64| json!([{ "rewardType": "currency", "rewardId": "gold", "amount": amount }]);
    json!({
        "milestones": [],
        "participation": [{ "rewardType": "xp", "amount": 10 }],
        "tiers": [
            { "name": "heroes", "minScore": 100, "prizes": gold(100) },
            { "name": "helpers", "minScore": 1, "prizes": gold(1) },
        ],
        "ranks": [{ "top": 1, "prizes": [{ "rewardType": "item", "rewardId": "crown" }] }],
    })
}

/// A server with the example invasion, and an event of it that pays [`prizes`].
pub(crate) async fn invasion(goals: Value) -> (TestServer, Value) {
    let server = TestServer::start().await;
    server.publish("boss-invasion").await;
    let rules = json!({ "plugin": "boss-invasion", "parameters": prizes(), "goals": goals });
    let event = server.event(json!({ "rules": rules })).await;
    (server, event)
}

/// Lets a player join and score.
pub(crate) async fn scores(server: &TestServer, event: &Value, player: &str, amount: i64) {
    server.join(event, player).await.expect(201);
    hits(server, event, player, amount).await.expect(200);
}

/// Reports one hit.
pub(crate) async fn hits(server: &TestServer, event: &Value, player: &str, amount: i64) -> Answer {
    server.report(event, player, json!({ "actions": [{ "kind": "hit", "amount": amount }] })).await
}

/// What a player was granted: type, id and amount of each.
pub(crate) async fn granted(server: &TestServer, event: &Value, player: &str) -> Vec<(String, Value, u64)> {
    let list = server.operator().get(&path(event, &format!("/rewards?playerId={player}"))).await.expect(200);
    let mut rewards: Vec<_> = list["rewards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reward| {
            let kind = reward["rewardType"].as_str().unwrap().to_owned();
            (kind, reward["rewardId"].clone(), reward["amount"].as_u64().unwrap())
        })
        .collect();
    rewards.sort_by(|one, other| one.0.cmp(&other.0));
    rewards
}

/// A reward as [`granted`] shows it.
pub(crate) fn reward(kind: &str, id: Option<&str>, amount: u64) -> (String, Value, u64) {
    (kind.to_owned(), json!(id), amount)
}

/// Claims a reward in the name of a game server.
pub(crate) async fn claim(server: &TestServer, event: &Value, player: &str, kind: &str, id: Option<&str>) -> Answer {
    let mut body = json!({ "playerId": player, "rewardType": kind });
    if let Some(id) = id {
        body["rewardId"] = json!(id);
    }
    server.game().post(&path(event, "/rewards"), body).await
}

/// Ends an event by hand.
pub(crate) async fn end(server: &TestServer, event: &Value) -> Value {
    server.designer().put(&path(event, ""), json!({ "status": "COMPLETED" })).await.expect(200)
}

/// The event when its settlement has come to rest.
pub(crate) async fn settled(server: &TestServer, event: &Value) -> Value {
    let rests = |event: &Value| ["done", "failed"].contains(&event["settlement"]["state"].as_str().unwrap());
    server.wait_for(event, rests).await
}
