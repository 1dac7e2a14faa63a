//! Who uses which version of a plugin, and what its calls came to.

use std::collections::BTreeMap;

use semver::Version;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::row::{json, text};
use super::{Store, StoreError};
use crate::model::plugin::{CallSum, CallTotals, EventCounts, EventUse, PluginUses, TemplateUse};
use crate::model::rules::RulesReference;
use crate::model::text::PluginName;

/// How many events of each version are named.
const NAMED: i64 = 20;

impl Store {
    /// Adds calls to the sums.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_calls(&self, calls: &[CallSum]) -> Result<(), StoreError> {
        // In the order of the key, so that two servers never wait for each other; each key once, as the statement asks.
        let mut sums: BTreeMap<[&str; 4], [u64; 3]> = BTreeMap::new();
        for sum in calls {
            let Some((name, version)) = sum.plugin.split_once('@') else { continue };
            let of_key = sums.entry([name, version, sum.capability.as_str(), sum.outcome]).or_default();
            for (total, more) in of_key.iter_mut().zip([sum.calls, sum.fuel, sum.micros]) {
                *total = total.saturating_add(more);
            }
        }
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        sqlx::query(
            "INSERT INTO gameplay.plugin_calls AS c (plugin, version, capability, outcome, calls, fuel, micros) \
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[]) \
             ON CONFLICT (plugin, version, capability, outcome) DO UPDATE \
             SET calls = c.calls + excluded.calls, fuel = c.fuel + excluded.fuel, micros = c.micros + excluded.micros",
        )
        .bind(sums.keys().map(|key| key[0]).collect::<Vec<_>>())
        .bind(sums.keys().map(|key| key[1]).collect::<Vec<_>>())
        .bind(sums.keys().map(|key| key[2]).collect::<Vec<_>>())
        .bind(sums.keys().map(|key| key[3]).collect::<Vec<_>>())
        .bind(sums.values().map(|sum| whole(sum[0])).collect::<Vec<_>>())
        .bind(sums.values().map(|sum| whole(sum[1])).collect::<Vec<_>>())
        .bind(sums.values().map(|sum| whole(sum[2])).collect::<Vec<_>>())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Who uses a plugin, and what its calls came to. Test events that follow a draft are not of a version.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plugin_uses(&self, plugin: &PluginName) -> Result<PluginUses, StoreError> {
        Ok(PluginUses {
            templates: self.templates_with(plugin).await?,
            events: self.events_with(plugin).await?,
            calls: self.calls_of(plugin).await?,
        })
    }

    async fn templates_with(&self, plugin: &PluginName) -> Result<Vec<TemplateUse>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, is_active, rules FROM gameplay.event_templates \
             WHERE rules IS NOT NULL AND rules ->> 'plugin' = $1 ORDER BY created_at, id",
        );
        let template = |row: &PgRow| {
            let RulesReference { version, channel, draft, .. } = json(row, "rules")?;
            let (id, is_active) = (row.try_get("id")?, row.try_get("is_active")?);
            Ok(TemplateUse { id, name: text(row, "name")?, is_active, version, channel, draft })
        };
        let rows = rows.bind(plugin.as_str()).fetch_all(&self.pool).await?;
        Ok(rows.iter().map(template).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn events_with(&self, plugin: &PluginName) -> Result<BTreeMap<Version, EventCounts>, StoreError> {
        let counts = sqlx::query(
            "SELECT rules_version, status, count(*) AS events FROM gameplay.world_events \
             WHERE rules_plugin = $1 AND rules_draft IS NULL GROUP BY rules_version, status",
        );
        let mut events: BTreeMap<Version, EventCounts> = BTreeMap::new();
        for row in counts.bind(plugin.as_str()).fetch_all(&self.pool).await? {
            let of_version = events.entry(text(&row, "rules_version")?).or_default();
            of_version.by_status.insert(text(&row, "status")?, row.try_get("events")?);
        }
        let named = sqlx::query(
            "SELECT id, name, status, rules_version FROM ( \
               SELECT id, name, status, rules_version, \
                 row_number() OVER (PARTITION BY rules_version ORDER BY start_time DESC, id DESC) AS place \
               FROM gameplay.world_events \
               WHERE rules_plugin = $1 AND rules_draft IS NULL AND status IN ('ANNOUNCED', 'ACTIVE')) AS open \
             WHERE place <= $2 ORDER BY rules_version, place",
        );
        for row in named.bind(plugin.as_str()).bind(NAMED).fetch_all(&self.pool).await? {
            let event = EventUse { id: row.try_get("id")?, name: text(&row, "name")?, status: text(&row, "status")? };
            events.entry(text(&row, "rules_version")?).or_default().open.push(event);
        }
        Ok(events)
    }

    async fn calls_of(&self, plugin: &PluginName) -> Result<BTreeMap<Version, Vec<CallTotals>>, StoreError> {
        let rows = sqlx::query(
            "SELECT version, capability, sum(calls)::bigint AS calls, \
               coalesce(sum(calls) FILTER (WHERE outcome = 'REFUSED'), 0)::bigint AS refused, \
               least(sum(fuel), 9007199254740991)::bigint AS fuel, \
               least(sum(micros), 9007199254740991)::bigint AS micros, \
               coalesce(jsonb_object_agg(outcome, calls) FILTER (WHERE outcome NOT IN ('OK', 'REFUSED')), '{}') AS failures \
             FROM gameplay.plugin_calls WHERE plugin = $1 GROUP BY version, capability ORDER BY capability",
        );
        let mut calls: BTreeMap<Version, Vec<CallTotals>> = BTreeMap::new();
        for row in rows.bind(plugin.as_str()).fetch_all(&self.pool).await? {
            let totals = CallTotals {
                capability: text(&row, "capability")?,
                calls: row.try_get("calls")?,
                refused: row.try_get("refused")?,
                failures: json(&row, "failures")?,
                fuel: row.try_get("fuel")?,
                time_micros: row.try_get("micros")?,
            };
            calls.entry(text(&row, "version")?).or_default().push(totals);
        }
        Ok(calls)
    }
}
