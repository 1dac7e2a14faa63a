//! What servers tell each other about standings: the table `gameplay.standings_feed`, which triggers fill.

use std::collections::BTreeMap;

use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::standings::{StandingRow, stands};
use super::{Store, StoreError};
use crate::model::Time;

/// The setting of a connection that says which server it belongs to.
pub const SERVER_SETTING: &str = "world_events.server";
/// The most rows that are read at a time.
const AT_ONCE: i64 = 1_000;
/// More numbers than this are not waited for one by one.
const MAX_GAPS: usize = 10_000;

/// Something that another wrote.
#[derive(Debug)]
pub struct Told {
    /// The event.
    pub event_id: Uuid,
    /// The participations; `None` if there are too many to tell, or some were deleted.
    pub rows: Option<Vec<StandingRow>>,
}

/// Nothing that was heard can be built upon: rows may have been missed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The table is not the one that was read before, or too far ahead.
    #[error("the feed of standings was emptied, or too much was missed")]
    Lost,
}

impl From<sqlx::Error> for FeedError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Listens to the feed on a connection of its own, as it must not have to wait for one.
#[derive(Debug)]
pub struct StandingsFeed {
    connection: PgConnection,
    server: String,
    /// The highest number that was looked at.
    last: i64,
    /// Lower numbers that were not there, as their transactions had not ended; with the transaction before which all must
    /// have ended for the number to be given up.
    gaps: BTreeMap<i64, i64>,
    /// Transactions below this may have written before anybody knew that this server listens.
    unheard_below: Option<i64>,
}

type FeedRow =
    (i64, Uuid, Option<Vec<String>>, Option<Vec<i64>>, Option<Vec<Time>>, Option<Vec<String>>, Option<Vec<i64>>, bool);

impl Store {
    /// Makes this server known, so that others write into the feed from now on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn standings_feed(&self) -> Result<StandingsFeed, StoreError> {
        let mut connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        let server: Option<String> = sqlx::query_scalar("SELECT nullif(current_setting($1, true), '')")
            .bind(SERVER_SETTING)
            .fetch_one(&mut connection)
            .await?;
        let server = server.unwrap_or_else(|| Uuid::new_v4().to_string());
        sqlx::query(
            "INSERT INTO gameplay.servers (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()",
        )
        .bind(&server)
        .execute(&mut connection)
        .await?;
        let last = last_number(&mut connection).await?;
        let (_, end) = transactions(&mut connection).await?;
        Ok(StandingsFeed { connection, server, last, gaps: BTreeMap::new(), unheard_below: Some(end) })
    }
}

async fn last_number(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM gameplay.standings_feed_id_seq")
        .fetch_one(connection)
        .await
}

/// The oldest transaction that has not ended, and the first that has not begun.
async fn transactions(connection: &mut PgConnection) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() AS s",
    )
    .fetch_one(connection)
    .await
}

impl StandingsFeed {
    /// Whether all transactions have ended that began before others knew of this server. True once; then whatever was
    /// loaded before has to be loaded anew.
    ///
    /// # Errors
    /// The database failed.
    pub async fn has_settled(&mut self) -> Result<bool, FeedError> {
        let Some(end) = self.unheard_below else { return Ok(false) };
        let (oldest, _) = transactions(&mut self.connection).await?;
        if oldest < end {
            return Ok(false);
        }
        self.unheard_below = None;
        Ok(true)
    }

    /// Says that this server is still there.
    ///
    /// # Errors
    /// The database failed, or others no longer know this server.
    pub async fn refresh(&mut self) -> Result<(), FeedError> {
        let refresh = sqlx::query(
            "UPDATE gameplay.servers SET seen_at = clock_timestamp() \
             WHERE id = $1 AND seen_at > clock_timestamp() - interval '8 seconds'",
        );
        let known = refresh.bind(&self.server).execute(&mut self.connection).await?.rows_affected();
        if known == 0 { Err(FeedError::Lost) } else { Ok(()) }
    }

    /// Removes what nobody needs any more: rows that everybody has read, servers that are gone.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tidy(&mut self) -> Result<(), FeedError> {
        sqlx::query(
            "DELETE FROM gameplay.standings_feed WHERE id IN (SELECT id FROM gameplay.standings_feed \
             WHERE created_at < clock_timestamp() - interval '5 minutes' ORDER BY id LIMIT 10000)",
        )
        .execute(&mut self.connection)
        .await?;
        sqlx::query("DELETE FROM gameplay.servers WHERE seen_at < clock_timestamp() - interval '1 minute'")
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// What others have written since the last time.
    ///
    /// # Errors
    /// The database failed, or rows may have been missed.
    pub async fn poll(&mut self) -> Result<Vec<Told>, FeedError> {
        let last = last_number(&mut self.connection).await?;
        if last < self.last {
            return Err(FeedError::Lost);
        }
        if last == self.last && self.gaps.is_empty() {
            return Ok(Vec::new());
        }
        let (oldest, next) = transactions(&mut self.connection).await?;
        let new = usize::try_from(last - self.last).unwrap_or(usize::MAX);
        if new.saturating_add(self.gaps.len()) > MAX_GAPS {
            return Err(FeedError::Lost);
        }
        self.gaps.extend((self.last + 1..=last).map(|id| (id, next)));
        self.last = last;
        let wanted: Vec<i64> = self.gaps.keys().copied().collect();
        let mut told = Vec::new();
        for ids in wanted.chunks(usize::try_from(AT_ONCE).unwrap_or(1)) {
            let rows: Vec<FeedRow> = sqlx::query_as(
                "SELECT id, event_id, CASE WHEN own THEN NULL ELSE player_ids END, CASE WHEN own THEN NULL ELSE scores END, \
                 CASE WHEN own THEN NULL ELSE score_ats END, CASE WHEN own THEN NULL ELSE statuses END, \
                 CASE WHEN own THEN NULL ELSE versions END, own \
                 FROM gameplay.standings_feed, LATERAL (SELECT server IS NOT DISTINCT FROM $2 AND player_ids IS NOT NULL) \
                 AS writer (own) WHERE id = ANY($1) ORDER BY id",
            )
            .bind(ids)
            .bind(&self.server)
            .fetch_all(&mut self.connection)
            .await?;
            for (id, event_id, players, scores, times, statuses, versions, own) in rows {
                self.gaps.remove(&id);
                if !own {
                    let rows = players.zip(scores).zip(times).zip(statuses).zip(versions).map(zip_rows);
                    told.push(Told { event_id, rows });
                }
            }
        }
        // Whoever took one of these numbers has ended, and without a row.
        self.gaps.retain(|_, end| *end > oldest);
        Ok(told)
    }

    /// Says that this server listens no more.
    ///
    /// # Errors
    /// The database failed.
    pub async fn close(mut self) -> Result<(), FeedError> {
        sqlx::query("DELETE FROM gameplay.servers WHERE id = $1")
            .bind(&self.server)
            .execute(&mut self.connection)
            .await?;
        Ok(self.connection.close().await?)
    }
}

type Columns = ((((Vec<String>, Vec<i64>), Vec<Time>), Vec<String>), Vec<i64>);

fn zip_rows(((((players, scores), times), statuses), versions): Columns) -> Vec<StandingRow> {
    let columns = players.into_iter().zip(scores).zip(times).zip(statuses).zip(versions);
    columns
        .map(|((((player, score), score_at), status), version)| StandingRow {
            player: player.into(),
            score,
            score_at,
            stands: stands(&status),
            version,
        })
        .collect()
}
