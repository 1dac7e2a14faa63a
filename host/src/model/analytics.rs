//! Figures about an event.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

/// Figures about the participants of an event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventAnalytics {
    /// The event.
    pub event_id: Uuid,
    /// How many ever joined, whatever became of them.
    pub total_participants: i64,
    /// How many have completed it.
    pub completed_participants: i64,
    /// How long those who completed it took from joining, as an ISO 8601 duration; absent before anybody has.
    #[serde(serialize_with = "iso_duration", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "duration", examples("PT5400S"))]
    pub average_completion_time: Option<TimeDelta>,
    /// The mean score of all who ever joined; absent before anybody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_score: Option<f64>,
    /// The share of the region's population that ever joined, 0 to 1; absent while the population is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub participation_rate: Option<f64>,
    /// The mean of the ratings, 0 to 5; absent before there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 5)]
    pub satisfaction_rating: Option<f64>,
    /// When these figures were taken.
    pub last_updated: DateTime<Utc>,
}

/// Writes a duration by ISO 8601, in seconds: `PT5400S`.
fn iso_duration<S: Serializer>(duration: &Option<TimeDelta>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serializer.collect_str(duration),
        None => serializer.serialize_none(),
    }
}
