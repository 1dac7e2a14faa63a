//! The pages in `docs/` that tell what the code has: they are held against it, so that they cannot drift.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that breaks off has failed")]

mod amount;
mod errors;
mod limits;
mod page;
mod source;
