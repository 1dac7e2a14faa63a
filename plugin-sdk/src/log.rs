//! The rule's log, which designers and operators can read.
//!
//! A call may log a bounded number of bytes (8 KB unless the operator says otherwise); what goes past that is dropped.
//! In unit tests, lines go to standard error.
//!
//! ```
//! use world_events_plugin_sdk::log;
//!
//! log::debug("a fixed line costs nothing to make");
//! log::warn(format!("{} unknown actions", 3));
//! ```

use crate::bindings::manifest::world_events::rules::host::Level;

/// Of use only while a rule is written.
///
/// ```
/// use world_events_plugin_sdk::{Scorecard, log, testing};
///
/// fn trace(card: &Scorecard) {
///     for action in &card.report.actions {
///         log::debug(format!("{} of {}: {}", action.kind, action.amount, action.attributes));
///     }
/// }
///
/// trace(&testing::scorecard(testing::participation("p1"), [("hit", 70)]));
/// ```
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message.as_ref());
}

/// Worth knowing.
///
/// ```
/// use world_events_plugin_sdk::{log, testing};
///
/// let event = testing::event().with_counter("boss-damage", 9_900);
/// if event.counter("boss-damage") >= 9_000 {
///     log::info("the boss has less than a tenth of its health left");
/// }
/// ```
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message.as_ref());
}

/// Somebody should look at this some time.
///
/// ```
/// use world_events_plugin_sdk::{Action, log};
///
/// /// What is above the cap does not count, and is worth a look if it happens often.
/// fn capped(hit: &Action) -> i64 {
///     if hit.amount > 10_000 {
///         log::warn(format!("a hit of {} was cut off", hit.amount));
///     }
///     hit.amount.clamp(0, 10_000)
/// }
///
/// assert_eq!(capped(&Action::from(("hit", 12_000))), 10_000);
/// ```
pub fn warn(message: impl AsRef<str>) {
    write(Level::Warn, message.as_ref());
}

/// Somebody should look at this now.
///
/// ```
/// use world_events_plugin_sdk::{Standing, log};
///
/// /// Who has notes that the rule did not write is paid nothing, rather than keeping everybody waiting.
/// fn wins(row: &Standing) -> u64 {
///     row.participation.progress::<Vec<u64>>().map_or_else(
///         |malformed| {
///             log::error(format!("{} is paid nothing: {malformed}", row.player_id()));
///             0
///         },
///         |wins| wins.iter().sum(),
///     )
/// }
/// # let participation = world_events_plugin_sdk::testing::participation("p1");
/// # assert_eq!(wins(&Standing { rank: 1, participation }), 0);
/// ```
pub fn error(message: impl AsRef<str>) {
    write(Level::Error, message.as_ref());
}

#[cfg(target_arch = "wasm32")]
fn write(level: Level, message: &str) {
    crate::bindings::manifest::world_events::rules::host::log(level, message);
}

#[cfg(not(target_arch = "wasm32"))]
fn write(level: Level, message: &str) {
    let level = match level {
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    eprintln!("{level} {message}");
}
