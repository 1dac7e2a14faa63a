//! Integers with a range that is checked once, when they come in.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::MAX_SAFE_INTEGER;

/// Why a number was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an integer from {min} to {max}, is {actual}")]
pub struct RangeError {
    /// The least that is allowed.
    pub min: i64,
    /// The most that is allowed.
    pub max: i64,
    /// What was given.
    pub actual: i64,
}

fn check(value: i64, min: i64, max: i64) -> Result<i64, RangeError> {
    if (min..=max).contains(&value) { Ok(value) } else { Err(RangeError { min, max, actual: value }) }
}

/// Defines an integer type with a range.
macro_rules! integer {
    ($(#[doc = $doc:literal])* $name:ident, $inner:ty, $min:expr, $max:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "i64")]
        pub struct $name($inner);

        impl $name {
            /// The least that is allowed.
            pub const MIN: i64 = $min;
            /// The most that is allowed.
            pub const MAX: i64 = $max;

            /// The number itself.
            #[must_use]
            pub fn get(self) -> $inner {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = RangeError;

            fn try_from(value: i64) -> Result<Self, RangeError> {
                let value = check(value, Self::MIN, Self::MAX)?;
                // The range lies within the inner type, so this never fails; the error keeps it honest all the same.
                let inner = <$inner>::try_from(value)
                    .map_err(|_| RangeError { min: Self::MIN, max: Self::MAX, actual: value })?;
                Ok(Self(inner))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let schema = ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                    .minimum(Some(Self::MIN))
                    .maximum(Some(Self::MAX))
                    .description(Some(concat!($($doc),*).trim()));
                RefOr::T(Schema::Object(schema.build()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

integer!(
    /// A participant's score.
    Score, i64, 0, 9_007_199_254_740_991
);
integer!(
    /// How much of a reward is granted.
    Amount, i64, 1, 9_007_199_254_740_991
);
integer!(
    /// An amount of an action, or a change of a counter.
    Delta, i64, -9_007_199_254_740_991, 9_007_199_254_740_991
);
integer!(
    /// How many may take part in an event.
    Capacity, i32, 1, 2_147_483_647
);
integer!(
    /// How long an event lasts, in minutes; at most ten years.
    Minutes, i32, 1, 5_256_000
);
integer!(
    /// The number of a report, counted by the reporter for each player and event.
    Sequence, i64, 1, 9_007_199_254_740_991
);
integer!(
    /// How many people live in a region.
    Population, i64, 1, 9_007_199_254_740_991
);

const _: () = assert!(Score::MAX == MAX_SAFE_INTEGER && Delta::MIN == -MAX_SAFE_INTEGER);

impl Score {
    /// No points yet.
    pub const ZERO: Self = Self(0);
}

impl Delta {
    /// The nearest that is allowed.
    #[must_use]
    pub fn saturating(value: i64) -> Self {
        Self(value.clamp(Self::MIN, Self::MAX))
    }
}

impl Amount {
    /// The sum, at most the largest amount there is.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0).min(Self::MAX))
    }
}

/// How content a player was with the event, 0 to 5.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "f64")]
#[schema(value_type = f64, minimum = 0, maximum = 5)]
pub struct Rating(f64);

/// Why a rating was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("must be a number from 0 to 5, is {0}")]
pub struct RatingError(f64);

impl Rating {
    /// The number itself.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Rating {
    type Error = RatingError;

    fn try_from(value: f64) -> Result<Self, RatingError> {
        if (0.0..=5.0).contains(&value) { Ok(Self(value)) } else { Err(RatingError(value)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_are_in_and_what_lies_beyond_is_named() {
        assert_eq!(Score::try_from(0).map(Score::get), Ok(0));
        assert_eq!(Score::try_from(MAX_SAFE_INTEGER).map(Score::get), Ok(MAX_SAFE_INTEGER));
        let error = Score::try_from(MAX_SAFE_INTEGER + 1).expect_err("too large");
        assert_eq!(error.to_string(), "must be an integer from 0 to 9007199254740991, is 9007199254740992");
        assert!(Amount::try_from(0).is_err());
        assert!(Capacity::try_from(i64::from(i32::MAX) + 1).is_err());
    }

    #[test]
    fn ratings_are_zero_to_five() {
        assert!(Rating::try_from(0.0).is_ok() && Rating::try_from(5.0).is_ok());
        assert!(
            Rating::try_from(5.1).is_err() && Rating::try_from(-0.1).is_err() && Rating::try_from(f64::NAN).is_err()
        );
    }
}
