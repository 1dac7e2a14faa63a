//! Members of an update: left alone, cleared, or set.

use serde::{Deserialize, Deserializer};

use super::Refusal;

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
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}

/// Sets a member that is never absent.
///
/// # Errors
/// The patch would clear it.
pub fn set<T>(field: &str, patch: Patch<T>, target: &mut T) -> Result<(), Refusal> {
    match patch {
        Patch::Keep => {}
        Patch::Clear => return Err(cannot_clear(field)),
        Patch::Set(value) => *target = value,
    }
    Ok(())
}

/// The refusal of a `null` where there must be a value.
#[must_use]
pub fn cannot_clear(field: &str) -> Refusal {
    Refusal::invalid(field, "is not optional and cannot be null")
}
