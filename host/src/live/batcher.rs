//! Gathers what many callers ask for at once, and has it done together.
//!
//! A worker takes whatever waits in its queue, up to a bound, does it in one go, answers everybody, and takes what has come
//! meanwhile. There is no artificial delay: a lone caller is served at once, and the busier it gets, the larger the batches
//! and the less each costs.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// As much waits already as may.
    #[error("the queue is full")]
    Full,
    /// The worker broke off, or has ended.
    #[error("the work was broken off")]
    BrokenOff,
}

struct Job<T, R> {
    item: T,
    reply: oneshot::Sender<R>,
}

/// Queues with a worker each. Cheap to clone; the workers end when the last clone is gone.
pub(crate) struct Batcher<T, R> {
    queues: Arc<[mpsc::Sender<Job<T, R>>]>,
}

impl<T, R> Clone for Batcher<T, R> {
    fn clone(&self) -> Self {
        Self { queues: Arc::clone(&self.queues) }
    }
}

/// The bounds of a batcher.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// How many items may wait in one queue.
    pub(crate) waiting: usize,
    /// How many items are done together.
    pub(crate) together: usize,
}

impl<T: Send + 'static, R: Send + 'static> Batcher<T, R> {
    /// Starts a worker, with a queue of its own, for each of these; it answers each item, in their order.
    pub(crate) fn start<Work, Done>(bounds: Bounds, works: impl IntoIterator<Item = Work>) -> Self
    where
        Work: Fn(Vec<T>) -> Done + Send + Sync + 'static,
        Done: Future<Output = Vec<R>> + Send + 'static,
    {
        let worker = |work| {
            let (queue, jobs) = mpsc::channel(bounds.waiting);
            tokio::spawn(run(jobs, bounds.together, work));
            queue
        };
        Self { queues: works.into_iter().map(worker).collect() }
    }

    /// Has something done by the worker that `key` leads to; what has the same key is done in order. What was handed over
    /// may be done even if the caller goes away before the answer.
    ///
    /// # Errors
    /// The queue is full (known at once), or the worker broke off.
    pub(crate) async fn ask(&self, key: u64, item: T) -> Result<R, BatchError> {
        self.hand_over(key, item)?.await.map_err(|_| BatchError::BrokenOff)
    }

    /// Hands something over; the answer comes by the receiver.
    pub(crate) fn hand_over(&self, key: u64, item: T) -> Result<oneshot::Receiver<R>, BatchError> {
        let number = usize::try_from(key % self.queues.len().max(1) as u64).unwrap_or_default();
        let queue = self.queues.get(number).ok_or(BatchError::BrokenOff)?;
        let (reply, answer) = oneshot::channel();
        match queue.try_send(Job { item, reply }) {
            Ok(()) => Ok(answer),
            Err(mpsc::error::TrySendError::Full(_)) => Err(BatchError::Full),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(BatchError::BrokenOff),
        }
    }
}

/// How often a worker gives way to others before it begins.
const TURNS: u32 = 3;

/// Lets those who are about to ask do so: tasks that are ready to run get their turn first. Nobody waits for anything, and
/// when the machine is idle this is over at once; when it is busy, batches become larger, and what each costs besides its
/// items (a statement, a commit, waking PostgreSQL and being woken by it) is shared by more.
async fn gather<T>(jobs: &mut mpsc::Receiver<T>, batch: &mut Vec<T>, together: usize) {
    for _ in 0..TURNS {
        let before = batch.len();
        tokio::task::yield_now().await;
        while batch.len() < together
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
        if batch.len() == before {
            break;
        }
    }
}

async fn run<T, R, Work, Done>(mut jobs: mpsc::Receiver<Job<T, R>>, together: usize, work: Work)
where
    R: Send + 'static,
    Work: Fn(Vec<T>) -> Done,
    Done: Future<Output = Vec<R>> + Send + 'static,
{
    let mut batch = Vec::with_capacity(together);
    while jobs.recv_many(&mut batch, together).await > 0 {
        gather(&mut jobs, &mut batch, together).await;
        // Nobody waits for these any more, and nothing of them has begun.
        batch.retain(|job| !job.reply.is_closed());
        if batch.is_empty() {
            continue;
        }
        let (items, replies): (Vec<T>, Vec<_>) = batch.drain(..).map(|job| (job.item, job.reply)).unzip();
        // A task of its own, so that a panic is the end of one batch and not of the queue.
        match tokio::spawn(work(items)).await {
            Ok(answers) => replies.into_iter().zip(answers).for_each(|(reply, answer)| _ = reply.send(answer)),
            Err(error) => tracing::error!(%error, "a batch was broken off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const ONE: Bounds = Bounds { waiting: 4, together: 3 };

    /// What was done together.
    type Batches = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Doubles numbers, notes the batches, and waits for the gate before each.
    fn doubling(bounds: Bounds) -> (Batcher<u32, u32>, Batches, Arc<tokio::sync::Semaphore>) {
        let batches = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let work = {
            let (batches, gate) = (Arc::clone(&batches), Arc::clone(&gate));
            move |numbers: Vec<u32>| {
                let (batches, gate) = (Arc::clone(&batches), Arc::clone(&gate));
                async move {
                    batches.lock().unwrap().push(numbers.clone());
                    gate.acquire().await.unwrap().forget();
                    assert!(!numbers.contains(&13), "unlucky");
                    numbers.into_iter().map(|number| number * 2).collect()
                }
            }
        };
        (Batcher::start(bounds, [work]), batches, gate)
    }

    async fn settle() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_waits_is_done_together_and_each_gets_its_answer() {
        let (batcher, batches, gate) = doubling(ONE);
        let first = batcher.hand_over(0, 1).unwrap();
        settle().await;
        let rest: Vec<_> = [2, 3, 4, 5].map(|number| batcher.hand_over(0, number).unwrap()).into_iter().collect();
        assert_eq!(batcher.hand_over(0, 6).unwrap_err(), BatchError::Full, "four wait already");
        gate.add_permits(3);
        assert_eq!(first.await.unwrap(), 2);
        let mut answers = Vec::new();
        for answer in rest {
            answers.push(answer.await.unwrap());
        }
        assert_eq!(answers, [4, 6, 8, 10]);
        assert_eq!(*batches.lock().unwrap(), [vec![1], vec![2, 3, 4], vec![5]]);
    }

    #[tokio::test]
    async fn who_is_about_to_ask_gets_into_the_same_batch() {
        let (batcher, batches, gate) = doubling(ONE);
        gate.add_permits(2);
        // The worker is woken by the first, and stands before the others in the runtime's queue.
        let first = batcher.hand_over(0, 1).unwrap();
        let others = [2, 3].map(|number| {
            let batcher = batcher.clone();
            tokio::spawn(async move { batcher.ask(0, number).await })
        });
        assert_eq!(first.await.unwrap(), 2);
        for other in others {
            other.await.unwrap().unwrap();
        }
        assert_eq!(*batches.lock().unwrap(), [vec![1, 2, 3]]);
    }

    #[tokio::test]
    async fn who_has_gone_away_is_passed_over() {
        let (batcher, batches, gate) = doubling(ONE);
        let first = batcher.hand_over(0, 1).unwrap();
        settle().await;
        drop(batcher.hand_over(0, 2).unwrap());
        let third = batcher.hand_over(0, 3).unwrap();
        gate.add_permits(2);
        assert_eq!((first.await.unwrap(), third.await.unwrap()), (2, 6));
        assert_eq!(*batches.lock().unwrap(), [vec![1], vec![3]]);
    }

    #[tokio::test]
    async fn a_batch_that_panics_takes_no_other_along() {
        let (batcher, _, gate) = doubling(ONE);
        gate.add_permits(2);
        assert_eq!(batcher.ask(0, 13).await, Err(BatchError::BrokenOff));
        assert_eq!(batcher.ask(0, 4).await, Ok(8));
    }
}
