//! Published plugins. A version never changes; the bytes of a module are kept once.

use std::collections::BTreeMap;

use semver::Version;
use serde_json::json;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};

use super::lock::lock;
use super::row::{optional_json, text, texts};
use super::{Store, StoreError, outbox};
use crate::model::Time;
use crate::model::event::WorldEvent;
use crate::model::plugin::{Plugin, PluginModule, PluginVersion};
use crate::model::signature::{PluginSignature, Signature};
use crate::model::text::{ChannelName, PluginName};

/// What every query of versions reads.
macro_rules! select_version {
    ($rest:literal) => {
        concat!(
            "SELECT v.plugin, v.version, v.digest, v.description, v.capabilities, v.parameters_schema, v.size_bytes, ",
            "v.yanked, v.published_by, v.published_at, v.signature, v.signer FROM gameplay.plugin_versions v ",
            $rest
        )
    };
}

pub(super) use select_version;

impl FromRow<'_, PgRow> for PluginModule {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: text(row, "plugin")?,
            version: text(row, "version")?,
            digest: row.try_get("digest")?,
            size_bytes: row.try_get("size_bytes")?,
            description: row.try_get("description")?,
            capabilities: texts(row, "capabilities")?,
            parameters_schema: optional_json(row, "parameters_schema")?,
        })
    }
}

impl FromRow<'_, PgRow> for PluginVersion {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            module: PluginModule::from_row(row)?,
            yanked: row.try_get("yanked")?,
            published_by: row.try_get("published_by")?,
            published_at: row.try_get("published_at")?,
            signature: signature(row)?,
        })
    }
}

fn signature(row: &PgRow) -> Result<Option<PluginSignature>, sqlx::Error> {
    let Some(value) = row.try_get::<Option<[u8; 64]>, _>("signature")? else { return Ok(None) };
    Ok(Some(PluginSignature { value: Signature(value), signer: row.try_get("signer")? }))
}

/// What became of a version that was to be published.
#[derive(Debug, Clone, PartialEq)]
pub enum PublishOutcome {
    /// It is new.
    Published(PluginVersion),
    /// The same bytes were published under this version before. If nobody had vouched for them, the signature is new.
    Unchanged(PluginVersion),
    /// Other bytes were published under this version before.
    Taken(PluginVersion),
}

/// What became of a version that was to be yanked.
#[derive(Debug, Clone, PartialEq)]
pub enum YankOutcome {
    /// It is yanked, now or before.
    Yanked(Box<PluginVersion>),
    /// A channel is at it, so that new events would still get it.
    Deployed(ChannelName),
    /// There is no such version.
    Unknown,
}

impl Store {
    /// Keeps a new version.
    ///
    /// # Errors
    /// The database failed.
    pub async fn publish(&self, version: &PluginVersion, wasm: &[u8]) -> Result<PublishOutcome, StoreError> {
        let module = &version.module;
        let mut transaction = self.pool.begin().await?;
        keep_module(&mut transaction, module, wasm).await?;
        let written = sqlx::query(
            "INSERT INTO gameplay.plugin_versions (plugin, version, digest, description, capabilities, \
             parameters_schema, size_bytes, published_by, published_at, signature, signer) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        )
        .bind(module.name.as_str())
        .bind(module.version.to_string())
        .bind(&module.digest)
        .bind(&module.description)
        .bind(module.capabilities.iter().map(ToString::to_string).collect::<Vec<_>>())
        .bind(&module.parameters_schema)
        .bind(module.size_bytes)
        .bind(&version.published_by)
        .bind(version.published_at)
        .bind(version.signature.as_ref().map(|signature| signature.value.0))
        .bind(version.signature.as_ref().and_then(|signature| signature.signer.as_deref()))
        .execute(&mut *transaction)
        .await?;
        if written.rows_affected() == 1 {
            transaction.commit().await?;
            return Ok(PublishOutcome::Published(version.clone()));
        }
        // The bytes of a refused version are not kept.
        transaction.rollback().await?;
        self.vouch(version).await?;
        match self.plugin_version(&module.name, &module.version).await? {
            Some(known) if known.module.digest == module.digest => Ok(PublishOutcome::Unchanged(known)),
            Some(known) => Ok(PublishOutcome::Taken(known)),
            None => Err(sqlx::Error::RowNotFound.into()),
        }
    }

    /// Adds the signature to a version with the same bytes that has none, or one that nobody could verify.
    async fn vouch(&self, version: &PluginVersion) -> Result<(), StoreError> {
        let Some(PluginSignature { value, signer }) = &version.signature else { return Ok(()) };
        sqlx::query(
            "UPDATE gameplay.plugin_versions SET signature = $4, signer = $5 WHERE plugin = $1 AND version = $2 \
             AND digest = $3 AND (signature IS NULL OR (signer IS NULL AND $5 IS NOT NULL))",
        )
        .bind(version.module.name.as_str())
        .bind(version.module.version.to_string())
        .bind(&version.module.digest)
        .bind(value.0)
        .bind(signer)
        .execute(&self.pool)
        .await?;
        Ok(())
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
        if versions.is_empty() {
            return Ok(None);
        }
        let channels = self.deployed(std::slice::from_ref(name)).await?.remove(name).unwrap_or_default();
        Ok(Some(Plugin::new(name.clone(), versions, channels)))
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
        let mut of_plugins: BTreeMap<PluginName, Vec<PluginVersion>> = BTreeMap::new();
        for version in versions {
            of_plugins.entry(version.module.name.clone()).or_default().push(version);
        }
        let mut deployed = self.deployed(&of_plugins.keys().cloned().collect::<Vec<_>>()).await?;
        let plugin = |(name, versions): (PluginName, _)| {
            let channels = deployed.remove(&name).unwrap_or_default();
            Plugin::new(name, versions, channels)
        };
        Ok((of_plugins.into_iter().map(plugin).collect(), total))
    }

    /// Takes a version back: events that have pinned it keep it, new ones cannot.
    ///
    /// # Errors
    /// The database failed.
    pub async fn yank(&self, plugin: &PluginName, version: &Version) -> Result<YankOutcome, StoreError> {
        let mut transaction = self.pool.begin().await?;
        // Whoever moves a channel here looks at the row under the same lock.
        sqlx::query("SELECT FROM gameplay.plugin_versions WHERE plugin = $1 AND version = $2 FOR NO KEY UPDATE")
            .bind(plugin.as_str())
            .bind(version.to_string())
            .execute(&mut *transaction)
            .await?;
        let channel = sqlx::query(
            "SELECT channel FROM gameplay.plugin_channels WHERE plugin = $1 AND version = $2 ORDER BY channel LIMIT 1",
        );
        let channel = channel.bind(plugin.as_str()).bind(version.to_string()).fetch_optional(&mut *transaction).await?;
        if let Some(row) = channel {
            return Ok(YankOutcome::Deployed(text(&row, "channel")?));
        }
        sqlx::query("UPDATE gameplay.plugin_versions SET yanked = true WHERE plugin = $1 AND version = $2")
            .bind(plugin.as_str())
            .bind(version.to_string())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let yanked = self.plugin_version(plugin, version).await?;
        Ok(yanked.map_or(YankOutcome::Unknown, |version| YankOutcome::Yanked(Box::new(version))))
    }

    /// Tells the world that a plugin was parked because it kept failing, with the event that it failed last.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tell_parked(&self, event: &WorldEvent, code: &str, now: Time) -> Result<(), StoreError> {
        let Some(rules) = &event.rules else { return Ok(()) };
        let data = json!({
            "plugin": rules.plugin,
            "version": rules.version,
            "digest": rules.digest,
            "eventId": event.id,
            "code": code,
        });
        outbox::tell(&mut *self.pool.acquire().await?, event.id, "plugin.parked", data, now).await
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

/// Keeps the bytes of a module, if they are not kept already. Until the transaction ends, nobody drops them.
pub(super) async fn keep_module(
    connection: &mut PgConnection,
    module: &PluginModule,
    wasm: &[u8],
) -> Result<(), StoreError> {
    lock_modules(connection, &module.name).await?;
    sqlx::query("INSERT INTO gameplay.plugin_modules (digest, wasm) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(&module.digest)
        .bind(wasm)
        .execute(connection)
        .await?;
    Ok(())
}

/// Nobody else adds or drops bytes of this plugin until the transaction ends: what is about to be named by one is not dropped
/// by another, who cannot see that yet.
pub(super) async fn lock_modules(connection: &mut PgConnection, plugin: &PluginName) -> Result<(), StoreError> {
    lock(connection, &format!("modules {plugin}")).await
}
