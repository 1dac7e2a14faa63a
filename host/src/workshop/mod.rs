//! The designer's tools: from a plugin's source to bytes that are tested and published.
//!
//! A plugin is [found](locate), [built](build), [examined](examine) in the sandbox that a server has, [taken
//! apart](anatomy), [tried](trial) with the [cases](case) that lie beside it, whose answers can be [accepted](accept),
//! [reported on](report), for machines [too](junit), and [published](publish).

pub mod accept;
pub mod anatomy;
pub mod build;
pub mod case;
pub mod examine;
pub mod junit;
pub mod locate;
pub mod project;
pub mod publish;
pub mod report;
pub mod trial;
