//! The designer's tools: from a plugin's source to bytes that are tested and published.
//!
//! A plugin is [found](locate), [built](build), [examined](examine) in the sandbox that a server has, [tried](trial) with
//! the [cases](case) that lie beside it, [reported on](report), and [published](publish).

pub mod build;
pub mod case;
pub mod examine;
pub mod locate;
pub mod publish;
pub mod report;
pub mod trial;
