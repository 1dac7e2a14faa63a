//! What game servers say about players.

use sqlx::types::Json;

use super::{Store, StoreError};
use crate::model::{Object, PlayerId, Time};

impl Store {
    /// The attributes of a player; empty if nobody has set any.
    ///
    /// # Errors
    /// The database failed.
    pub async fn attributes(&self, player: &PlayerId) -> Result<Object, StoreError> {
        let query = sqlx::query_scalar("SELECT attributes FROM gameplay.player_attributes WHERE player_id = $1");
        let attributes: Option<Json<_>> = query.bind(player.as_str()).fetch_optional(&self.pool).await?;
        Ok(Object::stored(attributes.map(|json| json.0).unwrap_or_default()))
    }

    /// Replaces the attributes of a player.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_attributes(&self, player: &PlayerId, attributes: &Object, now: Time) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO gameplay.player_attributes (player_id, attributes, updated_at) VALUES ($1, $2, $3) \
             ON CONFLICT (player_id) DO UPDATE SET attributes = $2, updated_at = $3",
        )
        .bind(player.as_str())
        .bind(Json(attributes))
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
