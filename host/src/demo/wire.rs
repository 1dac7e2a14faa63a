//! What the demonstration reads of the API's answers. These are its own types, as a client in another language would have
//! its own: what the server's types write and what a client reads are two things.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// A template.
#[derive(Debug, Deserialize)]
pub struct Template {
    /// The template's id.
    pub id: Uuid,
}

/// An event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The event's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: String,
    /// How many take part.
    pub current_participants: usize,
    /// Its shared counters.
    pub counters: BTreeMap<String, i64>,
    /// Its payout.
    pub settlement: Settlement,
    /// Grows with each edit and change of status.
    pub version: i64,
}

impl Event {
    /// A shared counter; 0 until it moves.
    pub fn counter(&self, name: &str) -> i64 {
        self.counters.get(name).copied().unwrap_or(0)
    }
}

/// How far a payout has come.
#[derive(Debug, Deserialize)]
pub struct Settlement {
    /// `none`, `running`, `failed` or `done`.
    pub state: String,
    /// How many participants are settled.
    pub paid: usize,
    /// How many there are.
    pub total: usize,
    /// Why it stands still.
    pub error: Option<Reason>,
}

/// A participation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// The player.
    pub player_id: String,
    /// Where the participation stands.
    pub status: String,
    /// The score.
    pub score: i64,
    /// When it was reached.
    pub score_at: DateTime<Utc>,
    /// The rule's notes.
    #[serde(default)]
    pub progress_data: serde_json::Value,
    /// What was achieved.
    #[serde(default)]
    pub achievements: Vec<serde_json::Value>,
    /// Grows with every change.
    pub version: i64,
}

/// A page of participations.
#[derive(Debug, Deserialize)]
pub struct Participants {
    /// The participations.
    pub participants: Vec<Participant>,
    /// Where the page lies.
    pub pagination: Pagination,
}

/// Where a page lies.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// How to get the next page.
    pub next_cursor: Option<String>,
}

/// A reward.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reward {
    /// Who earned it.
    pub player_id: String,
    /// `xp`, `currency`, `item` or `achievement`.
    pub reward_type: String,
    /// Which one.
    pub reward_id: Option<String>,
    /// How much of it.
    pub amount: i64,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Whether it was taken.
    pub claimed: bool,
}

/// The rewards of a player.
#[derive(Debug, Deserialize)]
pub struct Rewards {
    /// The rewards.
    pub rewards: Vec<Reward>,
}

/// The figures of an event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Analytics {
    /// How many ever joined.
    pub total_participants: usize,
    /// The mean score.
    pub average_score: Option<f64>,
    /// The share of the region's population.
    pub participation_rate: Option<f64>,
    /// The mean rating.
    pub satisfaction_rating: Option<f64>,
}

/// Why a request was refused.
#[derive(Debug, Clone, Deserialize)]
pub struct Refusal {
    /// A stable word.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// More, for programs.
    #[serde(default)]
    pub details: Details,
}

/// What a refusal says to programs.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Details {
    /// The rule's own reason, where a rule refused.
    pub reason: Option<Reason>,
}

/// The reason of a rule's refusal, or of a payout that stands still.
#[derive(Debug, Clone, Deserialize)]
pub struct Reason {
    /// A stable word.
    pub code: String,
    /// A sentence.
    pub message: String,
}
