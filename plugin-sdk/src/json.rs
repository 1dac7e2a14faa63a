//! Reading the open-ended values of the ABI, which are JSON texts.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::Refusal;

/// A JSON value does not have the shape that the rule reads it as.
///
/// In [`Eligibility::check`](crate::Eligibility::check) and [`Scoring::score`](crate::Scoring::score), `?` makes it a
/// refusal with the code `MALFORMED_DATA`; elsewhere, `Refusal::from(malformed)` does.
///
/// ```
/// use world_events_plugin_sdk::{Refusal, json, testing};
///
/// let player = testing::player("p1").with_attributes(json!({"level": "twelve"}));
/// let malformed = player.attribute::<u32>("level").unwrap_err();
/// assert!(malformed.to_string().starts_with("the player's attribute `level` is malformed: invalid type: string"));
/// assert_eq!(Refusal::from(malformed).code, "MALFORMED_DATA");
/// ```
#[derive(Debug)]
pub struct Malformed {
    what: Cow<'static, str>,
    error: serde_json::Error,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is malformed: {}", self.what, self.error)
    }
}

impl std::error::Error for Malformed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self::new("MALFORMED_DATA", malformed.to_string())
    }
}

/// Reads a whole JSON text. `what` names it in the error.
pub(crate) fn parse<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Malformed> {
    serde_json::from_str(text).map_err(|error| Malformed { what: Cow::Borrowed(what), error })
}

/// Reads one member of a JSON object and skips the others; `None` if it is absent or null. `whose` comes before the
/// member's name in the error.
pub(crate) fn member<T: DeserializeOwned>(whose: &str, text: &str, name: &str) -> Result<Option<T>, Malformed> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let member = deserializer.deserialize_map(Member { name, value: PhantomData });
    member
        .and_then(|member| deserializer.end().map(|()| member))
        .map_err(|error| Malformed { what: Cow::Owned(format!("{whose} `{name}`")), error })
}

/// Reads one member of an object without building the others, as attributes may be large.
struct Member<'a, T> {
    name: &'a str,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Member<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut value = None;
        while let Some(is_it) = map.next_key_seed(NameIs(self.name))? {
            if is_it {
                value = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(value)
    }
}

/// Compares a member's name instead of copying it.
struct NameIs<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for NameIs<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameIs<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_among_others() {
        let text = r#"{"deep": {"level": 1}, "level": 12, "list": [1, "]", {}]}"#;
        assert_eq!(member::<u32>("the attribute", text, "level").unwrap(), Some(12));
        assert_eq!(member::<Vec<de::IgnoredAny>>("the attribute", text, "list").unwrap().unwrap().len(), 3);
        assert_eq!(member::<u32>("the attribute", text, "rank").unwrap(), None);
    }

    #[test]
    fn an_escaped_name_is_found() {
        assert_eq!(member::<u32>("the attribute", r#"{"l\u0065vel": 3}"#, "level").unwrap(), Some(3));
    }

    #[test]
    fn null_is_absent() {
        assert_eq!(member::<u32>("the attribute", r#"{"level": null}"#, "level").unwrap(), None);
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for text in ["[1]", "7", "", r#"{"level": 1"#, r#"{"level": 1} x"#, "{level: 1}"] {
            let error = member::<u32>("the attribute", text, "level").unwrap_err();
            assert!(error.to_string().starts_with("the attribute `level` is malformed: "), "{text}: {error}");
        }
    }

    #[test]
    fn a_value_out_of_range_is_malformed() {
        let error = member::<u8>("the attribute", r#"{"level": 300}"#, "level").unwrap_err();
        assert!(error.to_string().contains("300"), "{error}");
    }
}
