//! How many people live where.

use sqlx::Row;

use super::row::integer;
use super::{Store, StoreError};
use crate::model::number::Population;
use crate::model::{Region, Time};

impl Store {
    /// The population of a region, and when it was set.
    ///
    /// # Errors
    /// The database failed.
    pub async fn population(&self, region: &Region) -> Result<Option<(Population, Time)>, StoreError> {
        let query = sqlx::query("SELECT population, updated_at FROM gameplay.regions WHERE region = $1");
        let row = query.bind(region.as_str()).fetch_optional(&self.pool).await?;
        Ok(row
            .map(|row| Ok::<_, sqlx::Error>((integer(&row, "population")?, row.try_get("updated_at")?)))
            .transpose()?)
    }

    /// Sets the population of a region.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_population(&self, region: &Region, population: Population, now: Time) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO gameplay.regions (region, population, updated_at) VALUES ($1, $2, $3) \
             ON CONFLICT (region) DO UPDATE SET population = $2, updated_at = $3",
        )
        .bind(region.as_str())
        .bind(population.get())
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
