//! Drafts: modules that are being worked on, and the test events that follow them.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use super::plugins::{keep_module, lock_modules};
use super::row::text;
use super::{Store, StoreError, events};
use crate::model::event::WorldEvent;
use crate::model::plugin::{PluginDraft, PluginModule};
use crate::model::rules::PinnedRules;
use crate::model::settlement::SettlementState;
use crate::model::text::{DraftName, PluginName};
use crate::model::{Object, Refusal, Time};

/// What every query of drafts reads.
macro_rules! select_draft {
    ($rest:literal) => {
        concat!(
            "SELECT d.plugin, d.draft, d.version, d.digest, d.description, d.capabilities, d.parameters_schema, ",
            "d.size_bytes, d.published_by, d.published_at FROM gameplay.plugin_drafts d ",
            $rest
        )
    };
}

impl FromRow<'_, PgRow> for PluginDraft {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            draft: text(row, "draft")?,
            module: PluginModule::from_row(row)?,
            published_by: row.try_get("published_by")?,
            published_at: row.try_get("published_at")?,
        })
    }
}

/// A draft that was put in its place.
#[derive(Debug)]
pub struct Placed {
    /// Whether there was none of this name before.
    pub is_new: bool,
    /// The test events that go on with it, at their new versions.
    pub moved: Vec<(Uuid, i64)>,
    /// The test events that stay with the module they had, and why.
    pub stayed: Vec<(Uuid, Refusal)>,
}

impl Store {
    /// Puts a draft in its place, and moves the test events that follow it along, as far as `check` takes their parameters.
    /// The module that it was before is dropped, unless somebody still needs it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn place_draft(
        &self,
        draft: &PluginDraft,
        wasm: &[u8],
        now: Time,
        check: impl Fn(&PluginModule, &Object) -> Result<(), Refusal>,
    ) -> Result<Placed, StoreError> {
        let module = &draft.module;
        let mut transaction = self.pool.begin().await?;
        keep_module(&mut transaction, module, wasm).await?;
        let query = sqlx::query_as(select_draft!("WHERE d.plugin = $1 AND d.draft = $2"));
        let query = query.bind(module.name.as_str()).bind(draft.draft.as_str());
        let before: Option<PluginDraft> = query.fetch_optional(&mut *transaction).await?;
        write(&mut transaction, draft).await?;
        let mut placed = Placed { is_new: before.is_none(), moved: Vec::new(), stayed: Vec::new() };
        let following = following(&mut transaction, draft).await?;
        for (id, event) in events::lock(&mut transaction, &following).await? {
            match moved(&event, draft, &check, now) {
                Ok(Some(moved)) => {
                    events::write(&mut transaction, event.status, &moved, now).await?;
                    placed.moved.push((id, moved.version));
                }
                Ok(None) => {}
                Err(refusal) => placed.stayed.push((id, refusal)),
            }
        }
        if let Some(before) = before {
            drop_module(&mut transaction, &before.module.digest).await?;
        }
        transaction.commit().await?;
        Ok(placed)
    }

    /// A draft.
    ///
    /// # Errors
    /// The database failed.
    pub async fn draft(&self, plugin: &PluginName, draft: &DraftName) -> Result<Option<PluginDraft>, StoreError> {
        let query = sqlx::query_as(select_draft!("WHERE d.plugin = $1 AND d.draft = $2"));
        Ok(query.bind(plugin.as_str()).bind(draft.as_str()).fetch_optional(&self.pool).await?)
    }

    /// The drafts of a plugin, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn drafts(&self, plugin: &PluginName) -> Result<Vec<PluginDraft>, StoreError> {
        let query = sqlx::query_as(select_draft!("WHERE d.plugin = $1 ORDER BY d.draft"));
        Ok(query.bind(plugin.as_str()).fetch_all(&self.pool).await?)
    }

    /// Takes a draft away. Test events that follow it keep the module that they have. Says whether there was one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_draft(&self, plugin: &PluginName, draft: &DraftName) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        lock_modules(&mut transaction, plugin).await?;
        let digest: Option<String> =
            sqlx::query_scalar("DELETE FROM gameplay.plugin_drafts WHERE plugin = $1 AND draft = $2 RETURNING digest")
                .bind(plugin.as_str())
                .bind(draft.as_str())
                .fetch_optional(&mut *transaction)
                .await?;
        let Some(digest) = digest else { return Ok(false) };
        drop_module(&mut transaction, &digest).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

async fn write(connection: &mut PgConnection, draft: &PluginDraft) -> Result<(), StoreError> {
    let module = &draft.module;
    sqlx::query(
        "INSERT INTO gameplay.plugin_drafts (plugin, draft, version, digest, description, capabilities, \
         parameters_schema, size_bytes, published_by, published_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (plugin, draft) DO UPDATE SET version = $3, digest = $4, description = $5, capabilities = $6, \
         parameters_schema = $7, size_bytes = $8, published_by = $9, published_at = $10",
    )
    .bind(module.name.as_str())
    .bind(draft.draft.as_str())
    .bind(module.version.to_string())
    .bind(&module.digest)
    .bind(&module.description)
    .bind(module.capabilities.iter().map(ToString::to_string).collect::<Vec<_>>())
    .bind(&module.parameters_schema)
    .bind(module.size_bytes)
    .bind(&draft.published_by)
    .bind(draft.published_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// The events that follow a draft and are not over and paid.
async fn following(connection: &mut PgConnection, draft: &PluginDraft) -> Result<Vec<Uuid>, StoreError> {
    let query = sqlx::query_scalar(
        "SELECT e.id FROM gameplay.world_events e LEFT JOIN gameplay.event_settlements s ON s.event_id = e.id \
         WHERE e.rules_plugin = $1 AND e.rules_draft = $2 \
         AND (e.status IN ('ANNOUNCED', 'ACTIVE') OR s.state IN ('running', 'failed')) ORDER BY e.id",
    );
    Ok(query.bind(draft.module.name.as_str()).bind(draft.draft.as_str()).fetch_all(connection).await?)
}

/// The event as it goes on with the draft; `None` if that changes nothing.
fn moved(
    event: &WorldEvent,
    draft: &PluginDraft,
    check: impl Fn(&PluginModule, &Object) -> Result<(), Refusal>,
    now: Time,
) -> Result<Option<WorldEvent>, Refusal> {
    let Some(rules) = &event.rules else { return Ok(None) };
    let is_settling = matches!(event.settlement.state, SettlementState::Running | SettlementState::Failed);
    let is_over = event.status.is_final() && !is_settling;
    if is_over || rules.digest == draft.module.digest {
        return Ok(None);
    }
    check(&draft.module, &rules.parameters)?;
    let rules = PinnedRules {
        version: draft.module.version.clone(),
        digest: draft.module.digest.clone(),
        capabilities: draft.module.capabilities.clone(),
        ..rules.clone()
    };
    Ok(Some(WorldEvent { rules: Some(rules), version: event.version + 1, updated_at: now, ..event.clone() }))
}

/// Drops the bytes of a module that nothing names any more.
async fn drop_module(connection: &mut PgConnection, digest: &str) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM gameplay.plugin_modules WHERE digest = $1 \
         AND NOT EXISTS (SELECT FROM gameplay.plugin_versions WHERE digest = $1) \
         AND NOT EXISTS (SELECT FROM gameplay.plugin_drafts WHERE digest = $1) \
         AND NOT EXISTS (SELECT FROM gameplay.world_events WHERE rules_draft IS NOT NULL AND rules_digest = $1)",
    )
    .bind(digest)
    .execute(connection)
    .await?;
    Ok(())
}
