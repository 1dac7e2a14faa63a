//! PostgreSQL: the pool, the embedded server, one file per aggregate.
//!
//! Writes that many players make at once (joins, changes of participations, claims) take a batch and answer for each
//! item, in order.

pub mod analytics;
pub mod channels;
pub mod claims;
pub mod drafts;
pub mod embedded;
mod error;
pub mod events;
mod lock;
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
pub mod usage;

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

    /// The same store over one connection of its own, opened when it is needed, for whoever repeats the same statements
    /// about many rows. What PostgreSQL makes ready for a statement (its plan, those of triggers) belongs to a connection,
    /// and is then made once: measured, the first batches of a connection take three times as long as the later ones.
    /// Plans do not depend on how long the arrays are.
    #[must_use]
    pub fn with_own_connection(&self) -> Self {
        let options = self.pool.connect_options().as_ref().clone().options([("plan_cache_mode", "force_generic_plan")]);
        Self { pool: self.pool.options().clone().min_connections(0).max_connections(1).connect_lazy_with(options) }
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
