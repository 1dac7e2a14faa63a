//! What all answers of rules have in common, and how they are checked. What passes can be stored and sent on as it is.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::abi::{MAX_INTEGER, types};
use super::text::quoted;
use crate::model::json::has_nul;
use crate::model::text::CounterName;

/// A JSON object, as a rule returned it.
pub type JsonObject = Map<String, Value>;

/// Why an answer is not valid.
#[derive(Debug)]
pub(super) struct BadAnswer(pub(super) String);

pub(super) type Checked<T> = Result<T, BadAnswer>;

/// A rule's "no", in words that a player may read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// A stable word for programs: 1 to 64 characters of A-Z, 0-9 and `_`.
    pub code: String,
    /// One sentence for a person, at most 500 characters.
    pub message: String,
    /// What the message is made of; at most [`MAX_DETAILS_BYTES`] bytes as JSON.
    pub details: JsonObject,
}

/// The longest code of a refusal, in characters.
const MAX_CODE: usize = 64;
/// The longest message of a refusal, in characters.
const MAX_MESSAGE: usize = 500;
/// The largest details of a refusal, in bytes as JSON.
const MAX_DETAILS_BYTES: usize = 4 * 1024;

impl Refusal {
    pub(super) fn check(raw: types::Refusal) -> Checked<Self> {
        let types::Refusal { code, message, details } = raw;
        let is_word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        if code.is_empty() || code.len() > MAX_CODE || !code.bytes().all(is_word) {
            return bad(
                "refusal.code",
                format_args!("{} is not 1 to {MAX_CODE} characters of A-Z, 0-9 and `_`", shown(&code)),
            );
        }
        text("refusal.message", &message, 0, MAX_MESSAGE)?;
        if details.len() > MAX_DETAILS_BYTES {
            return bad(
                "refusal.details",
                format_args!("has {} bytes; {MAX_DETAILS_BYTES} are allowed", details.len()),
            );
        }
        Ok(Self { code, message, details: object_or_nothing("refusal.details", &details)? })
    }
}

/// An answer that is not valid, by the member that is wrong.
pub(super) fn bad<T>(member: &str, why: impl std::fmt::Display) -> Checked<T> {
    Err(BadAnswer(format!("`{member}`: {why}")))
}

/// A text in quotes, for a message.
pub(super) fn shown(text: &str) -> String {
    quoted(text, 80)
}

/// Text of `least` to `most` characters, without the character that PostgreSQL cannot store.
pub(super) fn text(member: &str, text: &str, least: usize, most: usize) -> Checked<()> {
    let length = text.chars().count();
    if length < least || length > most {
        return bad(member, format_args!("has {length} characters; {least} to {most} are allowed"));
    }
    if text.contains('\0') {
        return bad(member, "holds the character U+0000, which cannot be stored");
    }
    Ok(())
}

/// A number of 0 to 2^53 - 1.
pub(super) fn natural(member: &str, number: u64) -> Checked<u64> {
    if number > MAX_INTEGER {
        return bad(member, format_args!("{number} is larger than 2^53 - 1"));
    }
    Ok(number)
}

/// A number within ±(2^53 - 1).
pub(super) fn integer(member: &str, number: i64) -> Checked<i64> {
    if number.unsigned_abs() > MAX_INTEGER {
        return bad(member, format_args!("{number} is outside of ±(2^53 - 1)"));
    }
    Ok(number)
}

/// A JSON object.
pub(super) fn object(member: &str, json: &str) -> Checked<JsonObject> {
    match parse(member, json)? {
        Value::Object(object) => Ok(object),
        other => bad(member, format_args!("is {}, not a JSON object", kind(&other))),
    }
}

/// A JSON array of objects.
pub(super) fn objects(member: &str, json: &str) -> Checked<Vec<JsonObject>> {
    let Value::Array(items) = parse(member, json)? else {
        return bad(member, "is not a JSON array of objects");
    };
    let object = |item| match item {
        Value::Object(object) => Ok(object),
        other => bad(member, format_args!("holds {}, not only JSON objects", kind(&other))),
    };
    items.into_iter().map(object).collect()
}

/// A JSON object that may be left out.
pub(super) fn object_or_nothing(member: &str, json: &str) -> Checked<JsonObject> {
    if json.is_empty() { Ok(JsonObject::new()) } else { object(member, json) }
}

/// The member that is reserved.
pub(super) fn extra(json: &str) -> Checked<()> {
    object_or_nothing("extra", json).map(drop)
}

/// The deltas by counter; a counter that is named twice gets the sum.
pub(super) fn counters(deltas: Vec<types::Counter>) -> Checked<BTreeMap<String, i64>> {
    let mut sums = BTreeMap::new();
    for types::Counter { name, value } in deltas {
        text("counters.name", &name, 1, CounterName::MAX_CHARS)?;
        let value = integer("counters.value", value)?;
        let sum: &mut i64 = sums.entry(name).or_default();
        // Both lie within ±2^53, so this cannot overflow.
        *sum = integer("counters.value", *sum + value)?;
    }
    Ok(sums)
}

const _: () = assert!(MAX_INTEGER <= i64::MAX as u64 / 2, "a sum of two deltas fits an i64");

fn parse(member: &str, json: &str) -> Checked<Value> {
    let value = match serde_json::from_str(json) {
        Ok(value) => value,
        Err(error) => return bad(member, format_args!("is not valid JSON: {error}, in {}", shown(json))),
    };
    if has_nul(&value) {
        return bad(member, "holds the character U+0000, which cannot be stored");
    }
    Ok(value)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why<T>(checked: Checked<T>) -> String {
        checked.err().unwrap().0
    }

    #[test]
    fn json_is_parsed_once_and_for_all() {
        assert_eq!(object("progress", r#"{"hits": 3}"#).unwrap()["hits"], 3);
        assert_eq!(objects("achievements", r#"[{"id": 1}, {}]"#).unwrap().len(), 2);
        assert_eq!(why(object("progress", "[]")), "`progress`: is an array, not a JSON object");
        assert_eq!(why(objects("achievements", "{}")), "`achievements`: is not a JSON array of objects");
        assert_eq!(why(objects("achievements", "[1]")), "`achievements`: holds a number, not only JSON objects");
        assert!(why(object("progress", "{")).starts_with("`progress`: is not valid JSON: EOF while parsing"));
        assert!(why(object("progress", &"[".repeat(10_000))).contains("recursion limit exceeded"));
    }

    #[test]
    fn what_cannot_be_stored_is_refused() {
        for json in [r#"{"a": "\u0000"}"#, r#"{"\u0000": 1}"#, r#"{"a": [{"b": "x\u0000"}]}"#] {
            assert!(why(object("progress", json)).contains("U+0000"), "{json}");
        }
        assert!(why(text("reason", "\0", 0, 500)).contains("U+0000"));
    }

    #[test]
    fn the_reserved_member_may_be_left_empty() {
        extra("").unwrap();
        extra(r#"{"later": true}"#).unwrap();
        assert_eq!(why(extra("3")), "`extra`: is a number, not a JSON object");
    }

    #[test]
    fn refusals_have_a_word_and_a_sentence() {
        let refusal = |code: &str, message: &str, details: &str| {
            Refusal::check(types::Refusal { code: code.into(), message: message.into(), details: details.into() })
        };
        let details = refusal("LEVEL_2_LOW", "Come back at level 2.", r#"{"level": 1}"#).unwrap().details;
        assert_eq!(details["level"], 1);
        for code in ["", "too low", "low", "Ä", &"A".repeat(65)] {
            assert!(why(refusal(code, "", "")).starts_with("`refusal.code`: "), "{code}");
        }
        refusal("NO", &"ä".repeat(500), "").unwrap();
        assert_eq!(why(refusal("NO", "", "3")), "`refusal.details`: is a number, not a JSON object");
        let large = format!(r#"{{"a": "{}"}}"#, "x".repeat(MAX_DETAILS_BYTES));
        assert_eq!(why(refusal("NO", "", &large)), "`refusal.details`: has 4105 bytes; 4096 are allowed");
        assert_eq!(
            why(refusal("NO", &"ä".repeat(501), "")),
            "`refusal.message`: has 501 characters; 0 to 500 are allowed"
        );
    }

    #[test]
    fn numbers_stay_in_range() {
        assert_eq!(natural("score", MAX_INTEGER).unwrap(), 9_007_199_254_740_991);
        assert!(why(natural("score", MAX_INTEGER + 1)).contains("larger than 2^53 - 1"));
        integer("counter", -9_007_199_254_740_991).unwrap();
        for number in [i64::MIN, -9_007_199_254_740_992, 9_007_199_254_740_992] {
            assert!(why(integer("counter", number)).contains("±(2^53 - 1)"));
        }
    }
}
