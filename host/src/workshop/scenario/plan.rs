//! How the event is set up that a plugin is tried with.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::WrongValue;
use crate::model::number::Delta;
use crate::model::rules::{FailurePolicy, Goal, PinnedRules, RulesReference};
use crate::model::settlement::Settlement;
use crate::model::text::{CounterName, TextError};
use crate::model::{
    Capacity, Difficulty, EventStatus, EventType, Name, Object, ObjectList, Refusal, Region, Time, WorldEvent,
};
use crate::rules::{Admission, BadSchema, ParametersSchema};
use crate::workshop::parameters;

/// When events start that are made up: the day is of no importance, but is the same every time.
pub const START: DateTime<Utc> = DateTime::from_timestamp_nanos(1_767_225_600_000_000_000);

/// The name and the region of an event that nothing is said about.
const PLAIN: &str = "test";

/// An event.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EventPlan {
    name: Option<Name>,
    #[serde(rename = "type")]
    kind: EventType,
    region: Option<Region>,
    difficulty: Difficulty,
    capacity: Option<Capacity>,
    objectives: ObjectList,
    rewards: ObjectList,
    data: Object,
    parameters: Object,
    goals: Vec<GoalPlan>,
}

impl Default for EventPlan {
    fn default() -> Self {
        Self {
            name: None,
            kind: EventType::Festival,
            region: None,
            difficulty: Difficulty::Medium,
            capacity: None,
            objectives: ObjectList::default(),
            rewards: ObjectList::default(),
            data: Object::default(),
            parameters: Object::default(),
            goals: Vec::new(),
        }
    }
}

/// What a shared counter is meant to reach.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct GoalPlan {
    counter: CounterName,
    target: Delta,
    #[serde(default)]
    ends_event: bool,
}

/// What cannot be said of any event.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A value that no server would take.
    #[error("{}: {}", .0.place, .0.problem)]
    Wrong(WrongValue),
    /// The schema of the plugin's parameters does not compile.
    #[error("the schema of the parameters {0}")]
    Schema(#[from] BadSchema),
}

impl EventPlan {
    /// The event with this plugin, from `start` to `end`, as a server has it when it was just started.
    ///
    /// # Errors
    /// The parameters are not what the plugin's schema allows, or the goals not what a server takes.
    pub fn event(&self, id: Uuid, admission: &Admission, start: Time, end: Time) -> Result<WorldEvent, PlanError> {
        let rules = self.rules(admission)?;
        Ok(WorldEvent {
            id,
            name: self.name.clone().map_or_else(plain, Ok)?,
            kind: self.kind,
            region: self.region.clone().map_or_else(plain, Ok)?,
            status: EventStatus::Active,
            start_time: start,
            end_time: Some(end),
            description: None,
            objectives: self.objectives.clone(),
            rewards: self.rewards.clone(),
            max_participants: self.capacity,
            current_participants: 0,
            difficulty: self.difficulty,
            event_data: self.data.clone(),
            template_id: None,
            rules: Some(rules),
            player_reports: false,
            test: false,
            counters: BTreeMap::new(),
            settlement: Settlement::default(),
            version: 1,
            created_at: start,
            updated_at: start,
        })
    }

    /// The rules as a server pins them.
    fn rules(&self, admission: &Admission) -> Result<PinnedRules, PlanError> {
        let manifest = &admission.manifest;
        let schema = manifest.parameters_schema.as_ref().map(ParametersSchema::compile).transpose()?;
        parameters::check(&self.parameters, schema.as_ref(), "event.parameters")?;
        let goal =
            |goal: &GoalPlan| Goal { counter: goal.counter.clone(), target: goal.target, ends_event: goal.ends_event };
        let reference = RulesReference {
            plugin: manifest.name.parse().map_err(|error| wrong("the plugin's name", &error))?,
            version: None,
            channel: None,
            draft: None,
            on_failure: FailurePolicy::default(),
            // As a server does when it pins them.
            parameters: self.parameters.with_plain_integers(),
            goals: self.goals.iter().map(goal).collect(),
        };
        match reference.check() {
            Err(Refusal::Invalid { field, rule }) => {
                return Err(PlanError::Wrong(WrongValue::new(field.replace("rules.", "event."), rule)));
            }
            Err(Refusal::Conflict { message, .. }) => return Err(PlanError::Wrong(WrongValue::new("event", message))),
            Ok(()) => {}
        }
        Ok(PinnedRules {
            plugin: reference.plugin,
            version: manifest.version.clone(),
            channel: None,
            draft: None,
            on_failure: FailurePolicy::default(),
            digest: admission.digest.to_string(),
            capabilities: admission.capabilities.clone(),
            parameters: reference.parameters,
            goals: reference.goals,
        })
    }
}

/// A text of an event that nothing is said about.
fn plain<T: FromStr<Err = TextError>>() -> Result<T, PlanError> {
    PLAIN.parse().map_err(|error| wrong("event", &error))
}

fn wrong(place: &str, problem: &impl ToString) -> PlanError {
    PlanError::Wrong(WrongValue::new(place, problem.to_string()))
}

impl From<WrongValue> for PlanError {
    fn from(wrong: WrongValue) -> Self {
        Self::Wrong(wrong)
    }
}
