//! Metrics at the edge: requests in, `/metrics` out.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};

use super::Metrics;

/// What Prometheus is told that it gets.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Middleware that counts each request when its answer's head is ready. Use it with `axum::middleware::from_fn_with_state`
/// and `Router::layer`, after all routes: only then is the route's template known.
pub async fn track_requests(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let started = Instant::now();
    let response = next.run(request).await;
    metrics.http_request(&method, route.as_ref().map(MatchedPath::as_str), response.status(), started.elapsed());
    response
}

/// `GET /metrics`, for a listener of its own.
pub fn metrics_router(metrics: Arc<Metrics>) -> Router {
    Router::new().route("/metrics", get(scrape)).with_state(metrics)
}

async fn scrape(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, OPENMETRICS)], metrics.encode())
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::StatusCode, middleware};
    use tower::ServiceExt as _;

    use super::*;

    fn get_request(path: &str) -> Request {
        Request::get(path).body(Body::empty()).unwrap()
    }

    async fn text(response: Response) -> String {
        String::from_utf8(axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn requests_are_counted_under_their_route() {
        let metrics = Arc::new(Metrics::new());
        let events = Router::new().route("/events/{eventId}", get(async || StatusCode::IM_A_TEAPOT));
        let app = Router::new()
            .nest("/api/v1", events)
            .layer(middleware::from_fn_with_state(Arc::clone(&metrics), track_requests));
        for path in ["/api/v1/events/1", "/api/v1/events/2", "/nowhere/1", "/nowhere/2"] {
            drop(app.clone().oneshot(get_request(path)).await.unwrap());
        }

        let response = metrics_router(metrics).oneshot(get_request("/metrics")).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], OPENMETRICS);
        let text = text(response).await;
        for line in [
            r#"world_events_http_requests_total{method="GET",route="/api/v1/events/{eventId}",status="418"} 2"#,
            r#"world_events_http_requests_total{method="GET",route="unmatched",status="404"} 2"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
