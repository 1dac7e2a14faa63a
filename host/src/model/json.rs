//! Open-ended JSON whose size is bounded where it comes in, so that what was accepted can always be handed to a rule.

use std::io::{self, Write};
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The most bytes that one JSON member may have when written without white space: 12 KiB. An event with four such members,
/// a player, a participation with two, a report ([`MAX_REPORT_BYTES`]) and all counters together stay below the 160 KiB
/// that a rule call takes in.
pub const MAX_JSON_BYTES: usize = 12 * 1024;

/// The most bytes that the actions and the progress of one report may have together: 20 KiB.
pub const MAX_REPORT_BYTES: usize = 20 * 1024;

/// Why a JSON value was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Larger than allowed.
    #[error("must have at most {limit} bytes as JSON, has {actual}")]
    TooLarge {
        /// How many bytes are allowed.
        limit: usize,
        /// How many there are.
        actual: usize,
    },
    /// A string or key holds U+0000, which PostgreSQL cannot store.
    #[error("must not contain the character U+0000 in any string or key")]
    Nul,
}

/// How many bytes the value has when written without white space.
#[must_use]
pub fn encoded_len(value: &impl Serialize) -> usize {
    struct Counter(usize);
    impl Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.saturating_add(bytes.len());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Writing a JSON value into a counter cannot fail; if it ever did, "too large" is the safe answer.
    serde_json::to_writer(&mut counter, value).map_or(usize::MAX, |()| counter.0)
}

/// Whether a string or a key holds U+0000, which is JSON, but nothing that PostgreSQL's `jsonb` takes. The parser bounds
/// how deep this goes.
pub(crate) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(map) => map_has_nul(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn map_has_nul(map: &Map<String, Value>) -> bool {
    map.iter().any(|(key, value)| key.contains('\0') || has_nul(value))
}

fn plain_integers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain_integers),
        Value::Object(map) => map.values_mut().for_each(plain_integers),
        Value::Number(number) if number.is_f64() => {
            // Beyond 2^53 a float does not tell one integer from the next, and is left as it is.
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_991.0);
            if let Some(integer) = whole.and_then(|float| format!("{float:.0}").parse::<i64>().ok()) {
                *number = integer.into();
            }
        }
        Value::Number(_) | Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn check_size(value: &impl Serialize) -> Result<(), JsonError> {
    let actual = encoded_len(value);
    if actual > MAX_JSON_BYTES { Err(JsonError::TooLarge { limit: MAX_JSON_BYTES, actual }) } else { Ok(()) }
}

/// A JSON object of at most [`MAX_JSON_BYTES`].
#[derive(Debug, Clone, Default, PartialEq, Eq, ToSchema)]
#[schema(value_type = std::collections::HashMap<String, Value>)]
pub struct Object(Map<String, Value>);

impl Object {
    /// The map itself.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// What the database holds was checked when it came in; it is taken as it is.
    #[must_use]
    pub fn stored(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// The same object with every integer written as one. To JSON Schema `5.0` is an integer; to most languages that rules
    /// are written in it is not.
    #[must_use]
    pub fn with_plain_integers(&self) -> Self {
        let mut value = Value::Object(self.0.clone());
        plain_integers(&mut value);
        match value {
            Value::Object(map) => Self(map),
            _ => Self::default(),
        }
    }

    /// The object after a JSON merge patch (RFC 7396).
    ///
    /// # Errors
    /// The result is larger than allowed.
    pub fn merged(&self, patch: &Self) -> Result<Self, JsonError> {
        let mut target = Value::Object(self.0.clone());
        json_patch::merge(&mut target, &Value::Object(patch.0.clone()));
        match target {
            Value::Object(map) => map.try_into(),
            // A patch that is an object always leaves an object.
            _ => Ok(Self::default()),
        }
    }
}

impl Deref for Object {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl TryFrom<Map<String, Value>> for Object {
    type Error = JsonError;

    fn try_from(map: Map<String, Value>) -> Result<Self, JsonError> {
        check_size(&map)?;
        if map_has_nul(&map) { Err(JsonError::Nul) } else { Ok(Self(map)) }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

/// A JSON array of objects, of at most [`MAX_JSON_BYTES`] together.
#[derive(Debug, Clone, Default, PartialEq, Eq, ToSchema)]
#[schema(value_type = Vec<Object>)]
pub struct ObjectList(Vec<Map<String, Value>>);

impl ObjectList {
    /// What the database holds was checked when it came in; it is taken as it is.
    #[must_use]
    pub fn stored(items: Vec<Map<String, Value>>) -> Self {
        Self(items)
    }

    /// This list with others behind it.
    ///
    /// # Errors
    /// The result is larger than allowed.
    pub fn extended(&self, more: impl IntoIterator<Item = Map<String, Value>>) -> Result<Self, JsonError> {
        self.0.iter().cloned().chain(more).collect::<Vec<_>>().try_into()
    }
}

impl Deref for ObjectList {
    type Target = [Map<String, Value>];

    fn deref(&self) -> &[Map<String, Value>] {
        &self.0
    }
}

impl TryFrom<Vec<Map<String, Value>>> for ObjectList {
    type Error = JsonError;

    fn try_from(items: Vec<Map<String, Value>>) -> Result<Self, JsonError> {
        check_size(&items)?;
        if items.iter().any(map_has_nul) { Err(JsonError::Nul) } else { Ok(Self(items)) }
    }
}

impl Serialize for ObjectList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ObjectList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        serde_json::from_value(value).expect("an object")
    }

    #[test]
    fn size_is_bounded_on_the_way_in_and_after_a_merge() {
        let nearly = object(json!({ "a": "x".repeat(MAX_JSON_BYTES - 8) }));
        assert_eq!(encoded_len(&nearly), MAX_JSON_BYTES);
        let refused = nearly.merged(&object(json!({ "b": 1 }))).expect_err("too large");
        assert!(matches!(refused, JsonError::TooLarge { .. }));
        assert!(serde_json::from_value::<Object>(json!({ "a": "x".repeat(MAX_JSON_BYTES) })).is_err());
    }

    #[test]
    fn merge_patch_follows_rfc_7396() {
        let before = object(json!({ "a": 1, "b": { "c": 2, "d": 3 }, "e": [1, 2] }));
        let patch = object(json!({ "a": null, "b": { "c": null, "f": 4 }, "e": [3] }));
        assert_eq!(before.merged(&patch).expect("fits"), object(json!({ "b": { "d": 3, "f": 4 }, "e": [3] })));
    }

    #[test]
    fn integers_are_written_as_integers() {
        let whole = object(json!({ "a": 5.0, "b": [-2.0, 0.5], "c": { "d": 7e15 } }));
        let plain = serde_json::to_string(&whole.with_plain_integers()).expect("JSON");
        assert_eq!(plain, r#"{"a":5,"b":[-2,0.5],"c":{"d":7000000000000000}}"#);
        // Too large to tell one integer from the next.
        let large = object(json!({ "a": 1e300 }));
        assert_eq!(large.with_plain_integers(), large);
    }

    #[test]
    fn nul_is_refused_at_any_depth() {
        for bad in [json!({ "a\0": 1 }), json!({ "a": ["\0"] }), json!({ "a": { "b": "x\0" } })] {
            assert!(serde_json::from_value::<Object>(bad).is_err());
        }
    }
}
