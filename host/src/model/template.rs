//! Templates that events are made from.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::event::{Difficulty, EventType};
use super::json::{Object, ObjectList};
use super::number::{Capacity, Minutes};
use super::rules::RulesReference;
use super::text::{Description, Name, Region};

/// A template that events are made from.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventTemplate {
    /// The template's own id.
    pub id: Uuid,
    /// Its name, and the name of events that are made from it without one.
    pub name: Name,
    /// The kind of event.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// How hard it is meant to be.
    pub difficulty: Difficulty,
    /// Whether events may be made from it.
    pub is_active: bool,
    /// What it is about, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// What there is to do.
    pub objectives_template: ObjectList,
    /// What is promised.
    pub rewards_template: ObjectList,
    /// How long events last, from start to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<Minutes>,
    /// How many may take part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_participants: Option<Capacity>,
    /// The regions that events may take place in; empty: anywhere.
    pub region_restrictions: Vec<Region>,
    /// Whatever else is attached to events.
    pub event_data_template: Object,
    /// The rules of events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesReference>,
    /// Whether players may report their own progress.
    pub player_reports: bool,
    /// Grows with every change; also the `ETag`.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}
