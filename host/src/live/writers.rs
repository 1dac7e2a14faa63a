//! Writes that are gathered into one transaction, and what is done when the database does not take them.
//!
//! - A row that the database refuses fails alone: the batch is written again one by one.
//! - When the connection is lost, nobody knows whether the batch was committed. Joins and claims carry ids by which the
//!   database tells; a change is recognised by the row that it leaves behind. What was written is answered, the rest is
//!   written again, and nothing counts twice.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::batcher::BatchError;
use super::held::Held;
use crate::boards::Boards;
use crate::clock::Clock;
use crate::store::claims::{Claim, ClaimOutcome};
use crate::store::participations::{Application, Batch, Change, ChangeOutcome, JoinOutcome, Key, Written};
use crate::store::{Store, StoreError};

/// How often a batch is written anew after the database was not available.
const TRIES: u32 = 4;
/// How long to wait before that; longer each time.
const PAUSE: Duration = Duration::from_millis(50);

/// Why something was not written, or not read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// As much waits already as may.
    #[error("too much waits to be written")]
    Full,
    /// The work was broken off; the cause is in the log.
    #[error("the work was broken off")]
    BrokenOff,
    /// The connection to the database was lost with the answer, and others have written since: whether this was written
    /// cannot be told any more.
    #[error("whether it was written is not known")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
}

impl From<BatchError> for WriteError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Full => Self::Full,
            BatchError::BrokenOff => Self::BrokenOff,
        }
    }
}

/// Whether it is worth trying again at once: not after the pool has waited for a connection for as long as it may.
fn may_pass(error: &sqlx::Error) -> bool {
    !matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed)
}

/// What is to be written.
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

type Answers<T> = Pin<Box<dyn Future<Output = Vec<Result<T, WriteError>>> + Send>>;

/// Writes joins and changes.
pub(super) fn writes(
    store: Store,
    held: Arc<Held>,
    boards: Boards,
    clock: Clock,
) -> impl Fn(Vec<Command>) -> Answers<Done> + Clone + Send + Sync {
    move |commands| {
        let writer =
            Writer { store: store.clone(), held: Arc::clone(&held), boards: boards.clone(), clock: clock.clone() };
        Box::pin(async move { writer.write(commands).await })
    }
}

#[derive(Clone)]
struct Writer {
    store: Store,
    held: Arc<Held>,
    boards: Boards,
    clock: Clock,
}

impl Writer {
    async fn write(&self, commands: Vec<Command>) -> Vec<Result<Done, WriteError>> {
        match self.write_together(&commands).await {
            Ok(answers) => answers,
            Err(StoreError::Database(error)) if commands.len() > 1 => {
                tracing::warn!(%error, commands = commands.len(), "a batch was refused; writing one by one");
                let mut answers = Vec::with_capacity(commands.len());
                for command in commands {
                    let alone = self.write_together(std::slice::from_ref(&command)).await;
                    answers.push(alone.map_or_else(
                        |error| Err(Arc::new(error).into()),
                        |mut answers| answers.pop().unwrap_or(Err(WriteError::BrokenOff)),
                    ));
                }
                answers
            }
            Err(error) => {
                let error = Arc::new(error);
                commands.iter().map(|_| Err(Arc::clone(&error).into())).collect()
            }
        }
    }

    /// Writes all in one transaction, and tries again when the database was not available.
    async fn write_together(&self, commands: &[Command]) -> Result<Vec<Result<Done, WriteError>>, StoreError> {
        let mut answers: Vec<Option<Result<Done, WriteError>>> = commands.iter().map(|_| None).collect();
        let mut tries = 0;
        loop {
            let open = |(_, answer): &(&Command, &Option<_>)| answer.is_none();
            let waiting: Vec<&Command> =
                commands.iter().zip(&answers).filter(open).map(|(command, _)| command).collect();
            let batch = batch(&waiting);
            match self.commit(&batch).await {
                Ok(written) => {
                    let mut joins = written.joins.into_iter();
                    let mut changes = written.changes.into_iter();
                    for (command, answer) in commands.iter().zip(&mut answers) {
                        if answer.is_none() {
                            let done = match command {
                                Command::Join(_) => joins.next().map(Done::Join),
                                Command::Change(_) => changes.next().map(Done::Change),
                            };
                            *answer = Some(done.ok_or(WriteError::BrokenOff));
                        }
                    }
                    return Ok(answers
                        .into_iter()
                        .map(|answer| answer.unwrap_or(Err(WriteError::BrokenOff)))
                        .collect());
                }
                Err(StoreError::Unavailable(error)) if tries < TRIES && may_pass(&error) => {
                    tries += 1;
                    tracing::warn!(%error, tries, commands = waiting.len(), "a batch was not written; trying again");
                    tokio::time::sleep(PAUSE * tries).await;
                    // Where this fails, too, the next try tells.
                    if let Err(error) = self.recognise(commands, &mut answers).await {
                        tracing::warn!(%error, "what became of a batch cannot be read");
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Commits, and takes in what was written before anybody is answered.
    async fn commit(&self, batch: &Batch<'_>) -> Result<Written, StoreError> {
        let of_joins = batch.joins.iter().map(|application| application.event_id);
        let events = of_joins.chain(batch.changes.iter().map(|change| change.after.event_id));
        let mut written = self.store.write(batch, &self.held.known(events), self.clock.now()).await?;
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
        for state in written.events.drain(..) {
            self.held.take_in(state);
        }
        Ok(written)
    }

    /// After a commit whose answer was lost: finds the changes that were written all the same.
    async fn recognise(
        &self,
        commands: &[Command],
        answers: &mut [Option<Result<Done, WriteError>>],
    ) -> Result<(), StoreError> {
        let changes = commands.iter().filter_map(|command| match command {
            Command::Change(change) => Some(change.after.key()),
            Command::Join(_) => None,
        });
        let keys: Vec<Key> = changes.collect();
        let rows = self.store.participations_by_key(&keys).await?;
        let rows: std::collections::HashMap<Key, _> = rows.into_iter().map(|row| (row.key(), row)).collect();
        for (command, answer) in commands.iter().zip(answers) {
            let Command::Change(change) = command else { continue };
            let Some(row) = rows.get(&change.after.key()) else { continue };
            if answer.is_some() {
                continue;
            }
            if *row == change.applied() {
                *answer = Some(Ok(Done::Change(ChangeOutcome::Applied(Arc::new(row.clone())))));
            } else if row.version > change.after.version + 1 && !change.is_repeatable {
                *answer = Some(Err(WriteError::Unknown));
            }
        }
        Ok(())
    }
}

fn batch<'a>(commands: &[&'a Command]) -> Batch<'a> {
    let mut batch = Batch::default();
    for command in commands {
        match command {
            Command::Join(application) => batch.joins.push(application),
            Command::Change(change) => batch.changes.push(change),
        }
    }
    batch
}

/// Takes rewards.
pub(super) fn claims(store: Store, clock: Clock) -> impl Fn(Vec<Claim>) -> Answers<ClaimOutcome> + Clone + Send + Sync {
    move |claims| {
        let (store, clock) = (store.clone(), clock.clone());
        Box::pin(async move {
            match claim_together(&store, &clock, &claims).await {
                Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
                Err(StoreError::Database(error)) if claims.len() > 1 => {
                    tracing::warn!(%error, claims = claims.len(), "a batch was refused; claiming one by one");
                    let mut answers = Vec::with_capacity(claims.len());
                    for claim in claims {
                        let alone = claim_together(&store, &clock, std::slice::from_ref(&claim)).await;
                        answers.push(alone.map_or_else(
                            |error| Err(Arc::new(error).into()),
                            |mut outcomes| outcomes.pop().ok_or(WriteError::BrokenOff),
                        ));
                    }
                    answers
                }
                Err(error) => {
                    let error = Arc::new(error);
                    claims.iter().map(|_| Err(Arc::clone(&error).into())).collect()
                }
            }
        })
    }
}

/// Takes all in one statement, and tries again when the database was not available. A claim knows its own reward again.
async fn claim_together(store: &Store, clock: &Clock, claims: &[Claim]) -> Result<Vec<ClaimOutcome>, StoreError> {
    let mut tries = 0;
    loop {
        match store.claim(claims, clock.now()).await {
            Err(StoreError::Unavailable(error)) if tries < TRIES && may_pass(&error) => {
                tries += 1;
                tracing::warn!(%error, tries, claims = claims.len(), "claims were not written; trying again");
                tokio::time::sleep(PAUSE * tries).await;
            }
            result => return result,
        }
    }
}
