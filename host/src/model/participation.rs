//! A player in an event.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Time;
use super::json::{Object, ObjectList};
use super::number::{Rating, Score, Sequence};
use super::status::ParticipantStatus;
use super::text::PlayerId;

/// What a player who is let in begins with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Admission {
    /// The progress of a newcomer.
    pub progress: Object,
    /// What is added to shared counters for as long as the player is in.
    pub counters: BTreeMap<String, i64>,
}

/// A player in an event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventParticipant)]
pub struct Participation {
    /// The participation's own id.
    pub id: Uuid,
    /// The event.
    pub event_id: Uuid,
    /// The player.
    pub player_id: PlayerId,
    /// When the player joined for the first time.
    pub join_time: DateTime<Utc>,
    /// Where the participation stands.
    pub status: ParticipantStatus,
    /// What the rule, or the game, notes about the player. Players see their own only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_data: Option<Object>,
    /// The score.
    pub score: Score,
    /// When the score was reached; who reached it earlier stands first.
    pub score_at: DateTime<Utc>,
    /// What was achieved.
    pub achievements: ObjectList,
    /// When the player was last heard of.
    pub last_activity: DateTime<Utc>,
    /// When the player completed the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime<Utc>>,
    /// How content the player was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// The `sequence` of the last report that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sequence: Option<Sequence>,
    /// What the last admission added to shared counters, if anything: leaving takes it back.
    #[serde(skip)]
    pub admission_counters: Option<Box<BTreeMap<String, i64>>>,
    /// Grows with every change; also the `ETag`.
    pub version: i64,
}

impl Participation {
    /// The participation of a player who has just joined for the first time.
    #[must_use]
    pub fn new(id: Uuid, event_id: Uuid, player_id: PlayerId, admission: Admission, now: Time) -> Self {
        let Admission { progress, counters } = admission;
        Self {
            id,
            event_id,
            player_id,
            join_time: now,
            status: ParticipantStatus::Active,
            progress_data: Some(progress),
            score: Score::ZERO,
            score_at: now,
            achievements: ObjectList::default(),
            last_activity: now,
            completed_at: None,
            rating: None,
            last_sequence: None,
            admission_counters: (!counters.is_empty()).then(|| Box::new(counters)),
            version: 1,
        }
    }

    /// What others may see: everything but the notes.
    #[must_use]
    pub fn without_progress(mut self) -> Self {
        self.progress_data = None;
        self
    }

    /// Sets the score, and with it the time at which it was reached.
    pub fn set_score(&mut self, score: Score, now: Time) {
        if self.score != score {
            self.score = score;
            self.score_at = now;
        }
    }

    /// Sets the status, and with it the time of completion.
    pub fn set_status(&mut self, status: ParticipantStatus, now: Time) {
        if status == ParticipantStatus::Completed && self.status != status {
            self.completed_at = Some(now);
        }
        self.status = status;
    }
}
