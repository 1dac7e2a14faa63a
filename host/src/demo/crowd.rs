//! Many players at once, but not all of them.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::task::JoinSet;

/// How many requests are under way at once.
pub const AT_ONCE: usize = 32;

/// Does the same for each of the `items`, [`AT_ONCE`] at a time, and gives what came of it in the order of the items.
///
/// # Errors
///
/// The first that comes up; the rest is then left undone.
pub async fn each<T, R, W>(items: Vec<T>, work: impl Fn(T) -> W) -> anyhow::Result<Vec<R>>
where
    T: Send + 'static,
    R: Send + 'static,
    W: Future<Output = anyhow::Result<R>> + Send + 'static,
{
    let work: Vec<W> = items.into_iter().map(work).collect();
    let mut placed = Vec::with_capacity(work.len());
    let queue = Arc::new(Mutex::new(work.into_iter().enumerate()));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let queue = Arc::clone(&queue);
        workers.spawn(async move {
            let mut done = Vec::new();
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((place, work)) = next else { return anyhow::Ok(done) };
                done.push((place, work.await?));
            }
        });
    }
    while let Some(done) = workers.join_next().await {
        placed.extend(done.context("a worker is gone")??);
    }
    placed.sort_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn results_come_in_the_order_of_the_items() {
        let results = each((0..100_u64).collect(), |number| async move {
            for _ in 0..number % 7 {
                tokio::task::yield_now().await;
            }
            Ok(number * 2)
        });
        assert_eq!(results.await.unwrap(), (0..200).step_by(2).collect::<Vec<u64>>());
    }

    #[tokio::test]
    async fn a_failure_ends_it() {
        let result = each(vec![1, 2, 3], |number| async move {
            anyhow::ensure!(number != 2, "not {number}");
            Ok(())
        });
        assert_eq!(result.await.unwrap_err().to_string(), "not 2");
    }
}
