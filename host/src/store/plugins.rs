//! Published plugins. A version never changes; the bytes of a module are kept once.

use semver::Version;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::row::{optional_json, text, texts};
use super::{Store, StoreError};
use crate::model::plugin::{Plugin, PluginVersion};
use crate::model::text::PluginName;

/// What every query of versions reads.
macro_rules! select_version {
    ($rest:literal) => {
        concat!(
            "SELECT v.plugin, v.version, v.digest, v.description, v.capabilities, v.parameters_schema, v.size_bytes, ",
            "v.yanked, v.published_by, v.published_at FROM gameplay.plugin_versions v ",
            $rest
        )
    };
}

impl FromRow<'_, PgRow> for PluginVersion {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: text(row, "plugin")?,
            version: text(row, "version")?,
            digest: row.try_get("digest")?,
            size_bytes: row.try_get("size_bytes")?,
            description: row.try_get("description")?,
            capabilities: texts(row, "capabilities")?,
            parameters_schema: optional_json(row, "parameters_schema")?,
            yanked: row.try_get("yanked")?,
            published_by: row.try_get("published_by")?,
            published_at: row.try_get("published_at")?,
        })
    }
}

/// What became of a version that was to be published.
#[derive(Debug, Clone, PartialEq)]
pub enum PublishOutcome {
    /// It is new.
    Published(PluginVersion),
    /// The same bytes were published under this version before.
    Unchanged(PluginVersion),
    /// Other bytes were published under this version before.
    Taken(PluginVersion),
}

impl Store {
    /// Keeps a new version.
    ///
    /// # Errors
    /// The database failed.
    pub async fn publish(&self, version: &PluginVersion, wasm: &[u8]) -> Result<PublishOutcome, StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("INSERT INTO gameplay.plugin_modules (digest, wasm) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(&version.digest)
            .bind(wasm)
            .execute(&mut *transaction)
            .await?;
        let written = sqlx::query(
            "INSERT INTO gameplay.plugin_versions (plugin, version, digest, description, capabilities, \
             parameters_schema, size_bytes, published_by, published_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        )
        .bind(version.name.as_str())
        .bind(version.version.to_string())
        .bind(&version.digest)
        .bind(&version.description)
        .bind(version.capabilities.iter().map(ToString::to_string).collect::<Vec<_>>())
        .bind(&version.parameters_schema)
        .bind(version.size_bytes)
        .bind(&version.published_by)
        .bind(version.published_at)
        .execute(&mut *transaction)
        .await?;
        if written.rows_affected() == 1 {
            transaction.commit().await?;
            return Ok(PublishOutcome::Published(version.clone()));
        }
        // The bytes of a refused version are not kept.
        transaction.rollback().await?;
        match self.plugin_version(&version.name, &version.version).await? {
            Some(known) if known.digest == version.digest => Ok(PublishOutcome::Unchanged(known)),
            Some(known) => Ok(PublishOutcome::Taken(known)),
            None => Err(sqlx::Error::RowNotFound.into()),
        }
    }

    /// A version of a plugin.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plugin_version(
        &self,
        plugin: &PluginName,
        version: &Version,
    ) -> Result<Option<PluginVersion>, StoreError> {
        let query = sqlx::query_as(select_version!("WHERE v.plugin = $1 AND v.version = $2"));
        Ok(query.bind(plugin.as_str()).bind(version.to_string()).fetch_optional(&self.pool).await?)
    }

    /// A plugin with all its versions. `None` if nothing was ever published under the name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plugin(&self, name: &PluginName) -> Result<Option<Plugin>, StoreError> {
        let query = sqlx::query_as(select_version!("WHERE v.plugin = $1"));
        let versions: Vec<PluginVersion> = query.bind(name.as_str()).fetch_all(&self.pool).await?;
        Ok(if versions.is_empty() { None } else { Some(Plugin::from_versions(name.clone(), versions)) })
    }

    /// How many plugins there are, and the `limit` of them behind `offset`, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plugins(&self, limit: u32, offset: u32) -> Result<(Vec<Plugin>, i64), StoreError> {
        let count = sqlx::query_scalar("SELECT count(DISTINCT plugin) FROM gameplay.plugin_versions");
        let total = count.fetch_one(&self.pool).await?;
        let query = sqlx::query_as(select_version!(
            "WHERE v.plugin IN (SELECT DISTINCT plugin FROM gameplay.plugin_versions ORDER BY plugin LIMIT $1 OFFSET $2) \
             ORDER BY v.plugin"
        ));
        let versions: Vec<PluginVersion> =
            query.bind(i64::from(limit)).bind(i64::from(offset)).fetch_all(&self.pool).await?;
        let plugins = versions
            .chunk_by(|a, b| a.name == b.name)
            .filter_map(|versions| Some(Plugin::from_versions(versions.first()?.name.clone(), versions.to_vec())))
            .collect();
        Ok((plugins, total))
    }

    /// Takes a version back: events that have pinned it keep it, new ones cannot. `None` if there is no such version.
    ///
    /// # Errors
    /// The database failed.
    pub async fn yank(&self, plugin: &PluginName, version: &Version) -> Result<Option<PluginVersion>, StoreError> {
        sqlx::query("UPDATE gameplay.plugin_versions SET yanked = true WHERE plugin = $1 AND version = $2")
            .bind(plugin.as_str())
            .bind(version.to_string())
            .execute(&self.pool)
            .await?;
        self.plugin_version(plugin, version).await
    }

    /// The bytes of a module.
    ///
    /// # Errors
    /// The database failed.
    pub async fn module(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar("SELECT wasm FROM gameplay.plugin_modules WHERE digest = $1");
        Ok(query.bind(digest).fetch_optional(&self.pool).await?)
    }
}
