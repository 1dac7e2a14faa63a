//! What happens around every request: ids, logs, metrics, limits, and JSON for every error.
//!
//! All of it is one layer: in a stack, each layer makes a boxed future, and a copy of all that stands below it, for each
//! request.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use tower::{Layer, Service};
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::ApiOptions;
use super::error::ApiError;
use crate::telemetry::Metrics;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts everything around the routes.
pub(super) fn around(routes: Router, options: &ApiOptions, metrics: Arc<Metrics>) -> Router {
    let around = Around { metrics, timeout: options.request_timeout, upload_timeout: options.upload_timeout };
    routes.fallback(unknown_path).method_not_allowed_fallback(wrong_method).layer(AroundLayer(Arc::new(around)))
}

async fn unknown_path(request: Request) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is nothing at {}", request.uri().path()))
}

async fn wrong_method(request: Request) -> ApiError {
    let message = format!("{} is not possible here; the Allow header says what is", request.method());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

/// What all routes have around them.
struct Around {
    metrics: Arc<Metrics>,
    timeout: Duration,
    upload_timeout: Duration,
}

/// The routes that take a plugin in. It is compiled while the request waits, which may take minutes for a large one.
const UPLOADS: [&str; 2] = ["/plugins/{name}/versions", "/plugins/{name}/drafts/{draft}"];

#[derive(Clone)]
struct AroundLayer(Arc<Around>);

impl<S> Layer<S> for AroundLayer {
    type Service = AroundService<S>;

    fn layer(&self, inner: S) -> AroundService<S> {
        AroundService { around: Arc::clone(&self.0), inner }
    }
}

#[derive(Clone)]
struct AroundService<S> {
    around: Arc<Around>,
    inner: S,
}

impl<S> Service<Request> for AroundService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let call = Call::of(&request);
        let span = call.span(&request);
        let answer = self.inner.call(request);
        let around = Arc::clone(&self.around);
        Box::pin(async move { Ok(around.serve(call, answer).await) }.instrument(span))
    }
}

/// What must be known of a request once it is answered.
struct Call {
    began: Instant,
    method: Method,
    route: Option<MatchedPath>,
    id: HeaderValue,
}

impl Call {
    fn of(request: &Request) -> Self {
        Self {
            began: Instant::now(),
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
            id: request.headers().get(REQUEST_ID).cloned().unwrap_or_else(new_id),
        }
    }

    fn span(&self, request: &Request) -> Span {
        let (method, path) = (request.method(), request.uri().path());
        tracing::info_span!("request", %method, path, request_id = self.id.to_str().ok())
    }
}

fn new_id() -> HeaderValue {
    let mut buffer = Uuid::encode_buffer();
    let text = Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
    // Hexadecimal digits and hyphens can always stand in a header.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none"))
}

impl Around {
    fn timeout_of(&self, call: &Call) -> Duration {
        let route = call.route.as_ref().map_or("", MatchedPath::as_str);
        let is_upload = !call.method.is_safe() && UPLOADS.iter().any(|upload| route.ends_with(upload));
        if is_upload { self.upload_timeout } else { self.timeout }
    }

    async fn serve(&self, call: Call, answer: impl Future<Output = Result<Response, Infallible>>) -> Response {
        // The timer is set only when the answer is not there at once.
        let mut response =
            match tokio::time::timeout(self.timeout_of(&call), AssertUnwindSafe(answer).catch_unwind()).await {
                Ok(Ok(Ok(response))) => response,
                Ok(Err(_)) => ApiError::internal("a handler panicked").into_response(),
                Err(_) => ApiError::unavailable("TIMEOUT", "the request took too long and was given up; try again")
                    .into_response(),
            };
        let (status, elapsed) = (response.status(), call.began.elapsed());
        if status.is_server_error() {
            tracing::error!(status = status.as_u16(), ?elapsed, "response failed");
        } else {
            tracing::debug!(status = status.as_u16(), ?elapsed, "answered");
        }
        response.headers_mut().insert(REQUEST_ID, call.id);
        self.metrics.http_request(&call.method, call.route.as_ref().map(MatchedPath::as_str), status, elapsed);
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::routing::{get, post};
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::*;

    fn app(metrics: &Arc<Metrics>) -> Router {
        let events = Router::new()
            .route("/events/{eventId}", get(async || StatusCode::IM_A_TEAPOT))
            .route("/panics", get(async || -> StatusCode { panic!("as it is told to") }))
            .route("/hangs", get(async || std::future::pending::<StatusCode>().await))
            .route("/plugins/{name}/versions", post(slow).get(slow));
        let (request_timeout, upload_timeout) = (Duration::from_millis(20), Duration::from_secs(60));
        let options = ApiOptions { path_prefix: String::new(), max_plugin_bytes: 0, request_timeout, upload_timeout };
        around(Router::new().nest("/api/v1", events), &options, Arc::clone(metrics))
    }

    async fn slow() -> StatusCode {
        tokio::time::sleep(Duration::from_millis(60)).await;
        StatusCode::CREATED
    }

    #[tokio::test]
    async fn taking_a_plugin_in_may_take_longer() {
        let metrics = Arc::new(Metrics::new());
        let app = app(&metrics);
        let path = "/api/v1/plugins/hydra/versions";
        assert_eq!(ask(&app, path).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        let upload = Request::post(path).body(Body::empty()).unwrap();
        assert_eq!(app.clone().oneshot(upload).await.unwrap().status(), StatusCode::CREATED);
    }

    async fn ask(app: &Router, path: &str) -> Response {
        let request = Request::get(path).header(REQUEST_ID, "mine").body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn what_goes_wrong_is_answered_with_an_error_of_the_api() {
        let app = app(&Arc::new(Metrics::new()));
        for (path, status, code) in [
            ("/api/v1/panics", 500, "INTERNAL_ERROR"),
            ("/api/v1/hangs", 503, "TIMEOUT"),
            ("/nowhere", 404, "NOT_FOUND"),
        ] {
            let response = ask(&app, path).await;
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[REQUEST_ID], "mine");
            let body: Value = serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap();
            assert_eq!(body["code"], code);
        }
    }

    #[tokio::test]
    async fn requests_are_counted_under_their_route() {
        let metrics = Arc::new(Metrics::new());
        let app = app(&metrics);
        for path in ["/api/v1/events/1", "/api/v1/events/2", "/nowhere/1", "/nowhere/2", "/api/v1/panics"] {
            drop(ask(&app, path).await);
        }
        let text = metrics.encode();
        for line in [
            r#"world_events_http_requests_total{method="GET",route="/api/v1/events/{eventId}",status="418"} 2"#,
            r#"world_events_http_requests_total{method="GET",route="/api/v1/panics",status="500"} 1"#,
            r#"world_events_http_requests_total{method="GET",route="unmatched",status="404"} 2"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
