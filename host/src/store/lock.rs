//! Locks of things that may have no row yet.

use sqlx::PgConnection;

use super::StoreError;

/// Waits until nobody else has this lock, and keeps it until the transaction ends.
pub(super) async fn lock(connection: &mut PgConnection, what: &str) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(what).execute(connection).await?;
    Ok(())
}
