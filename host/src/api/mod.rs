//! The REST API: one file per resource, extractors, errors, OpenAPI.

mod analytics;
mod caller;
mod conditional;
mod docs;
mod error;
mod events;
mod extract;
mod health;
mod leaderboard;
mod middleware;
mod paging;
mod participants;
mod players;
mod plugins;
mod regions;
mod rewards;
mod rule_error;
mod templates;
mod visibility;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::caller::{Permission, Scope};
pub use self::health::{Health, HealthStatus};
pub use self::participants::{Turns, Turnstile};
use crate::auth::{Keys, Signers};
use crate::boards::Boards;
use crate::clock::Clock;
use crate::lifecycle::Lifecycle;
use crate::live::Live;
use crate::referee::Referee;
use crate::store::Store;
use crate::telemetry::Metrics;

/// What handlers work with. Cheap to clone, as that is done several times for each request.
#[derive(Clone)]
pub struct App(Arc<Services>);

/// The parts that handlers work with.
pub struct Services {
    /// What is kept.
    pub store: Store,
    /// What is held in memory, and the way by which many write at once.
    pub live: Live,
    /// Asks the rules.
    pub referee: Referee,
    /// Tells the time.
    pub clock: Clock,
    /// Tells who is calling.
    pub keys: Arc<Keys>,
    /// Tells whose signatures of plugins are trusted; `None`: plugins need none.
    pub signers: Option<Arc<Signers>>,
    /// Tells how well the server is.
    pub health: Arc<Health>,
    /// Wakes those who watch the time.
    pub lifecycle: Lifecycle,
    /// Who stands where.
    pub boards: Boards,
    /// Lets reports about one player take turns.
    pub turns: Turns,
    /// Lets those who join an event come in one after the other, where the rule counts them.
    pub turnstile: Turnstile,
    /// The largest JSON body, in bytes; where a route has no limit of its own.
    pub max_body_bytes: usize,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self(Arc::new(services))
    }
}

impl Deref for App {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

/// How the API is served.
#[derive(Debug, Clone)]
pub struct ApiOptions {
    /// What all paths begin with; empty for the root.
    pub path_prefix: String,
    /// The largest plugin, in bytes.
    pub max_plugin_bytes: usize,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long a request may take that takes a plugin in, which is compiled meanwhile.
    pub upload_timeout: Duration,
}

/// A message for a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// One sentence.
    message: String,
}

impl Message {
    fn new(message: String) -> Self {
        Self { message }
    }
}

/// All operations.
fn operations(max_plugin_bytes: usize) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::health_check))
        .merge(events::router())
        .merge(participants::router())
        .merge(leaderboard::router())
        .merge(rewards::router())
        .merge(templates::router())
        .merge(analytics::router())
        .merge(plugins::router(max_plugin_bytes))
        .merge(players::router())
        .merge(regions::router())
}

/// The API, ready to be served.
pub fn router(app: App, options: &ApiOptions, metrics: Arc<Metrics>) -> Router {
    let (operations, document) = operations(options.max_plugin_bytes).split_for_parts();
    let document = docs::complete(document, &options.path_prefix);
    let routes = operations.with_state(app).merge(docs::document(document));
    let routes = match options.path_prefix.as_str() {
        "" => routes,
        prefix => Router::new().nest(prefix, routes),
    };
    middleware::around(routes.merge(docs::pages(&options.path_prefix)), options, metrics)
}

/// The OpenAPI document, for a server at the root.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    docs::complete(operations(0).into_openapi(), "")
}
