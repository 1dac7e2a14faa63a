//! What rules are handed: the model's words in those of the ABI.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::seed;
use crate::model::action::Action;
use crate::model::event::{Difficulty, EventType, WorldEvent};
use crate::model::participation::Admission;
use crate::model::time::unix_millis;
use crate::model::{Object, ParticipantStatus, Participation, PlayerId, Time};
use crate::rules::abi;
use crate::store::settlements::Standing;

/// One JSON value as text. What the model holds can always be written.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An empty JSON object.
pub(crate) fn nothing() -> String {
    "{}".to_owned()
}

/// An event as rules are handed it: its JSON is written once, and shared by all calls.
#[derive(Debug, Clone)]
pub struct EventInput {
    /// The event itself.
    pub event: Arc<WorldEvent>,
    words: Arc<abi::Event>,
}

impl EventInput {
    /// The event in the words of the ABI.
    #[must_use]
    pub fn of(of: &Arc<WorldEvent>) -> Self {
        Self { event: Arc::clone(of), words: Arc::new(event(of)) }
    }

    /// The event with one more player, who is admitted, but not written yet.
    pub fn admit(&mut self, admission: &Admission) {
        let words = Arc::make_mut(&mut self.words);
        words.participants = words.participants.saturating_add(1);
        for (name, moved) in &admission.counters {
            // In the order of their names, as always.
            match words.counters.binary_search_by(|counter| counter.name.cmp(name)) {
                Ok(place) => {
                    if let Some(counter) = words.counters.get_mut(place) {
                        counter.value = counter.value.saturating_add(*moved);
                    }
                }
                Err(place) => words.counters.insert(place, abi::Counter { name: name.clone(), value: *moved }),
            }
        }
    }
}

/// The attributes of a player, as an object and as rules are handed them.
#[derive(Debug)]
pub struct Attributes {
    /// The object.
    pub object: Object,
    json: String,
}

impl Attributes {
    /// Attributes that were set.
    #[must_use]
    pub fn new(object: Object) -> Self {
        Self { json: json(&object), object }
    }
}

impl Default for Attributes {
    fn default() -> Self {
        Self::new(Object::default())
    }
}

pub(super) fn event(event: &WorldEvent) -> abi::Event {
    let rules = event.rules.as_ref();
    let goals = rules.map(|rules| rules.goals.as_slice()).unwrap_or_default();
    let mut counters: BTreeMap<&str, i64> = goals.iter().map(|goal| (goal.counter.as_str(), 0)).collect();
    counters.extend(event.counters.iter().map(|(name, value)| (name.as_str(), *value)));
    abi::Event {
        id: event.id.to_string(),
        type_: event_type(event.kind),
        name: event.name.to_string(),
        region: event.region.to_string(),
        difficulty: difficulty(event.difficulty),
        starts_at: unix_millis(event.start_time),
        ends_at: event.end_time.map(unix_millis),
        participants: u32::try_from(event.current_participants).unwrap_or_default(),
        capacity: event.max_participants.and_then(|capacity| u32::try_from(capacity.get()).ok()),
        objectives: json(&event.objectives),
        rewards: json(&event.rewards),
        data: json(&event.event_data),
        parameters: rules.map_or_else(nothing, |rules| json(&rules.parameters)),
        counters: counters.into_iter().map(|(name, value)| abi::Counter { name: name.to_owned(), value }).collect(),
        extra: nothing(),
    }
}

/// The kind of event, in the ABI.
pub(crate) fn event_type(kind: EventType) -> abi::EventType {
    match kind {
        EventType::Disaster => abi::EventType::Disaster,
        EventType::Festival => abi::EventType::Festival,
        EventType::War => abi::EventType::War,
        EventType::Invasion => abi::EventType::Invasion,
        EventType::Tournament => abi::EventType::Tournament,
        EventType::Quest => abi::EventType::Quest,
    }
}

/// The difficulty, in the ABI.
pub(crate) fn difficulty(difficulty: Difficulty) -> abi::Difficulty {
    match difficulty {
        Difficulty::Easy => abi::Difficulty::Easy,
        Difficulty::Medium => abi::Difficulty::Medium,
        Difficulty::Hard => abi::Difficulty::Hard,
        Difficulty::Extreme => abi::Difficulty::Extreme,
    }
}

/// The status, in the ABI.
pub(crate) fn status(status: ParticipantStatus) -> abi::ParticipantStatus {
    match status {
        ParticipantStatus::Active => abi::ParticipantStatus::Active,
        ParticipantStatus::Completed => abi::ParticipantStatus::Completed,
        ParticipantStatus::Left => abi::ParticipantStatus::Left,
        ParticipantStatus::Kicked => abi::ParticipantStatus::Kicked,
    }
}

fn player(id: &PlayerId, attributes: String) -> abi::Player {
    abi::Player { id: id.to_string(), attributes, extra: nothing() }
}

fn participation(participation: &Participation, attributes: String) -> abi::Participation {
    abi::Participation {
        player: player(&participation.player_id, attributes),
        status: status(participation.status),
        score: participation.score.get().unsigned_abs(),
        progress: participation.progress_data.as_ref().map_or_else(nothing, json),
        achievements: json(&participation.achievements),
        joined_at: unix_millis(participation.join_time),
        last_activity: unix_millis(participation.last_activity),
        extra: nothing(),
    }
}

pub(crate) fn application(
    of: &EventInput,
    applicant: &PlayerId,
    before: Option<&Participation>,
    attributes: &Attributes,
    now: Time,
) -> abi::Application {
    let turn = before.map_or(0, |before| before.version.unsigned_abs());
    abi::Application {
        event: Arc::clone(&of.words),
        player: player(applicant, attributes.json.clone()),
        participation: before.map(|before| participation(before, attributes.json.clone())),
        now: unix_millis(now),
        seed: seed(of.event.id, "eligibility.check", applicant.as_str(), turn),
    }
}

pub(crate) fn scorecard(
    of: &EventInput,
    before: &Participation,
    attributes: &Attributes,
    actions: &[Action],
    progress: Option<&Object>,
    now: Time,
) -> abi::Scorecard {
    let action = |action: &Action| abi::Action {
        kind: action.kind.to_string(),
        amount: action.amount.get(),
        attributes: action.attributes.as_ref().map_or_else(nothing, json),
    };
    abi::Scorecard {
        event: Arc::clone(&of.words),
        participation: participation(before, attributes.json.clone()),
        report: abi::Report {
            actions: actions.iter().map(action).collect(),
            progress: progress.map(json),
            at: unix_millis(now),
            extra: nothing(),
        },
        seed: seed(of.event.id, "scoring.score", before.player_id.as_str(), before.version.unsigned_abs()),
    }
}

pub(super) fn standing(standing: &Standing) -> abi::Standing {
    abi::Standing {
        rank: standing.rank.unsigned_abs(),
        participation: participation(&standing.participation, json(&standing.attributes)),
    }
}
