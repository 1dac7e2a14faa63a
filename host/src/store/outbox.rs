//! What the world is to hear, written in the transaction of what it tells about.

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::model::Time;

/// Notes something that happened to an event, for delivery.
pub(super) async fn tell(
    connection: &mut PgConnection,
    event_id: Uuid,
    kind: &str,
    data: Value,
    now: Time,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO gameplay.outbox (event_id, type, data, created_at) VALUES ($1, $2, $3, $4)")
        .bind(event_id)
        .bind(kind)
        .bind(data)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}
