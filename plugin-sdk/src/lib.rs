//! Write the rules of World Events in Rust.
//!
//! A plugin is a crate that decides one or more of three things about an event: who may join ([`Eligibility`]), what
//! actions are worth ([`Scoring`]) and who is paid what at the end ([`Rewards`]). It implements [`Plugin`] and a trait
//! for each thing that it decides, and names those in [`export!`]:
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use world_events_plugin_sdk::prelude::*;
//!
//! /// What a designer can set, in a template or an event.
//! #[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
//! #[serde(default, rename_all = "camelCase", deny_unknown_fields)]
//! pub struct Parameters {
//!     /// The lowest level that may join.
//!     #[schemars(range(max = 1000))]
//!     min_level: u32,
//! }
//!
//! pub struct LevelGate;
//!
//! impl Plugin for LevelGate {
//!     type Parameters = Parameters;
//! }
//!
//! impl Eligibility for LevelGate {
//!     fn check(application: &Application, parameters: &Parameters) -> Result<Admission, Refusal> {
//!         match application.player.attribute::<u32>("level")? {
//!             Some(level) if level >= parameters.min_level => Ok(Admission::default()),
//!             Some(level) => Err(Refusal::new("LEVEL_TOO_LOW", format!("level {level} is not enough"))),
//!             None => Err(Refusal::new("LEVEL_MISSING", "the player has no level")),
//!         }
//!     }
//! }
//!
//! world_events_plugin_sdk::export!(LevelGate: eligibility);
//!
//! // A rule is an ordinary function: unit tests call it.
//! # fn main() {
//! use world_events_plugin_sdk::{json, testing};
//! let novice = testing::application(testing::player("p1").with_attributes(json!({"level": 3})));
//! let refusal = LevelGate::check(&novice, &Parameters { min_level: 10 }).unwrap_err();
//! assert_eq!(refusal, Refusal::new("LEVEL_TOO_LOW", "level 3 is not enough"));
//! # }
//! ```
//!
//! # What a plugin's crate needs
//!
//! - `crate-type = ["cdylib", "rlib"]`: the first is the plugin, the second is for integration tests.
//! - The target `wasm32-unknown-unknown`, and a profile that makes fast modules (`opt-level = 3`, `lto = true`,
//!   `codegen-units = 1`, `panic = "abort"`). `overflow-checks = true` makes a rule that miscounts fail rather than pay;
//!   `strip = "debuginfo"` leaves the names of functions in, for backtraces.
//! - In `.cargo/config.toml`, `rustflags = ["-Clink-arg=-zstack-size=65536"]` for that target. The default stack of
//!   1 MiB works as well, but the server has to clear it for every call.
//!
//! # What a call is
//!
//! Every call runs in a sandbox of its own, which is thrown away afterwards: there is no state but what the server
//! hands in and takes back (progress, counters), no clock but the times in the arguments, and no randomness but
//! [`random_u64`], which repeats itself for the same call. A panic ends the call as failed: nothing is applied, and
//! the message is in the rule's [log](mod@log).
//!
//! The crate brings a global allocator for WebAssembly, so a plugin cannot have one of its own.

mod admission;
mod counters;
mod event;
mod export;
mod grant;
mod json;
pub mod log;
mod outcome;
mod participation;
mod plugin;
mod random;
mod refusal;

#[cfg(any(target_arch = "wasm32", test))]
mod allocator;

pub mod testing;

#[doc(hidden)]
pub mod bindings;

#[doc(hidden)]
pub use export::__private;

pub use admission::Admission;
pub use bindings::eligibility::exports::world_events::rules::eligibility::Application;
pub use bindings::manifest::world_events::rules::types::{
    Counter, Difficulty, Event, EventType, ParticipantStatus, Participation, Player, Refusal, RewardType, Timestamp,
};
pub use bindings::rewards::exports::world_events::rules::rewards::{Grant, Page, Standing};
pub use bindings::scoring::exports::world_events::rules::scoring::{Action, Report, Scorecard};
pub use counters::MAX_COUNTER;
pub use grant::{Grants, MAX_AMOUNT, Prize};
pub use json::Malformed;
pub use outcome::{MAX_SCORE, Outcome};
pub use plugin::{Eligibility, NoParameters, Plugin, Rewards, Scoring};
pub use random::{random_range, random_u64};
/// Makes a [`serde_json::Value`] from a literal: for [`testing`], and for achievements.
pub use serde_json::json;

/// What nearly every plugin uses: `use world_events_plugin_sdk::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Action, Admission, Application, Eligibility, Event, Grant, Grants, Malformed, NoParameters, Outcome, Page,
        Participation, Player, Plugin, Prize, Refusal, RewardType, Rewards, Scorecard, Scoring, Standing, log,
    };
}
