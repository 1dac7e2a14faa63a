//! The short way: one statement, and so one round trip and one commit, for joins and changes that nothing stands in the way
//! of. Whether anything does is looked at in the statement itself, under the locks of the events' rows. What it does not
//! write is left to the long way ([`write`](super::write)), which finds out why and decides what follows.

mod change;
mod join;

use super::write::EventState;

/// What the short way came to.
#[derive(Debug)]
pub struct Plain<T> {
    /// What became of each item, in order. `None`: nothing yet, something stands in its way.
    pub outcomes: Vec<Option<T>>,
    /// How the events were left in whose way nothing stood.
    pub events: Vec<EventState>,
}
