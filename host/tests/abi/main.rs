//! The rules ABI: what `wit/` may change, that what was built before keeps running, and the reference made from it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that breaks off has failed")]

mod compare;
mod comparison;
#[path = "../rules/fixture.rs"]
#[allow(dead_code, reason = "shared with the tests of the sandbox, which use all of it")]
mod fixture;
#[path = "../wat/guest.rs"]
#[allow(dead_code, reason = "shared with the tests of the sandbox, which use all of it")]
mod guest;
mod package;
mod plugin;
mod reference;
mod released;
