//! Hears what others write.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::Boards;
use crate::store::standings_feed::{FeedError, StandingsFeed};

/// How often to ask for news.
const EVERY: Duration = Duration::from_secs(1);
/// How long the database may take to answer before it counts as lost. With the time between two questions, it is what the
/// guarantee of 5 s is made of.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long, at the start, transactions that cannot know of this server yet are waited for. Should one take longer, boards
/// are loaded all the same, and once more when it has ended.
const SETTLE: Duration = Duration::from_secs(2);
/// How often to see whether they have ended.
const SETTLE_EVERY: Duration = Duration::from_millis(20);
/// After how many questions old rows are removed and idle boards dropped.
const TIDY_EVERY: u32 = 30;
/// How long to wait after the database has failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

impl Boards {
    /// Keeps the boards up to date with what other servers, or people, write. Runs until `stop`.
    pub async fn follow(self, stop: CancellationToken) {
        loop {
            let heard = self.hear(&stop).await;
            self.hears.send_replace(false);
            self.drop_all();
            match heard {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "other servers cannot be heard; leaderboards are loaded anew"),
            }
            if stop.run_until_cancelled(tokio::time::sleep(AFTER_FAILURE)).await.is_none() {
                return;
            }
        }
    }

    /// Hears until told to stop. On a failure boards may have missed something.
    async fn hear(&self, stop: &CancellationToken) -> Result<(), FeedError> {
        let Some(feed) = stop.run_until_cancelled(in_time(async { Ok(self.store.standings_feed().await?) })).await
        else {
            return Ok(());
        };
        let mut feed = feed?;
        match stop.run_until_cancelled(self.listen(&mut feed)).await {
            Some(result) => result,
            None => in_time(feed.close()).await,
        }
    }

    async fn listen(&self, feed: &mut StandingsFeed) -> Result<(), FeedError> {
        let began = Instant::now();
        while !in_time(feed.has_settled()).await? && began.elapsed() < SETTLE {
            tokio::time::sleep(SETTLE_EVERY).await;
        }
        // A request that had waited for the feed before it was lost may have held a board meanwhile.
        self.drop_all();
        self.hears.send_replace(true);
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for round in 1_u32.. {
            ticks.tick().await;
            in_time(self.round(feed, round)).await?;
        }
        Ok(())
    }

    async fn round(&self, feed: &mut StandingsFeed, round: u32) -> Result<(), FeedError> {
        if round.is_multiple_of(2) {
            feed.refresh().await?;
        }
        if feed.has_settled().await? {
            self.drop_all();
        }
        for told in feed.poll().await? {
            match told.rows {
                None => self.drop_one(told.event_id),
                Some(rows) => {
                    if let Some(held) = self.find(told.event_id) {
                        held.write(|board| rows.iter().for_each(|row| board.merge(row)));
                    }
                }
            }
        }
        if round.is_multiple_of(TIDY_EVERY) {
            feed.tidy().await?;
            self.drop_idle();
        }
        Ok(())
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, FeedError>>) -> Result<T, FeedError> {
    timeout(PATIENCE, work).await.unwrap_or(Err(FeedError::Lost))
}
