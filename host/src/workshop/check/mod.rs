//! `world-events plugin check`: properties that every rule should have, tried on generated inputs.
//!
//! What is generated follows the plugin's own [schema] of its parameters and what is [declared] beside it: whatever a
//! server lets through, and what the game sends. From such [values] and [whole] numbers, a [scene] is made: a player with a history of
//! reports, or a field of players at the end of an event. The [bench] calls the rule, and each of the [properties] says what
//! must hold. What does not is made small and [reported](report) as a case.

pub mod bench;
pub mod declared;
pub mod properties;
pub mod report;
pub mod runner;
pub mod scene;
pub mod schema;
pub mod values;
pub mod whole;

pub use self::declared::Declared;
pub use self::runner::{CheckError, Checked, check};
