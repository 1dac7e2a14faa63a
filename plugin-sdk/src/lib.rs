//! Write the rules of World Events in Rust.
//!
//! A plugin is a crate that decides one or more of three things about an event: who may join ([`Eligibility`]), what
//! actions are worth ([`Scoring`]) and who is paid what at the end ([`Rewards`]). It implements [`Plugin`] and a trait
//! for each thing that it decides, and names those in [`export!`]. This is a whole one:
//!
//! ```
//! use world_events_plugin_sdk::prelude::*;
//!
//! /// Lanterns are worth ten points each, up to ten at a time.
//! pub struct LanternNight;
//!
//! impl Plugin for LanternNight {
//!     type Parameters = NoParameters;
//! }
//!
//! impl Scoring for LanternNight {
//!     fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {
//!         let mut outcome = Outcome::from(&card.participation);
//!         for lantern in card.report.actions.iter().filter(|action| action.kind == "lantern") {
//!             outcome.add_score(lantern.amount.clamp(0, 10) * 10);
//!         }
//!         Ok(outcome)
//!     }
//! }
//!
//! world_events_plugin_sdk::export!(LanternNight: scoring);
//! # fn main() {}
//! ```
//!
//! The sections below make more of it: [parameters](#parameters), [joining](#joining), [scoring](#scoring),
//! [counters](#counters), [payout](#payout), [testing](#testing), and [what a plugin's crate
//! needs](#what-a-plugins-crate-needs). What is not decided is the server's: without `Eligibility` everybody may join
//! while there is room, without `Scoring` trusted reports set the score, without `Rewards` the event's own rewards are
//! paid to whoever completes it.
//!
//! # Parameters
//!
//! What a designer can set, in a template or an event, is a type of the rule's: [`Plugin::Parameters`]. Its JSON Schema
//! is in the plugin's manifest, and the server checks parameters by it before any call.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//! use world_events_plugin_sdk::prelude::*;
//! use world_events_plugin_sdk::{json, testing};
//!
//! #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
//! #[serde(default, rename_all = "camelCase", deny_unknown_fields)]
//! pub struct Parameters {
//!     /// What a lantern is worth.
//!     #[schemars(range(min = 1, max = 1_000))]
//!     lantern_points: i64,
//!     /// What everybody who has lit one is paid.
//!     prizes: Vec<Prize>,
//! }
//!
//! impl Default for Parameters {
//!     fn default() -> Self {
//!         Self { lantern_points: 10, prizes: vec![Prize::xp(50)] }
//!     }
//! }
//!
//! pub struct LanternNight;
//!
//! impl Plugin for LanternNight {
//!     type Parameters = Parameters;
//! }
//!
//! let parameters = testing::parameters::<LanternNight>(json!({"lanternPoints": 25}));
//! assert_eq!(parameters, Parameters { lantern_points: 25, ..Parameters::default() });
//! ```
//!
//! # Joining
//!
//! [`Eligibility::check`] sees what game servers have told about the player ([`Player::attribute`]) and answers with an
//! [`Admission`], or with a [`Refusal`] that tells the player why. `?` refuses what does not read as it should.
//!
//! ```
//! use world_events_plugin_sdk::prelude::*;
//! # struct LanternNight;
//! # impl Plugin for LanternNight {
//! #     type Parameters = NoParameters;
//! # }
//!
//! impl Eligibility for LanternNight {
//!     fn check(application: &Application, _: &NoParameters) -> Result<Admission, Refusal> {
//!         match application.player.attribute::<u32>("level")? {
//!             Some(level) if level >= 5 => Ok(Admission::default()),
//!             _ => Err(Refusal::new("TOO_YOUNG", "come back at level 5")),
//!         }
//!     }
//! }
//! ```
//!
//! # Scoring
//!
//! [`Scoring::score`] turns a report into an [`Outcome`]: score, achievements, completion, and the rule's own notes
//! about the player, which it finds again in [`Participation::progress`] at the next report. A refusal refuses the
//! report as a whole.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use world_events_plugin_sdk::json;
//! use world_events_plugin_sdk::prelude::*;
//! # struct LanternNight;
//! # impl Plugin for LanternNight {
//! #     type Parameters = NoParameters;
//! # }
//!
//! #[derive(Default, Serialize, Deserialize)]
//! #[serde(default)]
//! struct Progress {
//!     lanterns: i64,
//! }
//!
//! impl Scoring for LanternNight {
//!     fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {
//!         let mut progress: Progress = card.participation.progress()?;
//!         let mut outcome = Outcome::from(&card.participation);
//!         for action in &card.report.actions {
//!             if action.kind != "lantern" || action.amount < 0 {
//!                 return Err(Refusal::new("UNKNOWN_ACTION", format!("{} is nothing that counts", action.kind)));
//!             }
//!             let lit = action.amount.min(10);
//!             progress.lanterns += lit;
//!             outcome.add_score(lit * 10).count("lanterns", lit);
//!         }
//!         if progress.lanterns >= 100 && !outcome.completed {
//!             outcome.completed = true;
//!             outcome.achieve(&json!({"id": "lamplighter"}));
//!         }
//!         outcome.set_progress(&progress);
//!         Ok(outcome)
//!     }
//! }
//! ```
//!
//! # Counters
//!
//! A counter is a number that all players of an event move together, such as the `lanterns` above. A rule adds to it
//! with [`Outcome::count`], or for as long as a player is in with [`Admission::counting`], and reads it with
//! [`Event::counter`]. The server adds up what comes at once, so a call sees a recent total, and the payout the final
//! one. A goal of the event on a counter (`{"counter": "lanterns", "target": 10000, "endsEvent": true}`) is what
//! players work towards.
//!
//! # Payout
//!
//! When the event is over, [`Rewards::payout`] sees the final standings page by page and returns a [`Grant`] for each
//! reward. [`Grants`] keeps them as the server asks, [`Prize`] is a reward in the parameters.
//!
//! ```
//! use world_events_plugin_sdk::prelude::*;
//! # struct LanternNight;
//! # impl Plugin for LanternNight {
//! #     type Parameters = NoParameters;
//! # }
//!
//! impl Rewards for LanternNight {
//!     fn payout(page: &Page, _: &NoParameters) -> Vec<Grant> {
//!         let is_bright = page.event.counter("lanterns") >= 10_000;
//!         let mut grants = Grants::default();
//!         for row in page.rows.iter().filter(|row| row.participation.score > 0) {
//!             grants.add(Grant::xp(row.player_id(), 50).because("lit a lantern"));
//!             if is_bright {
//!                 grants.add(Grant::xp(row.player_id(), 100).because("the night was bright"));
//!             }
//!         }
//!         grants.into()
//!     }
//! }
//! ```
//!
//! # Testing
//!
//! A rule is an ordinary function, and [`testing`] makes what it is called with, so that `cargo test` tries it on any
//! machine:
//!
//! ```
//! use world_events_plugin_sdk::prelude::*;
//! use world_events_plugin_sdk::testing;
//! # struct LanternNight;
//! # impl Plugin for LanternNight {
//! #     type Parameters = NoParameters;
//! # }
//! # impl Scoring for LanternNight {
//! #     fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {
//! #         let mut outcome = Outcome::from(&card.participation);
//! #         for lantern in card.report.actions.iter().filter(|action| action.kind == "lantern") {
//! #             outcome.add_score(lantern.amount.clamp(0, 10) * 10);
//! #         }
//! #         Ok(outcome)
//! #     }
//! # }
//!
//! let card = testing::scorecard(testing::participation("p1").with_score(30), [("lantern", 99)]);
//! assert_eq!(LanternNight::score(&card, &NoParameters {}).unwrap().score, 130);
//! ```
//!
//! `world-events plugin test` tries the WebAssembly in the server's own sandbox, with the cases beside the plugin. It
//! reports what a call costs as well.
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
mod records;
mod refusal;
mod schema;

#[cfg(any(target_arch = "wasm32", test))]
mod allocator;

pub mod testing;

#[doc(hidden)]
pub mod bindings;

#[doc(hidden)]
pub use export::__private;

pub use admission::Admission;
pub use counters::MAX_COUNTER;
pub use grant::{Grants, MAX_AMOUNT, Prize};
pub use json::Malformed;
pub use outcome::{MAX_SCORE, Outcome};
pub use plugin::{Eligibility, NoParameters, Plugin, Rewards, Scoring};
pub use random::{random_range, random_u64};
pub use records::{
    Action, Application, Counter, Difficulty, Event, EventType, Grant, Page, ParticipantStatus, Participation, Player,
    Refusal, Report, RewardType, Scorecard, Standing, Timestamp,
};
/// Makes a [`serde_json::Value`] from a literal: for [`testing`], and for achievements.
///
/// ```
/// use world_events_plugin_sdk::{Outcome, json, testing};
///
/// let place = 3;
/// let mut outcome = Outcome::from(&testing::participation("p1"));
/// outcome.achieve(&json!({"id": "podium", "place": place}));
/// assert_eq!(outcome.achievements::<serde_json::Value>().unwrap(), [json!({"id": "podium", "place": 3})]);
/// ```
pub use serde_json::json;

/// What nearly every plugin uses.
///
/// ```
/// use world_events_plugin_sdk::prelude::*;
///
/// fn no(reason: &str) -> Result<Admission, Refusal> {
///     Err(Refusal::new("CLOSED", reason))
/// }
///
/// assert!(no("for today").is_err());
/// ```
pub mod prelude {
    pub use crate::{
        Action, Admission, Application, Eligibility, Event, Grant, Grants, Malformed, NoParameters, Outcome, Page,
        Participation, Player, Plugin, Prize, Refusal, RewardType, Rewards, Scorecard, Scoring, Standing, log,
    };
}
