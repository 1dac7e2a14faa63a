//! Rules that decide by who is in already, when many join at once.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{TestServer, path};

/// How many members more than the other a side may have.
const MAX_LEAD: i64 = 3;

async fn war(server: &TestServer) -> Value {
    server.publish("faction-war").await;
    let parameters = json!({ "sides": ["dawn", "dusk"], "maxLead": MAX_LEAD, "maxLeadPercent": 0 });
    server.event(json!({ "type": "WAR", "rules": { "plugin": "faction-war", "parameters": parameters } })).await
}

/// Has players of these numbers join at once, every third of them for dusk and the rest for dawn; gives how many were let in
/// and how many were told to wait.
async fn crowd(server: &TestServer, event: &Value, numbers: std::ops::Range<u32>) -> (usize, usize) {
    join_all(numbers.clone().map(|number| {
        let faction = if number % 3 == 0 { "dusk" } else { "dawn" };
        async move { server.attributes(&format!("p{number}"), json!({ "faction": faction, "level": 50 })).await }
    }))
    .await;
    let mut joins = JoinSet::new();
    for number in numbers {
        let request = server.game().request(reqwest::Method::POST, &path(event, "/participants"));
        let (client, body) = (server.game(), json!({ "playerId": format!("p{number}") }));
        joins.spawn(async move { client.send(request.json(&body)).await });
    }
    let (mut joined, mut waiting) = (0, 0);
    while let Some(answer) = joins.join_next().await {
        let answer = answer.unwrap().json();
        match answer["details"]["reason"]["code"].as_str() {
            None if answer["status"] == "ACTIVE" => joined += 1,
            Some("SIDE_AHEAD") => waiting += 1,
            _ => panic!("{answer}"),
        }
    }
    (joined, waiting)
}

async fn members(server: &TestServer, event: &Value) -> [i64; 2] {
    let event = server.operator().get(&path(event, "")).await.expect(200);
    ["members-dawn", "members-dusk"].map(|counter| event["counters"][counter].as_i64().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_comes_at_once_keeps_the_balance() {
    let server = TestServer::start().await;
    let event = war(&server).await;
    let mut inside = 0;
    // Of whoever comes later, too, nobody is let in who should not be.
    for numbers in [0..300, 300..330] {
        let (joined, waiting) = crowd(&server, &event, numbers.clone()).await;
        assert_eq!(joined + waiting, numbers.len());
        inside += joined;
        let [dawn, dusk] = members(&server, &event).await;
        assert!((dawn - dusk).abs() <= MAX_LEAD, "{dawn} against {dusk}");
        assert_eq!(dawn + dusk, i64::try_from(inside).unwrap());
        // Those who could come in did: dusk has a third of the crowd, and at first nearly as many of dawn find room.
        assert!(inside * 2 >= numbers.len(), "{inside} of {}", numbers.len());
    }
}
