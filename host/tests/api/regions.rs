//! `/regions/{region}`

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{TestServer, noon};

#[tokio::test(flavor = "multi_thread")]
async fn a_population_is_set_and_read() {
    let server = TestServer::start().await;
    server.player("ann").get("/regions/north").await.expect_error(404, "REGION_NOT_FOUND");
    for (minutes, population) in [(0, 1_000_i64), (5, 9_007_199_254_740_991)] {
        server.clock.advance(TimeDelta::minutes(minutes));
        let expected = json!({
            "region": "north", "population": population, "updatedAt": noon() + TimeDelta::minutes(minutes),
        });
        let set = server.operator().put("/regions/north", json!({ "population": population })).await.expect(200);
        assert_eq!(set, expected);
        assert_eq!(server.player("ann").get("/regions/north").await.expect(200), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_population_is_a_positive_integer() {
    let server = TestServer::start().await;
    for population in [json!(0), json!(-1), json!(1.5), json!("many"), json!(null), json!(9_007_199_254_740_992_i64)] {
        server.operator().put("/regions/north", json!({ "population": population })).await.expect_invalid("population");
    }
    server.operator().put("/regions/north", json!({})).await.expect_invalid("population");
}

#[tokio::test(flavor = "multi_thread")]
async fn regions_have_1_to_100_characters() {
    let server = TestServer::start().await;
    for bad in ["%20", &"x".repeat(101)] {
        let url = format!("/regions/{bad}");
        server.operator().put(&url, json!({ "population": 1 })).await.expect_invalid("region");
        server.operator().get(&url).await.expect_invalid("region");
    }
    let longest = format!("/regions/{}", "x".repeat(100));
    server.operator().put(&longest, json!({ "population": 1 })).await.expect(200);
}
