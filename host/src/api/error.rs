//! The one type for what goes wrong at the edge: a stable code, a message that says what would be right, details that a
//! program can use. What is internal is logged here and goes no further.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::auth::TokenError;
use crate::live::WriteError;
use crate::model::Refusal;
use crate::store::StoreError;

/// What every operation answers when it fails.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct ErrorBody {
    /// A stable upper-case word.
    #[schema(examples("VALIDATION_ERROR"))]
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// What a program can use: for validation `field` and `rule`, for a refused join the rule's own `reason`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<Value>,
    /// When it happened.
    pub timestamp: DateTime<Utc>,
}

/// A request that failed.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: String,
    message: String,
    details: Option<Value>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
}

impl ApiError {
    /// An error with a code and a message.
    pub fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), details: None, headers: Vec::new() }
    }

    /// Adds what a program can use.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = if details.is_null() { None } else { Some(details) };
        self
    }

    /// The request itself is wrong: a member, a parameter or a header.
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        let (field, rule) = (field.into(), rule.into());
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", format!("{field} {rule}"))
            .with_details(json!({ "field": field, "rule": rule }))
    }

    /// There is no such thing.
    pub fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        let code = format!("{}_NOT_FOUND", what.to_uppercase().replace(' ', "_"));
        Self::new(StatusCode::NOT_FOUND, code, format!("there is no {what} {id}"))
    }

    /// The request does not fit the state that things are in.
    pub fn conflict(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// The caller's role may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// Nobody knows who is calling.
    pub fn unauthorized(message: impl Into<String>, challenge: &'static str) -> Self {
        let mut error = Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message);
        error.headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
        error
    }

    /// `If-Match` names another version.
    pub fn precondition_failed(current: i64) -> Self {
        let message = format!("If-Match names another version than the current one, which is {current}; read it again");
        Self::new(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", message)
            .with_details(json!({ "version": current }))
    }

    /// The same request may succeed a little later.
    pub fn unavailable(code: impl Into<String>, message: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message);
        error.headers.push((header::RETRY_AFTER, HeaderValue::from_static("1")));
        error
    }

    /// Something failed that the caller can do nothing about. The cause is logged, not shown.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "the server failed; the cause is in its log")
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => WriteError::from(std::sync::Arc::new(error)).into(),
            StoreError::Database(_) => Self::internal(error),
        }
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Full => {
                Self::unavailable("OVERLOADED", "more waits to be done than the server takes; try again")
            }
            WriteError::BrokenOff => Self::internal(error),
            WriteError::Unknown => {
                let message = "the database was lost while this was written, and it cannot be told whether it was; read the \
                               participation, and give reports a sequence, which makes retries safe";
                Self::unavailable("OUTCOME_UNKNOWN", message)
            }
            WriteError::Store(error) => match &*error {
                StoreError::Unavailable(cause) => {
                    tracing::warn!(error = %cause, "database not available");
                    Self::unavailable("DATABASE_UNAVAILABLE", "the database does not answer at the moment; try again")
                }
                StoreError::Database(_) => Self::internal(error),
            },
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid { field, rule } => Self::invalid(field, rule),
            Refusal::Conflict { code, message, details } => Self::conflict(code, message).with_details(details),
        }
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        Self::unauthorized(error.to_string(), r#"Bearer error="invalid_token""#)
    }
}

impl ApiError {
    /// Status and body, for an answer that has several.
    pub fn into_parts(self) -> (StatusCode, ErrorBody) {
        let Self { status, code, message, details, .. } = self;
        (status, ErrorBody { code, message, details, timestamp: Utc::now() })
    }
}

impl IntoResponse for ApiError {
    fn into_response(mut self) -> Response {
        let headers = std::mem::take(&mut self.headers);
        let (status, body) = self.into_parts();
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().extend(headers);
        response
    }
}
