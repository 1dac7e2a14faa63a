//! What handlers take out of requests: bodies, queries and paths, each with errors that name what is wrong.

use axum::body::Bytes;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, Visitor};
use serde::forward_to_deserialize_any;
use serde_path_to_error::Segment;

use super::App;
use super::error::ApiError;

/// A JSON body: an object.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            let message = "the body must be JSON, with Content-Type: application/json";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message));
        }
        parse(&read(request, app).await?).map(Self)
    }
}

/// Reads a JSON object.
///
/// # Errors
/// 400, which names the member that is wrong.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // Left to itself, serde would read an array as a struct, member by member.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| malformed(&error))?;
        return Err(ApiError::invalid("body", "must be a JSON object"));
    }
    // Keeping track of where in the body one is costs more than reading it; who made a mistake waits a little longer.
    serde_json::from_slice(bytes).or_else(|_| parse_tracked(bytes))
}

fn parse_tracked<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        if cause.is_data() { bad_member("body", path, &without_position(&cause)) } else { malformed(&cause) }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
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

impl FromRequest<App> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        read(request, app).await.map(Self)
    }
}

/// How many bytes the body of a request may have: an extension of requests to routes with a limit of their own.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// How much of a body that is too large is read and thrown away. A client that still sends when the connection closes never
/// sees the answer.
const THROWN_AWAY_BYTES: usize = 16 * 1024 * 1024;

async fn read(request: Request, app: &App) -> Result<Bytes, ApiError> {
    let limit = request.extensions().get().map_or(app.max_body_bytes, |BodyLimit(limit)| *limit);
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
        if let Ok(query) = serde_urlencoded::from_str(query) {
            return Ok(Self(query));
        }
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
        if let Ok(axum::extract::Path(values)) = axum::extract::Path::from_request_parts(parts, state).await {
            return Ok(Self(values));
        }
        let params = match RawPathParams::from_request_parts(parts, state).await {
            Ok(params) => params,
            Err(RawPathParamsRejection::InvalidUtf8InPathParam(error)) => {
                return Err(ApiError::invalid("path", error.body_text()));
            }
            Err(rejection) => return Err(ApiError::internal(rejection)),
        };
        let (names, values): (Vec<_>, Vec<_>) = params.iter().unzip();
        serde_path_to_error::deserialize(PathValues(values)).map(Self).map_err(|error| {
            let index = match error.path().iter().next() {
                Some(Segment::Seq { index }) => *index,
                _ => 0,
            };
            ApiError::invalid(names.get(index).copied().unwrap_or("path"), error.into_inner().to_string())
        })
    }
}

/// The values of a path, in order: one for a type of its own, several for a tuple. Axum, which reads them first, does not
/// tell which of several is wrong.
struct PathValues<'path>(Vec<&'path str>);

impl<'de> Deserializer<'de> for PathValues<'de> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_borrowed_str(self.0.first().copied().unwrap_or_default())
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter().map(BorrowedStrDeserializer::new)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple_struct map struct enum identifier ignored_any
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
