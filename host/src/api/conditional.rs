//! Optimistic locking: `ETag`, `If-Match`, `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1).

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};

use super::error::ApiError;
use crate::model::event::WorldEvent;
use crate::model::{EventTemplate, Participation};

/// What has an entity tag: `version` says which edit it is, `live` covers what changes without an edit.
pub trait Tagged {
    /// Which edit it is.
    fn version(&self) -> i64;

    /// A digest of what changes without an edit, if anything does.
    fn live(&self) -> Option<u64> {
        None
    }

    /// The tag, quoted.
    fn tag(&self) -> String {
        match self.live() {
            Some(live) => format!("\"{}.{live:016x}\"", self.version()),
            None => format!("\"{}\"", self.version()),
        }
    }
}

impl Tagged for WorldEvent {
    fn version(&self) -> i64 {
        self.version
    }

    fn live(&self) -> Option<u64> {
        // The same on all servers of one build, which is all that is needed: another build just answers in full once.
        let mut hasher = DefaultHasher::new();
        (self.current_participants, &self.counters).hash(&mut hasher);
        (self.settlement.state, self.settlement.paid, self.settlement.total).hash(&mut hasher);
        Some(hasher.finish())
    }
}

impl Tagged for EventTemplate {
    fn version(&self) -> i64 {
        self.version
    }
}

/// Something that is held in memory, too; written as itself.
#[derive(Debug)]
pub struct Shared<T>(pub Arc<T>);

impl<T: Tagged> Tagged for Shared<T> {
    fn version(&self) -> i64 {
        self.0.version()
    }

    fn live(&self) -> Option<u64> {
        self.0.live()
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Tagged for Participation {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A JSON answer with its `ETag`.
#[derive(Debug)]
pub struct WithTag<T>(pub StatusCode, pub String, pub T);

impl<T: Tagged> WithTag<T> {
    /// 200 with the thing and its tag.
    pub fn ok(body: T) -> Self {
        Self(StatusCode::OK, body.tag(), body)
    }

    /// 201 with the thing and its tag.
    pub fn created(body: T) -> Self {
        Self(StatusCode::CREATED, body.tag(), body)
    }
}

impl<T: Serialize> IntoResponse for WithTag<T> {
    fn into_response(self) -> Response {
        let mut response = (self.0, Json(self.2)).into_response();
        if let Ok(tag) = HeaderValue::try_from(self.1) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// The header `If-Match`.
#[derive(Debug, Clone)]
pub struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// No such header.
    pub fn none() -> Self {
        Self(None)
    }

    /// Demands that the thing is at a version that the header names, if there is one.
    ///
    /// # Errors
    /// 412.
    pub fn require(&self, thing: &impl Tagged) -> Result<(), ApiError> {
        let Some(tags) = &self.0 else { return Ok(()) };
        let current = thing.version();
        let names_current = |tag: &String| {
            let version = tag.trim_matches('"').split('.').next().unwrap_or_default();
            tag == "*" || (tag.starts_with('"') && version.parse() == Ok(current))
        };
        if tags.iter().any(names_current) { Ok(()) } else { Err(ApiError::precondition_failed(current)) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(tags(&parts.headers, &header::IF_MATCH)))
    }
}

/// The header `If-None-Match`.
#[derive(Debug, Clone)]
pub struct IfNoneMatch(Option<Vec<String>>);

impl IfNoneMatch {
    /// Answers 304 if the client has the thing already, else in full.
    pub fn respond(&self, tag: String, body: impl Serialize) -> Response {
        if self.has(&tag) { not_modified(tag) } else { WithTag(StatusCode::OK, tag, body).into_response() }
    }

    /// Whether the client has what this tag stands for.
    pub fn has(&self, tag: &str) -> bool {
        self.0.iter().flatten().any(|held| held == "*" || held.trim_start_matches("W/") == tag)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(tags(&parts.headers, &header::IF_NONE_MATCH)))
    }
}

/// 304: the client has it.
pub fn not_modified(tag: String) -> Response {
    (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response()
}

/// A JSON answer that is written already, with its `ETag`.
pub fn json_bytes(tag: String, body: Bytes) -> Response {
    let json = HeaderValue::from_static("application/json");
    let mut response = ([(header::CONTENT_TYPE, json)], body).into_response();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The tags that a header lists; `None` without the header.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<String>> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    let tags = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    Some(tags.map(|tag| tag.trim().to_owned()).collect())
}
