//! Templates.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::row::{json, optional_integer, optional_json, optional_text, text};
use super::{Page, PageRequest, Store, StoreError};
use crate::model::event::{Difficulty, EventType};
use crate::model::{EventTemplate, Object, ObjectList, Time};

/// What every query of templates reads.
macro_rules! select_template {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.name, t.type, t.difficulty, t.is_active, t.description, t.objectives_template, ",
            "t.rewards_template, t.duration_minutes::bigint AS duration_minutes, ",
            "t.max_participants::bigint AS max_participants, t.region_restrictions, t.event_data_template, t.rules, ",
            "t.player_reports, t.version, t.created_at, t.updated_at FROM gameplay.event_templates t ",
            $rest
        )
    };
}

impl FromRow<'_, PgRow> for EventTemplate {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            name: text(row, "name")?,
            kind: text(row, "type")?,
            difficulty: text(row, "difficulty")?,
            is_active: row.try_get("is_active")?,
            description: optional_text(row, "description")?,
            objectives_template: ObjectList::stored(json(row, "objectives_template")?),
            rewards_template: ObjectList::stored(json(row, "rewards_template")?),
            duration_minutes: optional_integer(row, "duration_minutes")?,
            max_participants: optional_integer(row, "max_participants")?,
            region_restrictions: json(row, "region_restrictions")?,
            event_data_template: Object::stored(json(row, "event_data_template")?),
            rules: optional_json(row, "rules")?,
            player_reports: row.try_get("player_reports")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Which templates a list shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct TemplateFilter {
    /// Only of this kind.
    pub kind: Option<EventType>,
    /// Only this hard.
    pub difficulty: Option<Difficulty>,
}

impl TemplateFilter {
    fn push(self, query: &mut QueryBuilder<Postgres>) {
        query.push(" WHERE true");
        if let Some(kind) = self.kind {
            query.push(" AND t.type = ").push_bind(<&'static str>::from(kind));
        }
        if let Some(difficulty) = self.difficulty {
            query.push(" AND t.difficulty = ").push_bind(<&'static str>::from(difficulty));
        }
    }
}

/// What templates are sorted by in lists: the newest first.
pub type TemplateKey = (Time, Uuid);

impl Store {
    /// The template, as it stands.
    ///
    /// # Errors
    /// The database failed.
    pub async fn template(&self, id: Uuid) -> Result<Option<EventTemplate>, StoreError> {
        Ok(sqlx::query_as(select_template!("WHERE t.id = $1")).bind(id).fetch_optional(&self.pool).await?)
    }

    /// A page of templates, the newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn templates(
        &self,
        filter: TemplateFilter,
        page: &PageRequest<TemplateKey>,
    ) -> Result<Page<EventTemplate, TemplateKey>, StoreError> {
        let mut count = QueryBuilder::new("SELECT count(*) FROM gameplay.event_templates t");
        filter.push(&mut count);
        let total = count.build_query_scalar().fetch_one(&self.pool).await?;

        let mut query = QueryBuilder::new(select_template!(""));
        filter.push(&mut query);
        if let Some(after) = &page.after {
            query.push(" AND (t.created_at, t.id) < (").push_bind(after.0.0);
            query.push(", ").push_bind(after.0.1).push(")");
        }
        query.push(" ORDER BY t.created_at DESC, t.id DESC LIMIT ").push_bind(page.probe());
        query.push(" OFFSET ").push_bind(page.skip());
        let templates = query.build_query_as().fetch_all(&self.pool).await?;
        Ok(page.page(templates, total, |template: &EventTemplate| (template.created_at, template.id)))
    }

    /// Keeps a new template.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_template(&self, template: &EventTemplate) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        write(&mut transaction, template).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Changes a template under a lock of its row. `None` if there is no such template.
    ///
    /// # Errors
    /// What `edit` says, in which case nothing changes; or the database failed.
    pub async fn edit_template<E: From<StoreError>>(
        &self,
        id: Uuid,
        now: Time,
        edit: impl FnOnce(&mut EventTemplate) -> Result<(), E>,
    ) -> Result<Option<EventTemplate>, E> {
        let mut transaction = self.pool.begin().await.map_err(StoreError::from)?;
        let query = sqlx::query_as(select_template!("WHERE t.id = $1 FOR NO KEY UPDATE"));
        let before: Option<EventTemplate> =
            query.bind(id).fetch_optional(&mut *transaction).await.map_err(StoreError::from)?;
        let Some(before) = before else { return Ok(None) };
        let mut template = before.clone();
        edit(&mut template)?;
        if template != before {
            template.version = before.version + 1;
            template.updated_at = now;
            write(&mut transaction, &template).await?;
            transaction.commit().await.map_err(StoreError::from)?;
        }
        Ok(Some(template))
    }
}

/// Writes a template's row, new or not.
async fn write(connection: &mut sqlx::PgConnection, template: &EventTemplate) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO gameplay.event_templates (id, name, type, difficulty, is_active, description, objectives_template, \
         rewards_template, duration_minutes, max_participants, region_restrictions, event_data_template, rules, \
         player_reports, version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
         ON CONFLICT (id) DO UPDATE SET name = $2, type = $3, difficulty = $4, is_active = $5, description = $6, \
         objectives_template = $7, rewards_template = $8, duration_minutes = $9, max_participants = $10, \
         region_restrictions = $11, event_data_template = $12, rules = $13, player_reports = $14, version = $15, \
         updated_at = $17",
    )
    .bind(template.id)
    .bind(template.name.as_str())
    .bind(<&'static str>::from(template.kind))
    .bind(<&'static str>::from(template.difficulty))
    .bind(template.is_active)
    .bind(template.description.as_ref().map(|text| text.as_str()))
    .bind(Json(&template.objectives_template))
    .bind(Json(&template.rewards_template))
    .bind(template.duration_minutes.map(|minutes| minutes.get()))
    .bind(template.max_participants.map(|capacity| capacity.get()))
    .bind(Json(&template.region_restrictions))
    .bind(Json(&template.event_data_template))
    .bind(template.rules.as_ref().map(Json))
    .bind(template.player_reports)
    .bind(template.version)
    .bind(template.created_at)
    .bind(template.updated_at)
    .execute(connection)
    .await?;
    Ok(())
}
