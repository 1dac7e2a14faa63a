//! The words of the domain and its state machines. No I/O, no framework.

pub mod action;
pub mod analytics;
pub mod counters;
pub mod event;
pub mod json;
pub mod number;
pub mod participation;
pub mod patch;
pub mod plugin;
pub mod refusal;
pub mod reward;
pub mod rules;
pub mod settlement;
pub mod signature;
pub mod status;
pub mod template;
pub mod text;
pub mod time;

pub use analytics::EventAnalytics;
pub use event::{Difficulty, EventType, WorldEvent};
pub use json::{Object, ObjectList};
pub use number::{Capacity, Score};
pub use participation::Participation;
pub use refusal::Refusal;
pub use reward::{EventReward, RewardType};
pub use status::{EventStatus, ParticipantStatus};
pub use template::EventTemplate;
pub use text::{Name, PlayerId, Region};
pub use time::Time;

/// The largest integer that every JSON client reads exactly: 2^53 − 1 (RFC 8259, section 6).
pub const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;
