//! `/plugins`: one file for each kind of thing.

mod channels;
mod drafts;
mod evaluate;
mod list;
mod publish;
mod version;

use axum::Extension;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::App;
use super::extract::BodyLimit;

/// The routes of plugins.
pub fn router(max_plugin_bytes: usize) -> OpenApiRouter<App> {
    // A little more than the limit, so that what is just too large is refused with words about plugins.
    let limit = Extension(BodyLimit(max_plugin_bytes.saturating_mul(2)));
    OpenApiRouter::new()
        .routes(routes!(list::list_plugins))
        .routes(routes!(list::get_plugin))
        .routes(routes!(publish::publish_plugin_version).layer(limit))
        .routes(routes!(version::get_plugin_version))
        .routes(routes!(version::download_plugin_version))
        .routes(routes!(version::yank_plugin_version))
        .routes(routes!(evaluate::evaluate_plugin_version))
        .routes(routes!(evaluate::evaluate_draft))
        .routes(routes!(channels::list_channels))
        .routes(routes!(channels::get_channel, channels::put_channel))
        .routes(routes!(channels::rollback_channel))
        .routes(routes!(drafts::list_drafts))
        .routes(routes!(drafts::put_draft).layer(limit))
        .routes(routes!(drafts::get_draft, drafts::delete_draft))
}
