//! The kinds of writes: joins, changes of participations, and claims.

use std::sync::Arc;

use super::held::Held;
use super::writers::{Answer, Write, WriteError};
use crate::boards::Boards;
use crate::clock::Clock;
use crate::model::Participation;
use crate::store::claims::{Claim, ClaimOutcome};
use crate::store::participations::{
    Application, Batch, Change, ChangeOutcome, EventState, JoinOutcome, Plain, Trace, Written,
};
use crate::store::{Store, StoreError};

/// What is written of participations: taken in before anybody is answered.
#[derive(Clone)]
pub(super) struct Participating {
    pub(super) store: Store,
    pub(super) held: Arc<Held>,
    pub(super) boards: Boards,
    pub(super) clock: Clock,
}

impl Participating {
    fn take_in<'a>(&self, written: impl Iterator<Item = &'a Arc<Participation>>, events: Vec<EventState>) {
        for participation in written {
            self.boards.note([&**participation]);
            self.held.participations.put(Arc::clone(participation));
        }
        events.into_iter().for_each(|state| self.held.take_in(state));
    }

    fn take_in_joins<'a>(&self, outcomes: impl Iterator<Item = &'a JoinOutcome>, events: Vec<EventState>) {
        let joined = outcomes.filter_map(|outcome| match outcome {
            JoinOutcome::Joined(participation) => Some(participation),
            _ => None,
        });
        self.take_in(joined, events);
    }

    fn take_in_changes<'a>(&self, outcomes: impl Iterator<Item = &'a ChangeOutcome>, events: Vec<EventState>) {
        let changed = outcomes.filter_map(|outcome| match outcome {
            ChangeOutcome::Applied(participation) => Some(participation),
            _ => None,
        });
        self.take_in(changed, events);
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Written, StoreError> {
        let of_joins = batch.joins.iter().map(|application| application.event_id);
        let events = of_joins.chain(batch.changes.iter().map(|change| change.after.event_id));
        self.store.write(&batch, &self.held.known(events), self.clock.now()).await
    }
}

/// Writes joins.
#[derive(Clone)]
pub(super) struct Joining(pub(super) Participating);

impl Write for Joining {
    type Item = Application;
    type Done = JoinOutcome;

    async fn write_plain(&self, applications: &[&Application]) -> Result<Vec<Option<JoinOutcome>>, StoreError> {
        let Plain { outcomes, events } = self.0.store.join_plainly(applications, self.0.clock.now()).await?;
        self.0.take_in_joins(outcomes.iter().flatten(), events);
        Ok(outcomes)
    }

    async fn write(&self, applications: &[&Application]) -> Result<Vec<JoinOutcome>, StoreError> {
        let written = self.0.write(Batch { joins: applications.to_vec(), ..Batch::default() }).await?;
        self.0.take_in_joins(written.joins.iter(), written.events);
        Ok(written.joins)
    }

    /// A join is written again: its id tells that it was itself that let the player in.
    async fn recognise(&self, applications: &[&Application]) -> Result<Vec<Option<Answer<JoinOutcome>>>, StoreError> {
        Ok(applications.iter().map(|_| None).collect())
    }
}

/// Writes changes.
#[derive(Clone)]
pub(super) struct Changing(pub(super) Participating);

impl Write for Changing {
    type Item = Box<Change>;
    type Done = ChangeOutcome;

    async fn write_plain(&self, changes: &[&Box<Change>]) -> Result<Vec<Option<ChangeOutcome>>, StoreError> {
        let changes: Vec<&Change> = changes.iter().map(|change| &***change).collect();
        let known = self.0.held.known(changes.iter().map(|change| change.after.event_id));
        let Plain { outcomes, events } = self.0.store.change_plainly(&changes, &known, self.0.clock.now()).await?;
        self.0.take_in_changes(outcomes.iter().flatten(), events);
        Ok(outcomes)
    }

    async fn write(&self, changes: &[&Box<Change>]) -> Result<Vec<ChangeOutcome>, StoreError> {
        let changes = changes.iter().map(|change| &***change).collect();
        let written = self.0.write(Batch { changes, ..Batch::default() }).await?;
        self.0.take_in_changes(written.changes.iter(), written.events);
        Ok(written.changes)
    }

    async fn recognise(&self, changes: &[&Box<Change>]) -> Result<Vec<Option<Answer<ChangeOutcome>>>, StoreError> {
        let changes: Vec<&Change> = changes.iter().map(|change| &***change).collect();
        let traces = self.0.store.traces(&changes).await?;
        let told = |(change, trace): (&&Change, Trace)| match trace {
            Trace::Written(row) => Some(Ok(ChangeOutcome::Applied(row))),
            // Who gave the change a number finds that out by it, when the change is refused as outdated.
            Trace::Overwritten if !change.is_repeatable => Some(Err(WriteError::Unknown)),
            Trace::Overwritten | Trace::Absent => None,
        };
        Ok(changes.iter().zip(traces).map(told).collect())
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

    /// There is one way to claim.
    async fn write_plain(&self, claims: &[&Claim]) -> Result<Vec<Option<ClaimOutcome>>, StoreError> {
        Ok(self.write(claims).await?.into_iter().map(Some).collect())
    }

    async fn write(&self, claims: &[&Claim]) -> Result<Vec<ClaimOutcome>, StoreError> {
        self.store.claim(claims, self.clock.now()).await
    }

    /// A claim is made again: it knows its own reward by the id that it has left there.
    async fn recognise(&self, claims: &[&Claim]) -> Result<Vec<Option<Answer<ClaimOutcome>>>, StoreError> {
        Ok(claims.iter().map(|_| None).collect())
    }
}
