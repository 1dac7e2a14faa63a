//! What is done when the database does not take a batch.
//!
//! - A row that the database refuses fails alone: the batch is written again one by one.
//! - When the connection is lost, nobody knows whether the batch was committed. What was written is recognised and answered,
//!   the rest is written again, and nothing counts twice.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::batcher::BatchError;
use crate::store::StoreError;

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

/// What became of one item.
pub(super) type Answer<T> = Result<T, WriteError>;

/// A kind of write that is made for many at once.
pub(super) trait Write: Clone + Send + Sync + 'static {
    /// What is to be written.
    type Item: Send + Sync + 'static;
    /// What becomes of it.
    type Done: Send + 'static;

    /// Writes what nothing stands in the way of, in one transaction: what became of each, in their order. `None` is left to
    /// [`write`](Self::write).
    fn write_plain(
        &self,
        items: &[&Self::Item],
    ) -> impl Future<Output = Result<Vec<Option<Self::Done>>, StoreError>> + Send;

    /// Writes all in one transaction: what became of each, in their order.
    fn write(&self, items: &[&Self::Item]) -> impl Future<Output = Result<Vec<Self::Done>, StoreError>> + Send;

    /// After a commit whose answer was lost: what can be told of each item without writing it again.
    fn recognise(
        &self,
        items: &[&Self::Item],
    ) -> impl Future<Output = Result<Vec<Option<Answer<Self::Done>>>, StoreError>> + Send;
}

type Answers<T> = Pin<Box<dyn Future<Output = Vec<Answer<T>>> + Send>>;

/// The work of a batcher that makes such writes.
pub(super) fn batched<W: Write>(write: W) -> impl Fn(Vec<W::Item>) -> Answers<W::Done> + Send + Sync {
    move |items| {
        let write = write.clone();
        Box::pin(async move { all_or_each(&write, &items).await })
    }
}

async fn all_or_each<W: Write>(write: &W, items: &[W::Item]) -> Vec<Answer<W::Done>> {
    let mut answers: Vec<Option<Answer<W::Done>>> = items.iter().map(|_| None).collect();
    let mut failed = together(write, items, &mut answers).await.err();
    if items.len() > 1
        && let Some(StoreError::Database(error)) = &failed
    {
        tracing::warn!(%error, items = items.len(), "a batch was refused; writing one by one");
        for (item, answer) in items.iter().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
            let one = std::slice::from_mut(answer);
            if let Err(error) = together(write, std::slice::from_ref(item), one).await {
                *answer = Some(Err(Arc::new(error).into()));
            }
        }
        failed = None;
    }
    let missing = failed.map_or(WriteError::BrokenOff, |error| Arc::new(error).into());
    answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(missing.clone()))).collect()
}

/// Writes what is plain, then the rest, and tries again when the database was not available. Fills in the answers; after an
/// error, those that are missing were not written.
async fn together<W: Write>(
    write: &W,
    items: &[W::Item],
    answers: &mut [Option<Answer<W::Done>>],
) -> Result<(), StoreError> {
    let (mut tries, mut is_plain) = (0, true);
    loop {
        let (waiting, slots): (Vec<&W::Item>, Vec<_>) =
            items.iter().zip(&mut *answers).filter(|(_, answer)| answer.is_none()).unzip();
        if waiting.is_empty() {
            return Ok(());
        }
        let written = if is_plain {
            write.write_plain(&waiting).await
        } else {
            write.write(&waiting).await.map(|done| done.into_iter().map(Some).collect())
        };
        match written {
            Ok(done) => {
                slots.into_iter().zip(done).for_each(|(slot, done)| *slot = done.map(Ok));
                if !is_plain {
                    return Ok(());
                }
                is_plain = false;
            }
            Err(StoreError::Unavailable(error)) if tries < TRIES && may_pass(&error) => {
                tries += 1;
                tracing::warn!(%error, tries, items = waiting.len(), "a batch was not written; trying again");
                tokio::time::sleep(PAUSE * tries).await;
                match write.recognise(&waiting).await {
                    Ok(told) => slots.into_iter().zip(told).for_each(|(slot, told)| *slot = told),
                    // The next try tells.
                    Err(error) => tracing::warn!(%error, "what became of a batch cannot be read"),
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether it is worth trying again at once: not after the pool has waited for a connection for as long as it may.
fn may_pass(error: &sqlx::Error) -> bool {
    !matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;

    /// A database of numbers: refuses 13, and loses the connection as often as told, after it has written what is even.
    #[derive(Clone, Default)]
    struct Numbers {
        written: Arc<Mutex<BTreeMap<u32, u32>>>,
        losses: Arc<Mutex<u32>>,
    }

    impl Write for Numbers {
        type Item = u32;
        type Done = u32;

        /// Small numbers are plain.
        async fn write_plain(&self, items: &[&u32]) -> Result<Vec<Option<u32>>, StoreError> {
            let plain: Vec<&u32> = items.iter().copied().filter(|item| **item < 10).collect();
            let done = self.write(&plain).await?;
            let mut done = done.into_iter();
            Ok(items.iter().map(|item| if **item < 10 { done.next() } else { None }).collect())
        }

        async fn write(&self, items: &[&u32]) -> Result<Vec<u32>, StoreError> {
            if items.contains(&&13) {
                return Err(StoreError::Database(sqlx::Error::RowNotFound));
            }
            let mut losses = self.losses.lock().unwrap();
            let lost = *losses > 0;
            for item in items.iter().filter(|item| !lost || **item % 2 == 0) {
                *self.written.lock().unwrap().entry(**item).or_default() += 1;
            }
            if lost {
                *losses -= 1;
                return Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed));
            }
            Ok(items.iter().map(|item| *item * 10).collect())
        }

        async fn recognise(&self, items: &[&u32]) -> Result<Vec<Option<Answer<u32>>>, StoreError> {
            let written = self.written.lock().unwrap();
            let told = |item: &&u32| match **item {
                item if !written.contains_key(&item) => None,
                4 => Some(Err(WriteError::Unknown)),
                item => Some(Ok(item * 10)),
            };
            Ok(items.iter().map(told).collect())
        }
    }

    fn good(answers: &[Answer<u32>]) -> Vec<Option<u32>> {
        answers.iter().map(|answer| answer.as_ref().ok().copied()).collect()
    }

    #[tokio::test]
    async fn what_is_refused_fails_alone() {
        let numbers = Numbers::default();
        let answers = all_or_each(&numbers, &[1, 13, 2]).await;
        assert_eq!(good(&answers), [Some(10), None, Some(20)]);
        assert!(matches!(&answers[1], Err(WriteError::Store(_))));
    }

    #[tokio::test]
    async fn what_was_written_before_the_connection_was_lost_is_not_written_again() {
        let numbers = Numbers { losses: Arc::new(Mutex::new(2)), ..Numbers::default() };
        let answers = all_or_each(&numbers, &[1, 2, 3, 4, 6]).await;
        assert_eq!(good(&answers), [Some(10), Some(20), Some(30), None, Some(60)]);
        assert!(matches!(answers[3], Err(WriteError::Unknown)));
        assert!(numbers.written.lock().unwrap().values().all(|times| *times == 1));
    }

    #[tokio::test]
    async fn a_database_that_stays_away_is_an_error_for_everybody() {
        let numbers = Numbers { losses: Arc::new(Mutex::new(TRIES + 1)), ..Numbers::default() };
        let answers = all_or_each(&numbers, &[1, 3]).await;
        assert_eq!(good(&answers), [None, None]);
        assert!(numbers.written.lock().unwrap().is_empty());
    }
}
