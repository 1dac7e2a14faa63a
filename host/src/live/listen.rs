//! Word of what was edited, by whichever server or person.

use uuid::Uuid;

use super::Live;

impl Live {
    /// Takes in a message of the channel [`CHANGES_CHANNEL`](crate::store::CHANGES_CHANNEL): what was edited, which one,
    /// and its version, or 0.
    pub fn heard(&self, message: &str) {
        let held = &self.0.held;
        let mut words = message.split(' ');
        let (Some(what), Some(which), Some(Ok(version))) = (words.next(), words.next(), words.next().map(str::parse))
        else {
            tracing::warn!(message, "a message about a change is not understood");
            return;
        };
        match (what, which.parse::<Uuid>(), which.parse()) {
            ("event", Ok(id), _) => held.events.forget(id, version),
            ("template", Ok(id), _) => held.templates.forget(id, version),
            ("plugin", _, Ok(name)) => held.plugins.forget(name, version),
            _ => tracing::warn!(message, "a message about a change is not understood"),
        }
    }

    /// Messages may have been missed.
    pub fn forget_all(&self) {
        self.0.held.forget_all();
    }
}
