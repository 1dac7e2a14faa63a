//! PostgreSQL: the pool, the embedded server, one file per aggregate.
//!
//! Writes that many players make at once (joins, changes of participations, claims) take a batch and answer for each
//! item, in order.

pub mod analytics;
pub mod claims;
pub mod embedded;
mod error;
pub mod events;
pub mod outbox;
pub mod page;
pub mod participations;
pub mod players;
pub mod plugins;
pub mod regions;
pub mod rewards;
mod row;
pub mod settlements;
pub mod standings;
pub mod standings_feed;
pub mod templates;

use sqlx::PgPool;
use sqlx::migrate::Migrator;

pub use error::StoreError;
pub use page::{Cursor, Page, PageRequest};

/// The schema, in order.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// The channel that tells servers that there is something for time to do: an event with new times, a settlement.
pub const LIFECYCLE_CHANNEL: &str = "gameplay_lifecycle";

/// The channel that tells servers what was edited: `event <id> <version>`, `template <id> <version>`, `plugin <name> 0`.
pub const CHANGES_CHANNEL: &str = "gameplay_changes";

/// What is kept, in PostgreSQL. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// A store on a pool of connections to a migrated database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The connections, for those who watch or close them.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Asks the database for nothing, to see whether it answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }
}
