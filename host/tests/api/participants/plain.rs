//! What one statement may write, and what it must leave to the long way.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;
use world_events::model::participation::Admission;
use world_events::model::{MAX_SAFE_INTEGER, ParticipantStatus, Participation, Score};
use world_events::store::Store;
use world_events::store::participations::{Application, Change, ChangeOutcome, JoinOutcome, KnownEvents};

use crate::guest::Guest;
use crate::support::TestServer;

fn id(event: &Value) -> Uuid {
    event["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_are_written_where_there_is_room_for_all_who_ask() {
    let server = TestServer::start().await;
    let store = Store::new(server.database.clone());
    let wide = server.event(json!({ "maxParticipants": 10 })).await;
    let narrow = server.event(json!({ "maxParticipants": 1 })).await;
    let over = server.event(json!({})).await;
    server.operator().delete(&format!("/events/{}", id(&over))).await.expect(200);
    let of = |event: Uuid, player: &str| Application {
        event_id: event,
        player_id: player.parse().unwrap(),
        id: Uuid::now_v7(),
        admission: Admission::default(),
        may_return: true,
    };
    let applications = [
        of(id(&wide), "ann"),
        of(id(&narrow), "ann"),
        of(id(&wide), "bob"),
        of(id(&narrow), "bob"),
        of(id(&over), "ann"),
        of(Uuid::now_v7(), "ann"),
    ];
    let asked: Vec<&Application> = applications.iter().collect();
    let plain = store.join_plainly(&asked, server.clock.now()).await.unwrap();
    let joined: Vec<bool> =
        plain.outcomes.iter().map(|outcome| matches!(outcome, Some(JoinOutcome::Joined(_)))).collect();
    assert_eq!(joined, [true, false, true, false, false, false], "{:?}", plain.outcomes);
    assert_eq!(plain.events.iter().map(|event| (event.id, event.inside)).collect::<Vec<_>>(), [(id(&wide), 2)]);
    // Who is in already needs an answer that one statement does not have.
    let again =
        store.join_plainly(&[&of(id(&wide), "ann"), &of(id(&narrow), "bob")], server.clock.now()).await.unwrap();
    assert!(matches!(again.outcomes[..], [None, Some(JoinOutcome::Joined(_))]), "{:?}", again.outcomes);
    assert_eq!(server.wait_for(&wide, |_| true).await["currentParticipants"], 2);
}

/// An event whose counter `gold` stands at `gold`, in which ann and bob take part.
struct Scene {
    server: TestServer,
    store: Store,
    event: Uuid,
    known: KnownEvents,
}

impl Scene {
    async fn new(goals: Value, gold: i64) -> Self {
        let server = TestServer::start().await;
        server.publish_guest("counting", Guest::welcoming("counting")).await;
        let event = server.event(json!({ "rules": { "plugin": "counting", "goals": goals } })).await;
        for player in ["ann", "bob"] {
            server.join(&event, player).await.expect(201);
        }
        let event = id(&event);
        sqlx::query("INSERT INTO gameplay.event_counters (event_id, counter, value) VALUES ($1, 'gold', $2)")
            .bind(event)
            .bind(gold)
            .execute(&server.database)
            .await
            .unwrap();
        let store = Store::new(server.database.clone());
        let found = store.events_by_id(&[event]).await.unwrap();
        let known = found.into_iter().map(|(id, event)| (id, Arc::new(event))).collect();
        Self { server, store, event, known }
    }

    async fn read(&self, player: &str) -> Participation {
        let key = (self.event, player.parse().unwrap());
        self.store.participations_by_key(std::slice::from_ref(&key)).await.unwrap().remove(&key).unwrap()
    }

    /// A change of this player by which a counter moves.
    async fn moves(&self, player: &str, counter: &str, delta: i64) -> Change {
        let mut change = Change::of(self.read(player).await);
        change.after.set_score(Score::try_from(7).unwrap(), self.server.clock.now());
        change.counters = BTreeMap::from([(counter.to_owned(), delta)]);
        change
    }

    async fn write(&self, changes: &[&Change]) -> Vec<Option<ChangeOutcome>> {
        self.store.change_plainly(changes, &self.known, self.server.clock.now()).await.unwrap().outcomes
    }

    async fn gold(&self) -> i64 {
        let value = sqlx::query_scalar("SELECT value FROM gameplay.event_counters WHERE event_id = $1");
        value.bind(self.event).fetch_one(&self.server.database).await.unwrap()
    }
}

fn applied(outcomes: &[Option<ChangeOutcome>]) -> Vec<bool> {
    outcomes.iter().map(|outcome| matches!(outcome, Some(ChangeOutcome::Applied(_)))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_move_counters_as_far_as_they_are_applied() {
    let scene = Scene::new(json!([{ "counter": "gold", "target": 100 }]), 5).await;
    let (first, second) = (scene.moves("ann", "gold", 10).await, scene.moves("bob", "gold", -3).await);
    let rival = scene.moves("ann", "gold", 20).await;
    let outcomes = scene.write(&[&first, &rival, &second]).await;
    assert_eq!(applied(&outcomes), [true, false, true]);
    assert_eq!(outcomes[1], Some(ChangeOutcome::Superseded), "decided from the same version");
    assert_eq!(scene.gold().await, 12);
    assert_eq!(scene.write(&[&first]).await, [Some(ChangeOutcome::Superseded)], "written already");
    assert_eq!(scene.gold().await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_may_fall_is_left_to_the_long_way() {
    for (target, ends_event, anns, bobs, is_plain) in [
        (100, true, 94, -50, true),
        // Whoever comes first, it may fall in between.
        (100, true, 95, -50, false),
        // Reached before: it does not fall again, unless the counter may have been below it. It still ends the event.
        (5, false, 1, 1, true),
        (5, false, 1, -1, false),
        (5, true, 1, 1, false),
    ] {
        let scene = Scene::new(json!([{ "counter": "gold", "target": target, "endsEvent": ends_event }]), 5).await;
        let (first, second) = (scene.moves("ann", "gold", anns).await, scene.moves("bob", "gold", bobs).await);
        let outcomes = scene.write(&[&first, &second]).await;
        assert_eq!(applied(&outcomes), [is_plain, is_plain], "{target} {ends_event} {anns} {bobs}");
        assert_eq!(scene.gold().await, if is_plain { 5 + anns + bobs } else { 5 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_plain_is_left_to_the_long_way() {
    let mut scene = Scene::new(json!([]), MAX_SAFE_INTEGER - 1).await;
    let new_counter = scene.moves("ann", "silver", 1).await;
    assert_eq!(scene.write(&[&new_counter]).await, [None]);
    let out_of_range = scene.moves("ann", "gold", 2).await;
    assert_eq!(scene.write(&[&out_of_range]).await, [None]);
    let mut completes = scene.moves("ann", "gold", 1).await;
    completes.after.set_status(ParticipantStatus::Completed, scene.server.clock.now());
    assert_eq!(scene.write(&[&completes]).await, [None]);
    let change = scene.moves("ann", "gold", 1).await;
    let known = std::mem::take(&mut scene.known);
    assert_eq!(scene.write(&[&change]).await, [None], "its goals are not known");
    let edited = known.into_iter().map(|(id, event)| {
        let version = event.version + 1;
        (id, Arc::new(world_events::model::event::WorldEvent { version, ..Arc::unwrap_or_clone(event) }))
    });
    scene.known = edited.collect::<HashMap<_, _>>();
    assert_eq!(scene.write(&[&change]).await, [None], "its goals are of another edit");
    assert_eq!((scene.gold().await, scene.read("ann").await.version), (MAX_SAFE_INTEGER - 1, 1));
}
