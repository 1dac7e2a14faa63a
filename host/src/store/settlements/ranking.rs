//! Writing the final standings, many rows at a time.

use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::store::standings::Rank;
use crate::store::{Store, StoreError};

/// The first half of the key of the lock that whoever ranks an event holds; the other half is a hash of the event's id.
const LOCK: i32 = 0x5753_5244;

/// The final standings of an event while they are written, which only one server can do at a time. Its lock belongs to its
/// connection: where that is lost, so is the lock, and nothing more can be written under it. Each write is a transaction:
/// one long one would keep PostgreSQL from clearing away the old versions of all rows that are written meanwhile.
#[derive(Debug)]
pub struct Ranking {
    connection: PgConnection,
    event_id: Uuid,
    /// How many rows are written.
    written: i64,
}

impl Store {
    /// Takes up the ranking of an event. `None` if another server is at it, or it is done.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_ranking(&self, event_id: Uuid) -> Result<Option<Ranking>, StoreError> {
        // Not one of the pool's: the lock has to end with this value, whatever happens.
        let mut connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, hashtext($2::text))").bind(LOCK).bind(event_id);
        if !lock.fetch_one(&mut connection).await? {
            return Ok(None);
        }
        let open = "SELECT EXISTS (SELECT FROM gameplay.event_settlements \
                    WHERE event_id = $1 AND state = 'running' AND NOT ranked)";
        let is_open: bool = sqlx::query_scalar(open).bind(event_id).fetch_one(&mut connection).await?;
        Ok(is_open.then_some(Ranking { connection, event_id, written: 0 }))
    }
}

impl Ranking {
    /// Removes rows that were written by a server that did not get to the end; says how many, at most `limit`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn clear(&mut self, limit: i64) -> Result<u64, StoreError> {
        let clear = sqlx::query(
            "DELETE FROM gameplay.event_standings WHERE event_id = $1 AND position IN \
             (SELECT position FROM gameplay.event_standings WHERE event_id = $1 ORDER BY position LIMIT $2)",
        );
        Ok(clear.bind(self.event_id).bind(limit).execute(&mut self.connection).await?.rows_affected())
    }

    /// Writes those who come next.
    ///
    /// # Errors
    /// The database failed.
    pub async fn write(&mut self, entries: &[Rank]) -> Result<(), StoreError> {
        let ranks: Vec<i64> = entries.iter().map(|entry| i64::try_from(entry.rank).unwrap_or(i64::MAX)).collect();
        let players: Vec<&str> = entries.iter().map(|entry| entry.player_id.as_str()).collect();
        let write = sqlx::query(
            "INSERT INTO gameplay.event_standings (event_id, position, rank, player_id) \
             SELECT $1, $2 + number, rank, player_id \
             FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY AS e (rank, player_id, number)",
        );
        let write = write.bind(self.event_id).bind(self.written).bind(ranks).bind(players);
        self.written += write.execute(&mut self.connection).await?.rows_affected().cast_signed();
        Ok(())
    }

    /// Says that all are written: from now on they are what leaderboards show and the payout goes by.
    ///
    /// # Errors
    /// The database failed.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        sqlx::query("UPDATE gameplay.event_settlements SET ranked = true, total = $2 WHERE event_id = $1")
            .bind(self.event_id)
            .bind(self.written)
            .execute(&mut self.connection)
            .await?;
        Ok(self.connection.close().await?)
    }
}
