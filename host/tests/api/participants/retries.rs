//! What is written again because the answer to the first time was lost with the connection.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;
use world_events::model::participation::Admission;
use world_events::model::reward::RewardType;
use world_events::model::{Participation, Score};
use world_events::store::Store;
use world_events::store::claims::{Claim, ClaimOutcome};
use world_events::store::participations::{Application, Batch, Change, ChangeOutcome, JoinOutcome, Trace};

use crate::support::TestServer;

fn id(event: &serde_json::Value) -> Uuid {
    event["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_knows_itself_again() {
    let server = TestServer::start().await;
    let store = Store::new(server.database.clone());
    // With room for more, and with no room left but the one that it has taken itself.
    for room in [10, 1] {
        let event = server.event(json!({ "maxParticipants": room })).await;
        let application = Application {
            event_id: id(&event),
            player_id: "ann".parse().unwrap(),
            id: Uuid::now_v7(),
            may_return: true,
            admission: Admission { counters: [("members".to_owned(), 1)].into(), ..Admission::default() },
        };
        let other = Application { id: Uuid::now_v7(), ..application.clone() };
        let mut joined = Vec::new();
        for application in [&application, &application, &other] {
            let batch = Batch { joins: vec![application], changes: vec![] };
            joined.extend(store.write(&batch, &HashMap::new(), server.clock.now()).await.unwrap().joins);
        }
        assert!(matches!(&joined[0], JoinOutcome::Joined(row) if row.id == application.id), "{joined:?}");
        assert_eq!(joined[1], joined[0], "the same application");
        assert!(matches!(joined[2], JoinOutcome::AlreadyIn(_)), "another application");
        let event = server.wait_for(&event, |_| true).await;
        assert_eq!((&event["currentParticipants"], &event["counters"]["members"]), (&json!(1), &json!(1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_recognised_by_the_row_that_it_leaves() {
    let server = TestServer::start().await;
    let store = Store::new(server.database.clone());
    let event = server.event(json!({})).await;
    server.join(&event, "ann").await.expect(201);
    let key = (id(&event), "ann".parse().unwrap());
    let read = async || store.participations_by_key(std::slice::from_ref(&key)).await.unwrap().remove(&key).unwrap();
    let scores = |participation: Participation, score: i64| {
        let mut change = Change::of(participation);
        change.after.set_score(Score::try_from(score).unwrap(), server.clock.now());
        change
    };
    let write = async |change: &Change| {
        let batch = Batch { joins: vec![], changes: vec![change] };
        store.write(&batch, &HashMap::new(), server.clock.now()).await.unwrap().changes.remove(0)
    };
    let trace = async |change: &Change| store.traces(&[change]).await.unwrap().remove(0);

    let first = scores(read().await, 5);
    assert_eq!(trace(&first).await, Trace::Absent);
    let ChangeOutcome::Applied(applied) = write(&first).await else { panic!("not applied") };
    assert_eq!(trace(&first).await, Trace::Written(applied));
    // Another one, decided from the same row, was not written.
    let rival = scores(Participation { version: first.after.version, ..read().await }, 6);
    assert_eq!(trace(&rival).await, Trace::Absent);
    assert_eq!(write(&rival).await, ChangeOutcome::Superseded);
    assert!(matches!(write(&scores(read().await, 7)).await, ChangeOutcome::Applied(_)));
    assert_eq!(trace(&first).await, Trace::Overwritten);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_knows_its_reward_again_and_takes_no_other() {
    let server = TestServer::start().await;
    let store = Store::new(server.database.clone());
    let event = server.event(json!({})).await;
    sqlx::query(
        "INSERT INTO gameplay.event_rewards (event_id, id, player_id, reward_type, reward_id) \
         SELECT $1, gen_random_uuid(), 'ann', 'item', item FROM unnest('{sword,shield}'::text[]) AS item",
    )
    .bind(id(&event))
    .execute(&server.database)
    .await
    .unwrap();
    let claim = Claim {
        event_id: id(&event),
        player_id: "ann".parse().unwrap(),
        reward_type: RewardType::Item,
        reward_id: None,
        id: Uuid::now_v7(),
    };
    let take = async |claim: &Claim| store.claim(&[claim], server.clock.now()).await.unwrap().remove(0);
    let first = take(&claim).await;
    assert!(matches!(first, ClaimOutcome::Claimed(_)));
    assert_eq!(take(&claim).await, first, "the same claim");
    let second = take(&Claim { id: Uuid::now_v7(), ..claim.clone() }).await;
    assert!(matches!(second, ClaimOutcome::Claimed(_)) && second != first, "{second:?}");
    assert_eq!(take(&Claim { id: Uuid::now_v7(), ..claim }).await, ClaimOutcome::AlreadyClaimed);
}
