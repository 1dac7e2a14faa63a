//! Members of an update: left alone, cleared, or set.

use serde::{Deserialize, Deserializer};

/// An optional member of an update request. Absent leaves it, `null` clears it, a value sets it.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Patch<T> {
    /// The member was not in the request.
    #[default]
    Keep,
    /// The member was `null`.
    Clear,
    /// The member had a value.
    Set(T),
}

impl<T> Patch<T> {
    /// Applies the patch to an optional value.
    pub fn apply(self, target: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *target = None,
            Self::Set(value) => *target = Some(value),
        }
    }

    /// Applies the patch to a value that is never absent; `null` makes it the default.
    pub fn apply_or_default(self, target: &mut T)
    where
        T: Default,
    {
        match self {
            Self::Keep => {}
            Self::Clear => *target = T::default(),
            Self::Set(value) => *target = value,
        }
    }

    /// Whether the member was in the request at all.
    #[must_use]
    pub fn is_present(&self) -> bool {
        !matches!(self, Self::Keep)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}
