//! What handlers take out of requests: bodies, queries and paths, each with errors that name what is wrong.

use axum::body::Bytes;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::error::ApiError;

/// A JSON body: an object.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            let message = "the body must be JSON, with Content-Type: application/json";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message));
        }
        let bytes = read(request).await?;
        // Left to itself, serde would read an array as a struct, member by member.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            serde_json::from_slice::<IgnoredAny>(&bytes).map_err(|error| malformed(&error))?;
            return Err(ApiError::invalid("body", "must be a JSON object"));
        }
        let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            let cause = error.into_inner();
            if cause.is_data() { bad_member("body", path, &without_position(&cause)) } else { malformed(&cause) }
        })?;
        deserializer.end().map_err(|error| malformed(&error))?;
        Ok(Self(value))
    }
}

fn malformed(cause: &serde_json::Error) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "MALFORMED_JSON", format!("the body is not valid JSON: {cause}"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// A body of bytes that does not have to be JSON, up to the limit of its route.
#[derive(Debug)]
pub struct RawBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        read(request).await.map(Self)
    }
}

/// How many bytes the body of a request may have; an extension of the request.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// How much of a body that is too large is read and thrown away. A client that still sends when the connection closes never
/// sees the answer.
const THROWN_AWAY_BYTES: usize = 16 * 1024 * 1024;

async fn read(request: Request) -> Result<Bytes, ApiError> {
    let Some(&BodyLimit(limit)) = request.extensions().get() else {
        return Err(ApiError::internal("a route has no limit for bodies"));
    };
    let mut body = request.into_body();
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            ApiError::new(StatusCode::BAD_REQUEST, "MALFORMED_BODY", format!("the body cannot be read: {error}"))
        })?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= limit {
            bytes.extend_from_slice(&data);
        } else if length - limit > THROWN_AWAY_BYTES {
            break;
        }
    }
    if length > limit {
        let message = format!("the body is larger than the {limit} bytes that this operation takes");
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message));
    }
    Ok(bytes.into())
}

/// The query of the URL.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(deserializer).map(Self).map_err(|error| {
            let path = error.path().to_string();
            bad_member("query", path, &error.into_inner().to_string())
        })
    }
}

/// The parameters of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                let names = RawPathParams::from_request_parts(parts, state).await.map_err(ApiError::internal)?;
                Err(bad_parameter(&names, error.into_kind()))
            }
            Err(rejection) => Err(ApiError::internal(rejection)),
        }
    }
}

fn bad_parameter(names: &RawPathParams, kind: ErrorKind) -> ApiError {
    match kind {
        ErrorKind::DeserializeError { key, message, .. } => ApiError::invalid(key, message),
        ErrorKind::ParseErrorAtKey { key, value, expected_type } => {
            ApiError::invalid(key, format!("must be a {expected_type}, is \"{value}\""))
        }
        ErrorKind::InvalidUtf8InPathParam { key } => ApiError::invalid(key, "must be UTF-8"),
        // Of a path with one parameter only, its name is not told.
        kind => ApiError::invalid(names.iter().next().map_or("path", |(name, _)| name), kind.to_string()),
    }
}

/// What serde says, without the place in the text: the path of the member says more.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

/// What serde refused, under the path of the member that is wrong. A missing member is reported at its parent; here it is
/// named itself.
fn bad_member(whole: &str, path: String, rule: &str) -> ApiError {
    let missing = rule.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    match (missing, path.as_str()) {
        (Some(member), ".") => ApiError::invalid(member, "is required"),
        (Some(member), parent) => ApiError::invalid(format!("{parent}.{member}"), "is required"),
        (None, ".") => ApiError::invalid(whole, rule),
        (None, _) => ApiError::invalid(path, rule),
    }
}
