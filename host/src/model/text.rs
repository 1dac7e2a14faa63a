//! Short texts with a length that is checked once, when they come in.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Empty, or nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than allowed.
    #[error("must have at most {limit} characters, has {actual}")]
    TooLong {
        /// How many characters are allowed.
        limit: usize,
        /// How many there are.
        actual: usize,
    },
    /// Holds U+0000, which PostgreSQL cannot store.
    #[error("must not contain the character U+0000")]
    Nul,
}

fn check(text: &str, may_be_empty: bool, limit: usize) -> Result<(), TextError> {
    if !may_be_empty && text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    // Counting is only needed when the bytes alone do not settle it.
    if text.len() > limit {
        let actual = text.chars().count();
        if actual > limit {
            return Err(TextError::TooLong { limit, actual });
        }
    }
    if text.contains('\0') { Err(TextError::Nul) } else { Ok(()) }
}

fn text_schema(may_be_empty: bool, limit: usize, description: &str) -> RefOr<Schema> {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(if may_be_empty { None } else { Some(1) })
        .max_length(Some(limit))
        .description(Some(description));
    RefOr::T(Schema::Object(schema.build()))
}

/// Defines a text type with a limit in characters.
macro_rules! text {
    ($(#[doc = $doc:literal])* $name:ident, $limit:literal) => {
        text!($(#[doc = $doc])* $name, $limit, may_be_empty: false);
    };
    ($(#[doc = $doc:literal])* $name:ident, $limit:literal, may_be_empty: $may_be_empty:literal) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters that are allowed.
            pub const MAX_CHARS: usize = $limit;

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                check(&text, $may_be_empty, Self::MAX_CHARS)?;
                Ok(Self(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                text.to_owned().try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                text_schema($may_be_empty, Self::MAX_CHARS, concat!($($doc),*).trim())
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

text!(
    /// The name of an event or a template.
    Name,
    200
);
text!(
    /// The region that an event takes place in; the game's own term.
    Region,
    100
);
text!(
    /// The game's own id of a player; opaque to the server.
    PlayerId,
    100
);
text!(
    /// What an event is about, for people.
    Description,
    10_000,
    may_be_empty: true
);
text!(
    /// Which item, currency or achievement a reward is; the game's own term.
    RewardId,
    200
);
text!(
    /// The name of a shared counter.
    CounterName,
    100
);
text!(
    /// What kind of action was reported, such as `hit`.
    ActionKind,
    100
);

/// Why a plain name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 64 characters of a-z, 0-9 and '-', starting with a letter")]
pub struct PlainNameError;

/// The longest plain name, in characters.
pub const MAX_PLAIN_NAME: usize = 64;

fn is_plain_name(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= MAX_PLAIN_NAME && text.chars().all(legal)
}

/// Defines a name of 1 to 64 characters of a-z, 0-9 and `-`, starting with a letter: one that needs no quotes in a URL.
macro_rules! plain_name {
    ($(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The name itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = PlainNameError;

            fn try_from(text: String) -> Result<Self, PlainNameError> {
                if is_plain_name(&text) { Ok(Self(text)) } else { Err(PlainNameError) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = PlainNameError;

            fn from_str(text: &str) -> Result<Self, PlainNameError> {
                text.to_owned().try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let schema = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some("^[a-z][a-z0-9-]{0,63}$"))
                    .description(Some(concat!($($doc),*).trim()));
                RefOr::T(Schema::Object(schema.build()))
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

plain_name!(
    /// The name of a plugin: 1 to 64 characters of a-z, 0-9 and `-`, starting with a letter.
    PluginName
);
plain_name!(
    /// The name of a plugin's channel, such as `live`: 1 to 64 characters of a-z, 0-9 and `-`, starting with a letter.
    ChannelName
);
plain_name!(
    /// The name of a plugin's draft, such as whose it is: 1 to 64 characters of a-z, 0-9 and `-`, starting with a letter.
    DraftName
);
plain_name!(
    /// Who signs plugins: 1 to 64 characters of a-z, 0-9 and `-`, starting with a letter.
    SignerName
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_characters_not_bytes() {
        assert!("ä".repeat(200).parse::<Name>().is_ok());
        assert_eq!("ä".repeat(201).parse::<Name>(), Err(TextError::TooLong { limit: 200, actual: 201 }));
    }

    #[test]
    fn empty_blank_and_nul_are_refused() {
        assert_eq!("".parse::<PlayerId>(), Err(TextError::Empty));
        assert_eq!("  ".parse::<Region>(), Err(TextError::Empty));
        assert_eq!("a\0b".parse::<PlayerId>(), Err(TextError::Nul));
        assert_eq!("".parse::<Description>().map(|text| text.to_string()), Ok(String::new()));
    }

    #[test]
    fn plugin_names_are_plain() {
        assert!("boss-invasion2".parse::<PluginName>().is_ok());
        for bad in ["", "2nd", "Boss", "boss_invasion", "-x", &"x".repeat(65)] {
            assert!(bad.parse::<PluginName>().is_err(), "{bad}");
        }
    }
}
