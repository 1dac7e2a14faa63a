//! What happens around every request: ids, logs, metrics, limits, and JSON for every error.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use super::ApiOptions;
use super::error::ApiError;
use super::extract::BodyLimit;
use crate::telemetry::{Metrics, track_requests};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts everything around the routes.
pub(super) fn around(routes: Router, options: &ApiOptions, metrics: Arc<Metrics>) -> Router {
    let span = |request: &Request| {
        let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
        tracing::info_span!("request", method = %request.method(), path = request.uri().path(), request_id = id)
    };
    // Metrics stand outside of everything, so that what no route matched and what was given up is counted too.
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(metrics, track_requests))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(from_fn(json_errors))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, options.request_timeout))
        .layer(CatchPanicLayer::custom(|_| ApiError::internal("a handler panicked").into_response()))
        .layer(Extension(BodyLimit(options.max_body_bytes)));
    routes.fallback(unknown_path).method_not_allowed_fallback(wrong_method).layer(layers)
}

async fn unknown_path(request: Request) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is nothing at {}", request.uri().path()))
}

async fn wrong_method(request: Request) -> ApiError {
    let message = format!("{} is not possible here; the Allow header says what is", request.method());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

/// Gives errors that come from below the handlers, which have no body, the body that all errors have.
async fn json_errors(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_bare = response.headers().get(header::CONTENT_TYPE).is_none();
    if is_bare && response.status() == StatusCode::SERVICE_UNAVAILABLE {
        return ApiError::unavailable("TIMEOUT", "the request took too long and was given up; try again")
            .into_response();
    }
    response
}
