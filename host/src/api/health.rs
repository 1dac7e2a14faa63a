//! Is the server well? Answered from what a probe in the background last saw, so it never waits for the database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use crate::store::Store;

/// How well the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// All is well.
    Healthy,
    /// The database is slow.
    Degraded,
    /// The database does not answer.
    Unhealthy,
}

/// What the health check says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HealthReport {
    /// How well the server is.
    pub status: HealthStatus,
    /// When this was said.
    pub timestamp: DateTime<Utc>,
    /// The server's version.
    pub version: &'static str,
    /// How long it has been up, in whole seconds.
    pub uptime: u64,
}

/// How often the database is asked.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// From how long an answer the database counts as slow. A ping takes well under a millisecond on an idle database; 15 ms
/// is what a whole operation may take at the 99th percentile.
const SLOW: Duration = Duration::from_millis(250);
/// After how long without an answer the database counts as gone.
const GONE: Duration = Duration::from_secs(3);

/// What the probe last saw.
#[derive(Debug)]
pub struct Health {
    started: Instant,
    /// How long the last ping took, in microseconds; [`u64::MAX`] if it failed.
    last_ping_micros: AtomicU64,
}

impl Default for Health {
    fn default() -> Self {
        Self { started: Instant::now(), last_ping_micros: AtomicU64::new(0) }
    }
}

impl Health {
    /// How well the server is, by the last probe.
    pub fn status(&self) -> HealthStatus {
        let ping = self.last_ping_micros.load(Ordering::Relaxed);
        if ping == u64::MAX {
            HealthStatus::Unhealthy
        } else if Duration::from_micros(ping) > SLOW {
            HealthStatus::Degraded
        } else {
            HealthStatus::Healthy
        }
    }

    /// Asks the database again and again, for as long as the server runs.
    pub async fn probe(&self, store: Store) {
        loop {
            let asked = Instant::now();
            let answer = tokio::time::timeout(GONE, store.ping()).await;
            let ping = match answer {
                Ok(Ok(())) => u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX - 1),
                Ok(Err(_)) | Err(_) => u64::MAX,
            };
            self.last_ping_micros.store(ping, Ordering::Relaxed);
            tokio::time::sleep(PROBE_EVERY).await;
        }
    }
}

/// Health check
///
/// Needs no token. `degraded` when the database is slow, `unhealthy` (503) when it does not answer.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "healthCheck",
    tag = "health",
    security(()),
    responses(
        (status = 200, description = "The server works", body = HealthReport),
        (status = 503, description = "The database does not answer", body = HealthReport),
    )
)]
pub async fn health_check(State(app): State<App>) -> (StatusCode, Json<HealthReport>) {
    let report = HealthReport {
        status: app.health.status(),
        timestamp: app.clock.now(),
        version: env!("CARGO_PKG_VERSION"),
        uptime: app.health.started.elapsed().as_secs(),
    };
    let code = match report.status {
        HealthStatus::Healthy | HealthStatus::Degraded => StatusCode::OK,
        HealthStatus::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
    };
    (code, Json(report))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_database_degrades_and_a_silent_one_is_gone() {
        let health = Health::default();
        for (ping, status) in [
            (0, HealthStatus::Healthy),
            (250_000, HealthStatus::Healthy),
            (250_001, HealthStatus::Degraded),
            (2_999_999, HealthStatus::Degraded),
            (u64::MAX, HealthStatus::Unhealthy),
        ] {
            health.last_ping_micros.store(ping, Ordering::Relaxed);
            assert_eq!(health.status(), status, "{ping} us");
        }
    }
}
