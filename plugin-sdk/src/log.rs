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
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message.as_ref());
}

/// Worth knowing.
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message.as_ref());
}

/// Somebody should look at this some time.
pub fn warn(message: impl AsRef<str>) {
    write(Level::Warn, message.as_ref());
}

/// Somebody should look at this now.
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
