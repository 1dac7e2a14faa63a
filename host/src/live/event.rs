//! An event as it is held in memory, with what is made of it once and used by many requests.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use tokio::sync::OnceCell;

use super::cache::Versioned;
use crate::model::event::WorldEvent;
use crate::model::{EventAnalytics, Participation};
use crate::referee::EventInput;

/// An event at one moment. What changes about it makes a new one.
#[derive(Debug)]
pub struct LiveEvent {
    /// The event itself.
    pub event: Arc<WorldEvent>,
    /// The event as rules are handed it.
    input: Arc<OnceLock<EventInput>>,
    /// What is shown beside it.
    pub(super) detail: OnceCell<Option<Arc<EventDetail>>>,
}

impl LiveEvent {
    pub(super) fn new(event: WorldEvent) -> Self {
        Self { event: Arc::new(event), input: Arc::default(), detail: OnceCell::new() }
    }

    /// The event after something about its participants has changed, and nothing about itself.
    pub(super) fn touched(&self) -> Self {
        Self { event: Arc::clone(&self.event), input: Arc::clone(&self.input), detail: OnceCell::new() }
    }

    /// The event as rules are handed it; put into the words of the ABI once.
    pub fn input(&self) -> &EventInput {
        self.input.get_or_init(|| EventInput::of(&self.event))
    }
}

impl Versioned for LiveEvent {
    fn version(&self) -> i64 {
        self.event.version
    }
}

/// What is shown beside an event.
#[derive(Debug)]
pub struct EventDetail {
    /// Those who joined first.
    pub participants: Vec<Participation>,
    /// Its figures.
    pub analytics: EventAnalytics,
    inside: OnceLock<Bytes>,
    trusted: OnceLock<Bytes>,
    player: OnceLock<Bytes>,
}

/// For whom an event is shown: all who see the same share the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Who may see what is inside of rules.
    Inside,
    /// Who may see everybody's progress.
    Trusted,
    /// A player, who sees nobody's progress; one who is shown in the detail is not of this kind.
    Player,
}

impl EventDetail {
    pub(super) fn new(participants: Vec<Participation>, analytics: EventAnalytics) -> Self {
        Self { participants, analytics, inside: OnceLock::new(), trusted: OnceLock::new(), player: OnceLock::new() }
    }

    /// The answer for this view, written once.
    ///
    /// # Errors
    /// What `write` says.
    pub fn written<E>(&self, view: View, write: impl FnOnce() -> Result<Bytes, E>) -> Result<Bytes, E> {
        let slot = match view {
            View::Inside => &self.inside,
            View::Trusted => &self.trusted,
            View::Player => &self.player,
        };
        if let Some(written) = slot.get() {
            return Ok(written.clone());
        }
        let written = write()?;
        Ok(slot.get_or_init(|| written).clone())
    }
}
