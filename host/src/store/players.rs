//! What game servers say about players.

use std::collections::HashMap;

use serde_json::{Map, Value};
use sqlx::types::Json;

use super::{Store, StoreError};
use crate::model::{Object, PlayerId, Time};

impl Store {
    /// The attributes of players, as far as anybody has set any.
    ///
    /// # Errors
    /// The database failed.
    pub async fn attributes_of(&self, players: &[PlayerId]) -> Result<HashMap<PlayerId, Object>, StoreError> {
        let rows: Vec<(String, Json<Map<String, Value>>)> =
            sqlx::query_as("SELECT player_id, attributes FROM gameplay.player_attributes WHERE player_id = ANY ($1)")
                .bind(players.iter().map(PlayerId::as_str).collect::<Vec<_>>())
                .fetch_all(&self.pool)
                .await?;
        let attributes =
            |(player, attributes): (String, Json<_>)| Some((player.parse().ok()?, Object::stored(attributes.0)));
        Ok(rows.into_iter().filter_map(attributes).collect())
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
