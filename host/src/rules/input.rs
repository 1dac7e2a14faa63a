//! What is handed to a rule that somebody waits for: the records of the ABI, but for the event, which is the same in the
//! calls of all its players and is shared between them.

use std::sync::Arc;

use wasmtime::component::{ComponentType, Lower};

use super::abi::{Event, Participation, Player, Report};

/// One player who wants to join, or to come back: the input of `eligibility.check`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, ComponentType, Lower)]
#[component(record)]
pub struct Application {
    /// The event, as it stands.
    pub event: Arc<Event>,
    /// Who wants to join.
    pub player: Player,
    /// How the player stands from before, who left and comes back; `None` for a newcomer.
    pub participation: Option<Participation>,
    /// When.
    pub now: u64,
    /// What `random-u64` starts from in this call.
    pub seed: u64,
}

/// One report about one player: the input of `scoring.score`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, ComponentType, Lower)]
#[component(record)]
pub struct Scorecard {
    /// The event, as it stands.
    pub event: Arc<Event>,
    /// The participation before this report.
    pub participation: Participation,
    /// The report.
    pub report: Report,
    /// What `random-u64` starts from in this call.
    pub seed: u64,
}
