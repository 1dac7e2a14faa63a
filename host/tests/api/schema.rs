//! The tables as others may use them: columns, checks, triggers.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgPool};
use world_events::store::MIGRATIONS;

use crate::support::database;

const TABLES: [(&str, &str); 5] = [
    (
        "world_events",
        "id name type region status start_time end_time description objectives rewards max_participants \
         current_participants difficulty event_data created_at updated_at",
    ),
    ("event_participants", "id event_id player_id join_time status progress_data score achievements last_activity"),
    ("event_rewards", "id event_id player_id reward_type reward_id amount claimed claimed_at created_at"),
    (
        "event_templates",
        "id name type difficulty is_active description objectives_template rewards_template duration_minutes \
         max_participants region_restrictions event_data_template created_at updated_at",
    ),
    (
        "event_analytics",
        "event_id total_participants completed_participants average_completion_time average_score participation_rate \
         satisfaction_rating last_updated",
    ),
];

async fn fresh() -> PgPool {
    database::fresh().await.1
}

async fn run(database: &PgPool, sql: &str) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query(AssertSqlSafe(sql)).execute(database).await?.rows_affected())
}

/// What the database says to a statement that it must refuse: a SQLSTATE.
async fn refusal(database: &PgPool, sql: &str) -> String {
    let error = run(database, sql).await.expect_err(sql);
    error.as_database_error().unwrap().code().unwrap().into_owned()
}

const CHECK_VIOLATION: &str = "23514";
const UNIQUE_VIOLATION: &str = "23505";

const EVENT: &str = "00000000-0000-4000-8000-000000000001";

/// A database with one active event for at most three.
async fn with_event() -> PgPool {
    let database = fresh().await;
    insert_event(&database).await;
    database
}

async fn insert_event(database: &PgPool) {
    let event = format!(
        "INSERT INTO gameplay.world_events (id, name, type, region, status, start_time, difficulty, max_participants) \
         VALUES ('{EVENT}', 'E', 'WAR', 'north', 'ACTIVE', now(), 'EASY', 3)"
    );
    run(database, &event).await.unwrap();
}

async fn join(database: &PgPool, players: &str) -> Result<u64, sqlx::Error> {
    let join = format!(
        "INSERT INTO gameplay.event_participants (event_id, id, player_id) \
         SELECT '{EVENT}', gen_random_uuid(), unnest('{{{players}}}'::text[])"
    );
    run(database, &join).await
}

/// What the event's row says: participants, version, when it was updated.
async fn row(database: &PgPool) -> (i32, i64, DateTime<Utc>) {
    sqlx::query_as("SELECT current_participants, version, updated_at FROM gameplay.world_events")
        .fetch_one(database)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_have_their_columns() {
    let database = fresh().await;
    for (table, columns) in TABLES {
        let found: Vec<(String, String)> = sqlx::query_as(
            "SELECT column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = 'gameplay' AND table_name = $1",
        )
        .bind(table)
        .fetch_all(&database)
        .await
        .unwrap();
        for column in columns.split_whitespace() {
            let Some((_, kind)) = found.iter().find(|(name, _)| name == column) else {
                panic!("{table}.{column} is missing")
            };
            let times = ["_at", "_time", "last_activity", "last_updated"];
            if times.iter().any(|end| column.ends_with(end)) && column != "average_completion_time" {
                assert_eq!(kind, "timestamp with time zone", "{table}.{column}");
            }
            let open = ["objectives", "rewards", "_template", "_data", "achievements", "region_restrictions"];
            if open.iter().any(|end| column.ends_with(end)) {
                assert_eq!(kind, "jsonb", "{table}.{column}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_no_enum_has_are_refused() {
    let database = with_event().await;
    join(&database, "ann").await.unwrap();
    let template = "INSERT INTO gameplay.event_templates (id, name, type, difficulty) VALUES (gen_random_uuid(), 'T'";
    run(&database, &format!("{template}, 'WAR', 'EASY')")).await.unwrap();
    let reward = format!(
        "INSERT INTO gameplay.event_rewards (event_id, id, player_id, reward_type) \
         VALUES ('{EVENT}', gen_random_uuid(), 'ann', 'glory')"
    );
    for statement in [
        "UPDATE gameplay.world_events SET status = 'OPEN'",
        "UPDATE gameplay.world_events SET type = 'war'",
        "UPDATE gameplay.world_events SET difficulty = 'NORMAL'",
        "UPDATE gameplay.event_participants SET status = 'GONE'",
        "UPDATE gameplay.event_templates SET type = 'PARTY'",
        "UPDATE gameplay.event_templates SET difficulty = ''",
        &reward,
    ] {
        assert_eq!(refusal(&database, statement).await, CHECK_VIOLATION, "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_out_of_range_are_refused() {
    let database = with_event().await;
    join(&database, "ann,bob").await.unwrap();
    for statement in [
        "UPDATE gameplay.world_events SET name = ''",
        "UPDATE gameplay.world_events SET name = repeat('x', 201)",
        "UPDATE gameplay.world_events SET region = repeat('x', 101)",
        "UPDATE gameplay.world_events SET max_participants = 0",
        "UPDATE gameplay.world_events SET max_participants = 1",
        "UPDATE gameplay.world_events SET end_time = start_time - interval '1 second'",
        "UPDATE gameplay.world_events SET event_data = '[]'",
        "UPDATE gameplay.world_events SET objectives = '{}'",
        "UPDATE gameplay.event_participants SET score = -1",
        "UPDATE gameplay.event_participants SET score = 9007199254740992",
        "UPDATE gameplay.event_participants SET rating = 5.5",
        "UPDATE gameplay.event_participants SET player_id = ''",
    ] {
        assert_eq!(refusal(&database, statement).await, CHECK_VIOLATION, "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_by_hand_raise_the_version_and_the_time() {
    let database = with_event().await;
    let template = "INSERT INTO gameplay.event_templates (id, name, type, difficulty) \
                    VALUES (gen_random_uuid(), 'T', 'WAR', 'EASY')";
    run(&database, template).await.unwrap();
    for table in ["world_events", "event_templates"] {
        let state = async || -> (i64, DateTime<Utc>) {
            let query = format!("SELECT version, updated_at FROM gameplay.{table}");
            sqlx::query_as(AssertSqlSafe(query)).fetch_one(&database).await.unwrap()
        };
        let (version, updated) = state().await;
        run(&database, &format!("UPDATE gameplay.{table} SET name = 'Edited'")).await.unwrap();
        let (newer, later) = state().await;
        assert_eq!(newer, version + 1, "{table}");
        assert!(later > updated, "{table}");
        run(&database, &format!("UPDATE gameplay.{table} SET name = 'Edited'")).await.unwrap();
        assert_eq!(state().await, (newer, later), "{table}: the same again is no edit");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn participants_are_counted_whoever_writes() {
    let database = with_event().await;
    let (_, version, updated) = row(&database).await;
    for (statement, inside) in [
        ("INSERT", 3),
        ("UPDATE gameplay.event_participants SET status = 'LEFT' WHERE player_id = 'ann'", 2),
        ("UPDATE gameplay.event_participants SET status = 'COMPLETED' WHERE player_id = 'bob'", 2),
        ("UPDATE gameplay.event_participants SET score = score + 5", 2),
        ("UPDATE gameplay.event_participants SET status = 'ACTIVE' WHERE status = 'LEFT'", 3),
        ("UPDATE gameplay.event_participants SET status = 'KICKED'", 0),
        ("UPDATE gameplay.event_participants SET status = 'ACTIVE'", 3),
        ("DELETE FROM gameplay.event_participants WHERE player_id <> 'ann'", 1),
        ("DELETE FROM gameplay.event_participants", 0),
    ] {
        match statement {
            "INSERT" => join(&database, "ann,bob,cid").await.unwrap(),
            statement => run(&database, statement).await.unwrap(),
        };
        // Who comes and goes is no edit of the event.
        assert_eq!(row(&database).await, (inside, version, updated), "{statement}");
    }
}

/// What is kept of an event's analytics, and the same taken from its participations.
async fn kept_and_taken(database: &PgPool) -> [(i64, i64, Option<f64>, Option<f64>, Option<f64>); 2] {
    let kept = "SELECT total_participants, completed_participants, \
                extract(epoch FROM average_completion_time)::float8, average_score, satisfaction_rating \
                FROM gameplay.event_analytics";
    let taken = "SELECT count(*), count(*) FILTER (WHERE status = 'COMPLETED'), \
                 extract(epoch FROM avg(completed_at - join_time) FILTER (WHERE status = 'COMPLETED'))::float8, \
                 avg(score)::float8, avg(rating) FROM gameplay.event_participants";
    let mut rows = Vec::new();
    for query in [kept, taken] {
        rows.push(sqlx::query_as(query).fetch_one(database).await.unwrap());
    }
    rows.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn analytics_are_those_of_the_participations_whoever_writes() {
    let database = with_event().await;
    join(&database, "ann,bob,cid").await.unwrap();
    for change in [
        "UPDATE gameplay.event_participants SET score = 7 WHERE player_id <> 'cid'",
        "UPDATE gameplay.event_participants SET status = 'COMPLETED', completed_at = join_time + interval '90 seconds' \
         WHERE player_id <> 'bob'",
        "UPDATE gameplay.event_participants SET rating = 4.5 WHERE player_id = 'ann'",
        "UPDATE gameplay.event_participants SET rating = 1, score = 3, completed_at = completed_at + interval '1 minute'",
        "UPDATE gameplay.event_participants SET status = 'KICKED' WHERE player_id = 'ann'",
        "UPDATE gameplay.event_participants SET rating = NULL WHERE player_id = 'bob'",
        "DELETE FROM gameplay.event_participants WHERE player_id = 'cid'",
        "DELETE FROM gameplay.event_participants",
    ] {
        run(&database, change).await.unwrap();
        let [kept, taken] = kept_and_taken(&database).await;
        assert_eq!(kept, taken, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_takes_along_what_was_there_before() {
    let (_, database) = database::fresh().await;
    run(&database, "DROP SCHEMA gameplay CASCADE").await.unwrap();
    let (old, new): (Vec<_>, Vec<_>) = MIGRATIONS.iter().partition(|migration| migration.version <= 2);
    for migration in old {
        sqlx::raw_sql(migration.sql.clone()).execute(&database).await.unwrap();
    }
    insert_event(&database).await;
    join(&database, "ann,bob,cid").await.unwrap();
    for change in [
        "UPDATE gameplay.event_participants SET score = 7, rating = 3 WHERE player_id <> 'cid'",
        "UPDATE gameplay.event_participants SET status = 'COMPLETED', completed_at = join_time + interval '90 seconds' \
         WHERE player_id <> 'bob'",
        "INSERT INTO gameplay.regions (region, population) SELECT region, 12 FROM gameplay.world_events",
        "INSERT INTO gameplay.event_analytics (event_id, total_participants, completed_participants, last_updated) \
         SELECT id, 1, 0, created_at FROM gameplay.world_events",
    ] {
        run(&database, change).await.unwrap();
    }
    for migration in new {
        sqlx::raw_sql(migration.sql.clone()).execute(&database).await.unwrap();
    }
    let [kept, taken] = kept_and_taken(&database).await;
    assert_eq!(kept, taken);
    assert_eq!((kept.0, kept.1, kept.2, kept.4), (3, 2, Some(90.0), Some(3.0)));
    let rate: f64 = sqlx::query_scalar("SELECT participation_rate FROM gameplay.event_analytics")
        .fetch_one(&database)
        .await
        .unwrap();
    assert_eq!(rate, 0.25);
    run(&database, "UPDATE gameplay.event_participants SET score = 9 WHERE player_id = 'cid'").await.unwrap();
    let [kept, taken] = kept_and_taken(&database).await;
    assert_eq!(kept, taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cap_holds_whoever_writes() {
    let database = with_event().await;
    join(&database, "ann,bob").await.unwrap();
    let error = join(&database, "cid,dan").await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().constraint(), Some("world_events_capacity"));
    assert_eq!(row(&database).await.0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_is_in_an_event_once() {
    let database = with_event().await;
    join(&database, "ann").await.unwrap();
    let error = join(&database, "ann").await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some(UNIQUE_VIOLATION));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reward_is_granted_once_for_each_player_type_and_id() {
    let database = with_event().await;
    let grant = |player: &str, kind: &str, id: &str| {
        format!(
            "INSERT INTO gameplay.event_rewards (event_id, id, player_id, reward_type, reward_id) \
             VALUES ('{EVENT}', gen_random_uuid(), '{player}', '{kind}', {id})"
        )
    };
    let different = [("ann", "xp", "NULL"), ("ann", "item", "NULL"), ("ann", "item", "'a'"), ("bob", "item", "'a'")];
    for (player, kind, id) in different {
        run(&database, &grant(player, kind, id)).await.unwrap();
    }
    for (player, kind, id) in different {
        assert_eq!(refusal(&database, &grant(player, kind, id)).await, UNIQUE_VIOLATION, "{player} {kind} {id}");
    }
    let amount = "UPDATE gameplay.event_rewards SET amount = 0";
    assert_eq!(refusal(&database, amount).await, CHECK_VIOLATION);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_takes_along_what_belongs_to_it() {
    let database = with_event().await;
    join(&database, "ann").await.unwrap();
    run(&database, "DELETE FROM gameplay.world_events").await.unwrap();
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM gameplay.event_participants").fetch_one(&database).await.unwrap();
    assert_eq!(left, 0);
}

/// A score changes all the time: if an index held it, each change would have to write the index too.
#[tokio::test(flavor = "multi_thread")]
async fn score_updates_stay_heap_only() {
    let database = with_event().await;
    join(&database, "ann").await.unwrap();
    let indexed: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT a.attname::text FROM pg_index i JOIN pg_attribute a \
         ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) \
         WHERE i.indrelid = 'gameplay.event_participants'::regclass",
    )
    .fetch_all(&database)
    .await
    .unwrap();
    for column in ["score", "score_at", "progress_data", "achievements", "last_activity", "version"] {
        assert!(!indexed.iter().any(|name| name == column), "{column} is in an index");
    }
}
