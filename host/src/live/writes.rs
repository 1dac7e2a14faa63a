//! The two kinds of writes: what moves participations, and claims.

use std::sync::Arc;

use super::held::Held;
use super::writers::{Answer, Write, WriteError};
use crate::boards::Boards;
use crate::clock::Clock;
use crate::store::claims::{Claim, ClaimOutcome};
use crate::store::participations::{Application, Batch, Change, ChangeOutcome, JoinOutcome, Trace};
use crate::store::{Store, StoreError};

/// What moves a participation.
#[derive(Debug, Clone)]
pub(super) enum Command {
    Join(Application),
    Change(Box<Change>),
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Done {
    Join(JoinOutcome),
    Change(ChangeOutcome),
}

/// Writes joins and changes, and takes in what was written before anybody is answered.
#[derive(Clone)]
pub(super) struct Participating {
    pub(super) store: Store,
    pub(super) held: Arc<Held>,
    pub(super) boards: Boards,
    pub(super) clock: Clock,
}

impl Write for Participating {
    type Item = Command;
    type Done = Done;

    async fn write(&self, commands: &[&Command]) -> Result<Vec<Done>, StoreError> {
        let mut batch = Batch::default();
        for command in commands {
            match command {
                Command::Join(application) => batch.joins.push(application),
                Command::Change(change) => batch.changes.push(change),
            }
        }
        let of_joins = batch.joins.iter().map(|application| application.event_id);
        let events = of_joins.chain(batch.changes.iter().map(|change| change.after.event_id));
        let written = self.store.write(&batch, &self.held.known(events), self.clock.now()).await?;

        let joined = written.joins.iter().filter_map(|outcome| match outcome {
            JoinOutcome::Joined(participation) => Some(participation),
            _ => None,
        });
        let changed = written.changes.iter().filter_map(|outcome| match outcome {
            ChangeOutcome::Applied(participation) => Some(participation),
            _ => None,
        });
        for participation in joined.chain(changed) {
            self.boards.note([&**participation]);
            self.held.participations.put(Arc::clone(participation));
        }
        for state in written.events {
            self.held.take_in(state);
        }
        let (mut joins, mut changes) = (written.joins.into_iter(), written.changes.into_iter());
        let done = |command: &&Command| match command {
            Command::Join(_) => joins.next().map(Done::Join),
            Command::Change(_) => changes.next().map(Done::Change),
        };
        Ok(commands.iter().filter_map(done).collect())
    }

    /// A join is written again: its id tells that it was itself that let the player in.
    async fn recognise(&self, commands: &[&Command]) -> Result<Vec<Option<Answer<Done>>>, StoreError> {
        let changes: Vec<&Change> = commands
            .iter()
            .filter_map(|command| match command {
                Command::Change(change) => Some(&**change),
                Command::Join(_) => None,
            })
            .collect();
        let mut traces = self.store.traces(&changes).await?.into_iter();
        let told = |command: &&Command| match command {
            Command::Join(_) => None,
            Command::Change(change) => match traces.next()? {
                Trace::Written(row) => Some(Ok(Done::Change(ChangeOutcome::Applied(row)))),
                // Who gave the change a number finds that out by it, when the change is refused as outdated.
                Trace::Overwritten if !change.is_repeatable => Some(Err(WriteError::Unknown)),
                Trace::Overwritten | Trace::Absent => None,
            },
        };
        Ok(commands.iter().map(told).collect())
    }
}

/// Takes rewards.
#[derive(Clone)]
pub(super) struct Claiming {
    pub(super) store: Store,
    pub(super) clock: Clock,
}

impl Write for Claiming {
    type Item = Claim;
    type Done = ClaimOutcome;

    async fn write(&self, claims: &[&Claim]) -> Result<Vec<ClaimOutcome>, StoreError> {
        self.store.claim(claims, self.clock.now()).await
    }

    /// A claim is made again: it knows its own reward by the id that it has left there.
    async fn recognise(&self, claims: &[&Claim]) -> Result<Vec<Option<Answer<ClaimOutcome>>>, StoreError> {
        Ok(claims.iter().map(|_| None).collect())
    }
}
