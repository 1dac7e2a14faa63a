//! Events: create, read, list, edit. Every change of an event's row goes through [`write`], so that what must happen with
//! a change of status (a settlement, a word to the world) happens however it came about.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Row, Transaction};
use uuid::Uuid;

use super::lock::hold_draft;
use super::row::{json, optional_integer, optional_json, optional_text, text, texts};
use super::{LIFECYCLE_CHANNEL, Page, PageRequest, Store, StoreError, outbox};
use crate::model::event::{EventType, WorldEvent};
use crate::model::rules::{Capability, FailurePolicy, PinnedRules};
use crate::model::settlement::{Settlement, SettlementState};
use crate::model::text::{ChannelName, DraftName};
use crate::model::{EventStatus, Object, ObjectList, Region, Time};

/// What every query of events reads.
macro_rules! select_event {
    ($rest:literal) => {
        concat!(
            "SELECT e.id, e.name, e.type, e.region, e.status, e.start_time, e.end_time, e.description, e.objectives, ",
            "e.rewards, e.max_participants::bigint AS max_participants, e.current_participants, e.difficulty, ",
            "e.event_data, e.template_id, e.rules_plugin, e.rules_version, e.rules_digest, e.rules_capabilities, ",
            "e.rules_parameters, e.rules_goals, e.rules_channel, e.rules_draft, e.rules_on_failure, e.player_reports, ",
            "e.is_test, e.version, e.created_at, e.updated_at, ",
            "(SELECT jsonb_object_agg(c.counter, c.value) FROM gameplay.event_counters c WHERE c.event_id = e.id) ",
            "AS counters, s.state AS settlement_state, s.paid AS settlement_paid, s.total AS settlement_total, ",
            "s.error AS settlement_error ",
            "FROM gameplay.world_events e LEFT JOIN gameplay.event_settlements s ON s.event_id = e.id ",
            $rest
        )
    };
}

impl FromRow<'_, PgRow> for WorldEvent {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            name: text(row, "name")?,
            kind: text(row, "type")?,
            region: text(row, "region")?,
            status: text(row, "status")?,
            start_time: row.try_get("start_time")?,
            end_time: row.try_get("end_time")?,
            description: optional_text(row, "description")?,
            objectives: ObjectList::stored(json(row, "objectives")?),
            rewards: ObjectList::stored(json(row, "rewards")?),
            max_participants: optional_integer(row, "max_participants")?,
            current_participants: row.try_get("current_participants")?,
            difficulty: text(row, "difficulty")?,
            event_data: Object::stored(json(row, "event_data")?),
            template_id: row.try_get("template_id")?,
            rules: rules(row)?,
            player_reports: row.try_get("player_reports")?,
            test: row.try_get("is_test")?,
            counters: optional_json(row, "counters")?.unwrap_or_default(),
            settlement: settlement(row)?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

fn rules(row: &PgRow) -> Result<Option<PinnedRules>, sqlx::Error> {
    let Some(plugin) = optional_text(row, "rules_plugin")? else { return Ok(None) };
    Ok(Some(PinnedRules {
        plugin,
        version: text(row, "rules_version")?,
        digest: row.try_get("rules_digest")?,
        capabilities: texts(row, "rules_capabilities")?,
        parameters: Object::stored(json(row, "rules_parameters")?),
        goals: json(row, "rules_goals")?,
        channel: optional_text(row, "rules_channel")?,
        draft: optional_text(row, "rules_draft")?,
        on_failure: text(row, "rules_on_failure")?,
    }))
}

fn settlement(row: &PgRow) -> Result<Settlement, sqlx::Error> {
    let Some(state) = optional_text(row, "settlement_state")? else { return Ok(Settlement::default()) };
    Ok(Settlement {
        state,
        paid: row.try_get("settlement_paid")?,
        total: row.try_get("settlement_total")?,
        error: optional_json(row, "settlement_error")?,
    })
}

/// Which events a list shows.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only in this region.
    pub region: Option<Region>,
    /// Only of this kind.
    pub kind: Option<EventType>,
    /// Only in this status.
    pub status: Option<EventStatus>,
    /// Only with data that contains this object (`jsonb @>`).
    pub event_data: Option<Object>,
    /// Only test events, or only others.
    pub test: bool,
}

impl EventFilter {
    fn push(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(if self.test { " WHERE e.is_test" } else { " WHERE NOT e.is_test" });
        if let Some(region) = &self.region {
            query.push(" AND e.region = ").push_bind(region.as_str().to_owned());
        }
        if let Some(kind) = self.kind {
            query.push(" AND e.type = ").push_bind(<&'static str>::from(kind));
        }
        if let Some(status) = self.status {
            query.push(" AND e.status = ").push_bind(status.as_str());
        }
        if let Some(data) = &self.event_data {
            query.push(" AND e.event_data @> ").push_bind(Json(data.clone()));
        }
    }
}

/// What events are sorted by in lists: the newest start first.
pub type EventKey = (Time, Uuid);

impl Store {
    /// Keeps a new event. Says whether it did: it does not, if its rules follow a draft that was replaced since they were
    /// pinned.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_event(&self, event: &WorldEvent) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        if !hold_draft(&mut transaction, event.rules.as_ref()).await? {
            return Ok(false);
        }
        write(&mut transaction, EventStatus::Announced, event, event.created_at).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The event, as it stands.
    ///
    /// # Errors
    /// The database failed.
    pub async fn event(&self, id: Uuid) -> Result<Option<WorldEvent>, StoreError> {
        Ok(self.events_by_id(&[id]).await?.remove(&id))
    }

    /// Events by their ids, as they stand, as far as there are such.
    ///
    /// # Errors
    /// The database failed.
    pub async fn events_by_id(&self, ids: &[Uuid]) -> Result<BTreeMap<Uuid, WorldEvent>, StoreError> {
        read(&mut *self.pool.acquire().await?, ids).await
    }

    /// A page of events, the newest start first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn events(
        &self,
        filter: &EventFilter,
        page: &PageRequest<EventKey>,
    ) -> Result<Page<WorldEvent, EventKey>, StoreError> {
        let mut count = QueryBuilder::new("SELECT count(*) FROM gameplay.world_events e");
        filter.push(&mut count);
        let total = count.build_query_scalar().fetch_one(&self.pool).await?;

        let mut query = QueryBuilder::new(select_event!(""));
        filter.push(&mut query);
        if let Some(after) = &page.after {
            query.push(" AND (e.start_time, e.id) < (").push_bind(after.0.0);
            query.push(", ").push_bind(after.0.1).push(")");
        }
        query.push(" ORDER BY e.start_time DESC, e.id DESC LIMIT ").push_bind(page.probe());
        query.push(" OFFSET ").push_bind(page.skip());
        let events = query.build_query_as().fetch_all(&self.pool).await?;
        Ok(page.page(events, total, |event: &WorldEvent| (event.start_time, event.id)))
    }

    /// Changes an event under a lock of its row, so that no other change is lost: lets time pass, has `edit` change it,
    /// and writes what came of it. `None` if there is no such event.
    ///
    /// # Errors
    /// What `edit` says, in which case nothing changes; or the database failed.
    pub async fn edit_event<E: From<StoreError>>(
        &self,
        id: Uuid,
        now: Time,
        edit: impl FnOnce(&mut WorldEvent) -> Result<(), E>,
    ) -> Result<Option<WorldEvent>, E> {
        self.edit_in(self.pool.begin().await.map_err(StoreError::from)?, id, now, edit).await
    }

    /// Like [`edit_event`](Self::edit_event), for giving it other rules. `edit` is told whether they are still as they were
    /// pinned: they are not, if they follow a draft that was replaced since.
    ///
    /// # Errors
    /// As [`edit_event`](Self::edit_event).
    pub async fn edit_rules<E: From<StoreError>>(
        &self,
        id: Uuid,
        now: Time,
        rules: PinnedRules,
        edit: impl FnOnce(&mut WorldEvent, PinnedRules, bool) -> Result<(), E>,
    ) -> Result<Option<WorldEvent>, E> {
        let mut transaction = self.pool.begin().await.map_err(StoreError::from)?;
        // Before the event, as whoever replaces the draft locks the events that follow it afterwards.
        let are_current = hold_draft(&mut transaction, Some(&rules)).await?;
        self.edit_in(transaction, id, now, |event| edit(event, rules, are_current)).await
    }

    async fn edit_in<E: From<StoreError>>(
        &self,
        mut transaction: Transaction<'_, Postgres>,
        id: Uuid,
        now: Time,
        edit: impl FnOnce(&mut WorldEvent) -> Result<(), E>,
    ) -> Result<Option<WorldEvent>, E> {
        let Some(before) = lock(&mut transaction, &[id]).await?.remove(&id) else { return Ok(None) };
        let mut event = before.clone();
        event.advance(now);
        edit(&mut event)?;
        if event != before {
            event.version = before.version + 1;
            event.updated_at = now;
            write(&mut transaction, before.status, &event, now).await?;
            transaction.commit().await.map_err(StoreError::from)?;
        }
        if event.status == before.status {
            return Ok(Some(event));
        }
        Ok(self.event(id).await?)
    }

    /// Events that are announced or active and have rules, one for each module.
    ///
    /// # Errors
    /// The database failed.
    pub async fn events_with_rules(&self) -> Result<Vec<WorldEvent>, StoreError> {
        let query = sqlx::query_as(select_event!(
            "WHERE e.id IN (SELECT DISTINCT ON (rules_digest) id FROM gameplay.world_events \
             WHERE rules_digest IS NOT NULL AND status IN ('ANNOUNCED', 'ACTIVE'))"
        ));
        Ok(query.fetch_all(&self.pool).await?)
    }

    /// Events whose start or end has passed without having been noted, at most `limit`, the longest overdue first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn due_events(&self, now: Time, limit: i64) -> Result<Vec<Uuid>, StoreError> {
        let due = sqlx::query_scalar(
            "SELECT id FROM ( \
               (SELECT id, start_time AS due FROM gameplay.world_events \
                WHERE status = 'ANNOUNCED' AND start_time <= $1 ORDER BY start_time LIMIT $2) \
               UNION ALL \
               (SELECT id, end_time AS due FROM gameplay.world_events \
                WHERE status = 'ACTIVE' AND end_time <= $1 ORDER BY end_time LIMIT $2)) AS overdue \
             ORDER BY due LIMIT $2",
        );
        Ok(due.bind(now).bind(limit).fetch_all(&self.pool).await?)
    }

    /// When the next event starts or ends by itself.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_due(&self) -> Result<Option<Time>, StoreError> {
        let next = sqlx::query_scalar(
            "SELECT least((SELECT min(start_time) FROM gameplay.world_events WHERE status = 'ANNOUNCED'), \
             (SELECT min(end_time) FROM gameplay.world_events WHERE status = 'ACTIVE' AND end_time IS NOT NULL))",
        );
        Ok(next.fetch_one(&self.pool).await?)
    }
}

/// Locks the rows of events against other changes until the transaction ends, in the order of their ids, so that two
/// transactions never wait for each other; then reads them, as nobody can change them any more.
pub(super) async fn lock(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, WorldEvent>, StoreError> {
    sqlx::query("SELECT FROM gameplay.world_events WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE")
        .bind(ids)
        .execute(&mut *connection)
        .await?;
    read(connection, ids).await
}

/// Reads events; nothing is asked of the database for none.
pub(super) async fn read(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, WorldEvent>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let events: Vec<WorldEvent> =
        sqlx::query_as(select_event!("WHERE e.id = ANY ($1)")).bind(ids).fetch_all(connection).await?;
    Ok(events.into_iter().map(|event| (event.id, event)).collect())
}

/// Writes an event's row, new or not, and what comes with a change of status.
pub(super) async fn write(
    connection: &mut PgConnection,
    before: EventStatus,
    event: &WorldEvent,
    now: Time,
) -> Result<(), StoreError> {
    let rules = event.rules.as_ref();
    let capabilities = rules.map(|rules| rules.capabilities.iter().map(ToString::to_string).collect::<Vec<_>>());
    sqlx::query(
        "INSERT INTO gameplay.world_events (id, name, type, region, status, start_time, end_time, description, \
         objectives, rewards, max_participants, difficulty, event_data, rules_plugin, rules_version, rules_digest, \
         rules_capabilities, rules_parameters, rules_goals, player_reports, version, updated_at, created_at, \
         template_id, is_test, rules_channel, rules_draft, rules_on_failure) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
         $23, $24, $25, $26, $27, $28) \
         ON CONFLICT (id) DO UPDATE SET name = $2, type = $3, region = $4, status = $5, start_time = $6, \
         end_time = $7, description = $8, objectives = $9, rewards = $10, max_participants = $11, difficulty = $12, \
         event_data = $13, rules_plugin = $14, rules_version = $15, rules_digest = $16, rules_capabilities = $17, \
         rules_parameters = $18, rules_goals = $19, player_reports = $20, version = $21, updated_at = $22, \
         rules_channel = $26, rules_draft = $27, rules_on_failure = $28",
    )
    .bind(event.id)
    .bind(event.name.as_str())
    .bind(<&'static str>::from(event.kind))
    .bind(event.region.as_str())
    .bind(event.status.as_str())
    .bind(event.start_time)
    .bind(event.end_time)
    .bind(event.description.as_ref().map(|text| text.as_str()))
    .bind(Json(&event.objectives))
    .bind(Json(&event.rewards))
    .bind(event.max_participants.map(|capacity| capacity.get()))
    .bind(<&'static str>::from(event.difficulty))
    .bind(Json(&event.event_data))
    .bind(rules.map(|rules| rules.plugin.as_str()))
    .bind(rules.map(|rules| rules.version.to_string()))
    .bind(rules.map(|rules| rules.digest.as_str()))
    .bind(capabilities)
    .bind(rules.map(|rules| Json(&rules.parameters)))
    .bind(rules.map(|rules| Json(&rules.goals)))
    .bind(event.player_reports)
    .bind(event.version)
    .bind(event.updated_at)
    .bind(event.created_at)
    .bind(event.template_id)
    .bind(event.test)
    .bind(rules.and_then(|rules| rules.channel.as_ref()).map(ChannelName::as_str))
    .bind(rules.and_then(|rules| rules.draft.as_ref()).map(DraftName::as_str))
    .bind(rules.map_or_else(FailurePolicy::default, |rules| rules.on_failure).to_string())
    .execute(&mut *connection)
    .await?;
    if event.status != before {
        note_status(connection, event, now).await?;
    }
    // Times may have moved: whoever sleeps until the next of them looks again.
    sqlx::query("SELECT pg_notify($1, '')").bind(LIFECYCLE_CHANNEL).execute(connection).await?;
    Ok(())
}

async fn note_status(connection: &mut PgConnection, event: &WorldEvent, now: Time) -> Result<(), StoreError> {
    let kind = match event.status {
        EventStatus::Announced => return Ok(()),
        EventStatus::Active => "event.started",
        EventStatus::Completed => "event.completed",
        EventStatus::Cancelled => "event.cancelled",
    };
    if event.status == EventStatus::Completed && event.has_rule(Capability::Rewards) {
        sqlx::query(
            "INSERT INTO gameplay.event_settlements (event_id, state, started_at, updated_at) VALUES ($1, $2, $3, $3)",
        )
        .bind(event.id)
        .bind(<&'static str>::from(SettlementState::Running))
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    outbox::tell(connection, event.id, kind, summary(event), now).await
}

/// What a message about an event says of it.
fn summary(event: &WorldEvent) -> Value {
    json!({
        "eventId": event.id,
        "name": event.name,
        "type": event.kind,
        "region": event.region,
        "startTime": event.start_time,
        "endTime": event.end_time,
        "participants": event.current_participants,
    })
}
