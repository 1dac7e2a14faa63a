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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    use super::*;
    use crate::boards::Boards;
    use crate::clock::Clock;
    use crate::live::LiveEvent;
    use crate::model::event::tests::event;
    use crate::store::Store;

    #[tokio::test]
    async fn what_was_edited_is_forgotten_and_nothing_else() {
        let store = Store::new(PgPoolOptions::new().connect_lazy_with(PgConnectOptions::new()));
        let id = event().id;
        for (message, stays) in [
            (format!("event {id} 1"), true),
            (format!("event {id} 2"), false),
            (format!("template {id} 2"), true),
            ("event".to_owned(), true),
            ("event north 2".to_owned(), true),
            (format!("event {id} two"), true),
        ] {
            let live = Live::new(store.clone(), Boards::new(store.clone()), Clock::System, 1);
            let held = &live.0.held.events;
            held.put(id, Arc::new(LiveEvent::new(event())), held.ticket());
            live.heard(&message);
            assert_eq!(held.get(&id).is_some(), stays, "{message}");
            live.forget_all();
            assert!(held.get(&id).is_none());
        }
    }
}
