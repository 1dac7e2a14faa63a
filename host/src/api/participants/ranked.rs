//! A participation with its place on the leaderboard.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::App;
use crate::api::conditional::{Shared, Tagged};
use crate::model::Participation;

/// A participation with its place on the leaderboard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RankedParticipant)]
pub struct Ranked {
    #[serde(flatten)]
    #[schema(value_type = Participation)]
    participation: Shared<Participation>,
    /// The place on the leaderboard, from 1. Absent for who has left or was removed, and while nobody has asked this server
    /// for the event's leaderboard or a rank.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u64>,
}

impl Ranked {
    /// With the place as this server has it in memory: nothing is read for it.
    pub fn of(app: &App, participation: Arc<Participation>) -> Self {
        let rank = app.boards.rank_if_held(participation.event_id, &participation.player_id);
        Self { participation: Shared(participation), rank }
    }
}

impl Tagged for Ranked {
    fn version(&self) -> i64 {
        self.participation.version()
    }
}
