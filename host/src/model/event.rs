//! Events: what they are, how time and people move them, and what may be changed when.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Time;
use super::json::{Object, ObjectList};
use super::number::Capacity;
use super::rules::{Capability, PinnedRules};
use super::settlement::Settlement;
use super::status::{EventStatus, IllegalTransition};
use super::text::{Description, Name, Region};

/// What kind of event this is.
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
    clap::ValueEnum,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum EventType {
    /// Something terrible that many face together.
    Disaster,
    /// Something to celebrate.
    Festival,
    /// Sides against each other.
    War,
    /// An enemy comes.
    Invasion,
    /// Players against each other.
    Tournament,
    /// A task.
    Quest,
}

/// How hard an event is meant to be.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Difficulty {
    /// For everybody.
    Easy,
    /// For most.
    Medium,
    /// For the practised.
    Hard,
    /// For the best.
    Extreme,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorldEvent {
    /// The event's own id.
    pub id: Uuid,
    /// Its name.
    pub name: Name,
    /// The kind of event.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Where it takes place.
    pub region: Region,
    /// Where it stands.
    pub status: EventStatus,
    /// When it starts.
    pub start_time: DateTime<Utc>,
    /// When it ends; absent if it only ends by hand or by a goal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<DateTime<Utc>>,
    /// What it is about, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// What there is to do.
    pub objectives: ObjectList,
    /// What is promised. Without a payout rule, entries with a `rewardType` are granted on completion.
    pub rewards: ObjectList,
    /// How many may take part; absent if there is no cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_participants: Option<Capacity>,
    /// How many take part: active and completed.
    #[schema(minimum = 0)]
    pub current_participants: i32,
    /// How hard it is meant to be.
    pub difficulty: Difficulty,
    /// Whatever else the designer attached.
    pub event_data: Object,
    /// The template that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_id: Option<Uuid>,
    /// Its rules, pinned when it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<PinnedRules>,
    /// Whether players may report their own progress.
    pub player_reports: bool,
    /// Whether it is only for trying things out.
    pub test: bool,
    /// The shared counters that have moved.
    pub counters: BTreeMap<String, i64>,
    /// How far the payout has come.
    pub settlement: Settlement,
    /// Grows with every edit and change of status; the first part of the `ETag`.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last edited or changed its status.
    pub updated_at: DateTime<Utc>,
}

impl WorldEvent {
    /// The status by the clock: what the stored status becomes when the start or the end has passed, whether or not
    /// anybody has written it down yet.
    #[must_use]
    pub fn status_at(&self, now: Time) -> EventStatus {
        self.status.by_the_clock(self.start_time, self.end_time, now)
    }

    /// Lets time pass. Says whether the status changed.
    pub fn advance(&mut self, now: Time) -> bool {
        let status = self.status_at(now);
        let changed = status != self.status;
        self.status = status;
        changed
    }

    /// Changes the status by hand. Starting early moves the start to now, ending early moves the end.
    ///
    /// # Errors
    /// The state machine does not know the step.
    pub fn set_status(&mut self, to: EventStatus, now: Time) -> Result<(), IllegalTransition<EventStatus>> {
        self.status.step(to)?;
        match to {
            EventStatus::Active => self.start_time = self.start_time.min(now),
            EventStatus::Completed => self.end_time = Some(self.end_time.map_or(now, |end| end.min(now))),
            EventStatus::Announced | EventStatus::Cancelled => {}
        }
        self.status = to;
        Ok(())
    }

    /// Whether the event's plugin decides this.
    #[must_use]
    pub fn has_rule(&self, capability: Capability) -> bool {
        self.rules.as_ref().is_some_and(|rules| rules.can(capability))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::*;

    /// Noon of some day.
    pub(crate) fn noon() -> Time {
        Utc.with_ymd_and_hms(2026, 5, 1, 12, 0, 0).single().expect("a time")
    }

    /// An event from noon to one o'clock.
    pub(crate) fn event() -> WorldEvent {
        WorldEvent {
            id: Uuid::nil(),
            name: "Hydra".parse().expect("a name"),
            kind: EventType::Invasion,
            region: "north".parse().expect("a region"),
            status: EventStatus::Announced,
            start_time: noon(),
            end_time: Some(noon() + TimeDelta::hours(1)),
            description: None,
            objectives: ObjectList::default(),
            rewards: ObjectList::default(),
            max_participants: None,
            current_participants: 0,
            difficulty: Difficulty::Easy,
            event_data: Object::default(),
            template_id: None,
            rules: None,
            player_reports: false,
            test: false,
            counters: BTreeMap::new(),
            settlement: Settlement::default(),
            version: 1,
            created_at: noon(),
            updated_at: noon(),
        }
    }

    #[test]
    fn time_starts_and_ends_events() {
        let (event, minute) = (event(), TimeDelta::minutes(1));
        assert_eq!(event.status_at(noon() - minute), EventStatus::Announced);
        assert_eq!(event.status_at(noon()), EventStatus::Active);
        assert_eq!(event.status_at(noon() + TimeDelta::hours(1)), EventStatus::Completed);
        let cancelled = WorldEvent { status: EventStatus::Cancelled, ..event.clone() };
        assert_eq!(cancelled.status_at(noon() + minute), EventStatus::Cancelled);
        let endless = WorldEvent { end_time: None, ..event };
        assert_eq!(endless.status_at(noon() + TimeDelta::days(1000)), EventStatus::Active);
    }

    #[test]
    fn by_hand_start_and_end_move_to_now() {
        let mut event = event();
        let early = noon() - TimeDelta::minutes(5);
        event.set_status(EventStatus::Active, early).expect("legal");
        assert_eq!(event.start_time, early);
        let end = noon() + TimeDelta::minutes(5);
        event.set_status(EventStatus::Completed, end).expect("legal");
        assert_eq!(event.end_time, Some(end));
        assert!(event.set_status(EventStatus::Active, end).is_err());
    }
}
