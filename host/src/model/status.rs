//! The state machines of events and participations. Each is written once, as the list of what may follow a state.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::Time;

/// Where an event stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum EventStatus {
    /// Will start.
    Announced,
    /// Goes on: open for joins and progress.
    Active,
    /// Is over.
    Completed,
    /// Was called off.
    Cancelled,
}

/// Where a participation stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum ParticipantStatus {
    /// Takes part.
    Active,
    /// Has reached what there is to reach, and still counts.
    Completed,
    /// Went away; may come back while the event is active.
    Left,
    /// Was removed and may not come back.
    Kicked,
}

/// A change of status that the state machine does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct IllegalTransition<S> {
    /// Where it stands.
    pub from: S,
    /// Where it was meant to go.
    pub to: S,
    /// Where it may go instead.
    pub legal: Vec<S>,
}

impl<S: fmt::Display> fmt::Display for IllegalTransition<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot go from {} to {}; ", self.from, self.to)?;
        if self.legal.is_empty() {
            return write!(f, "{} is final", self.from);
        }
        let legal: Vec<String> = self.legal.iter().map(ToString::to_string).collect();
        write!(f, "legal from {}: {}", self.from, legal.join(", "))
    }
}

fn step<S: Copy + PartialEq>(from: S, to: S, legal: &[S]) -> Result<(), IllegalTransition<S>> {
    if legal.contains(&to) { Ok(()) } else { Err(IllegalTransition { from, to, legal: legal.to_vec() }) }
}

impl EventStatus {
    /// The states that may follow this one.
    #[must_use]
    pub fn successors(self) -> &'static [Self] {
        match self {
            Self::Announced => &[Self::Active, Self::Cancelled],
            Self::Active => &[Self::Completed, Self::Cancelled],
            Self::Completed | Self::Cancelled => &[],
        }
    }

    /// Checks a change to another state.
    ///
    /// # Errors
    /// The state machine does not know the step.
    pub fn step(self, to: Self) -> Result<(), IllegalTransition<Self>> {
        step(self, to, self.successors())
    }

    /// What this stored status has become by `now`, for an event with these times.
    #[must_use]
    pub fn by_the_clock(self, start: Time, end: Option<Time>, now: Time) -> Self {
        let ended = end.is_some_and(|end| end <= now);
        match self {
            Self::Announced if start <= now && ended => Self::Completed,
            Self::Announced if start <= now => Self::Active,
            Self::Active if ended => Self::Completed,
            status => status,
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        self.successors().is_empty()
    }

    /// The state's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl ParticipantStatus {
    /// The states that may follow this one. [`Active`](Self::Active) follows [`Left`](Self::Left) by joining again.
    #[must_use]
    pub fn successors(self) -> &'static [Self] {
        match self {
            Self::Active => &[Self::Completed, Self::Left, Self::Kicked],
            Self::Completed => &[Self::Kicked],
            Self::Left => &[Self::Active, Self::Kicked],
            Self::Kicked => &[],
        }
    }

    /// Checks a change to another state.
    ///
    /// # Errors
    /// The state machine does not know the step.
    pub fn step(self, to: Self) -> Result<(), IllegalTransition<Self>> {
        step(self, to, self.successors())
    }

    /// Whether the participant counts towards the cap.
    #[must_use]
    pub fn is_inside(self) -> bool {
        matches!(self, Self::Active | Self::Completed)
    }

    /// The state's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_go_forward_only() {
        use EventStatus::{Active, Announced, Cancelled, Completed};
        let legal = [(Announced, Active), (Announced, Cancelled), (Active, Completed), (Active, Cancelled)];
        for &from in EventStatus::VARIANTS {
            for &to in EventStatus::VARIANTS {
                assert_eq!(from.step(to).is_ok(), legal.contains(&(from, to)), "{from} to {to}");
            }
            assert_eq!(from.is_final(), matches!(from, Completed | Cancelled));
        }
    }

    #[test]
    fn participations_know_six_steps() {
        use ParticipantStatus::{Active, Completed, Kicked, Left};
        let legal = [
            (Active, Completed),
            (Active, Left),
            (Active, Kicked),
            (Completed, Kicked),
            (Left, Active),
            (Left, Kicked),
        ];
        for &from in ParticipantStatus::VARIANTS {
            for &to in ParticipantStatus::VARIANTS {
                assert_eq!(from.step(to).is_ok(), legal.contains(&(from, to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn an_illegal_step_names_the_legal_ones() {
        let error = EventStatus::Announced.step(EventStatus::Completed).expect_err("illegal");
        assert_eq!(error.to_string(), "cannot go from ANNOUNCED to COMPLETED; legal from ANNOUNCED: ACTIVE, CANCELLED");
        let error = ParticipantStatus::Kicked.step(ParticipantStatus::Active).expect_err("illegal");
        assert_eq!(error.to_string(), "cannot go from KICKED to ACTIVE; KICKED is final");
    }
}
