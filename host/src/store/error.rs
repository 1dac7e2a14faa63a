//! What can go wrong with the database.

/// A failure of the database, or of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, has no connection free, or gave up because of other work; the same request may
    /// succeed a little later.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// Anything else.
    #[error("the database refused: {0}")]
    Database(#[source] sqlx::Error),
}

/// SQLSTATE classes and codes after which the same request may succeed: connection exceptions, insufficient resources,
/// operator intervention, serialization failures and deadlocks.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
const PASSING: [&str; 5] = ["08", "53", "57", "40001", "40P01"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let passing = match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => {
                true
            }
            sqlx::Error::Database(database) => {
                database.code().is_some_and(|code| PASSING.iter().any(|class| code.starts_with(class)))
            }
            _ => false,
        };
        if passing { Self::Unavailable(error) } else { Self::Database(error) }
    }
}
