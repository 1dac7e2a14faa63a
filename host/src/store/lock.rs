//! Locks of things that may have no row yet, or whose row is only looked at.

use sqlx::PgConnection;

use super::StoreError;
use crate::model::rules::PinnedRules;

/// Waits until nobody else has this lock, and keeps it until the transaction ends.
pub(super) async fn lock(connection: &mut PgConnection, what: &str) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(what).execute(connection).await?;
    Ok(())
}

/// Keeps the draft that rules follow, if they do, as it is until the transaction ends. Says whether it still is what they have
/// pinned: then an event that gets them now is among those that go on with the next one, and the bytes stay for it.
pub(super) async fn hold_draft(connection: &mut PgConnection, rules: Option<&PinnedRules>) -> Result<bool, StoreError> {
    let Some(PinnedRules { plugin, draft: Some(draft), digest, .. }) = rules else { return Ok(true) };
    let query =
        sqlx::query_scalar("SELECT digest FROM gameplay.plugin_drafts WHERE plugin = $1 AND draft = $2 FOR SHARE");
    let current: Option<String> = query.bind(plugin.as_str()).bind(draft.as_str()).fetch_optional(connection).await?;
    Ok(current.as_ref() == Some(digest))
}
