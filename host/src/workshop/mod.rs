//! The designer's tools: from a plugin's source to bytes that are tested and published.
//!
//! A plugin is [made](new), [found](locate), [built](build), [examined](examine) in the sandbox that a server has, [taken
//! apart](anatomy), [tried](trial) with the [cases](case) that lie beside it, whose answers can be [accepted](accept),
//! [reported on](report), for machines [too](junit), [signed](signing) and [published](server::publish). While it is worked on, it is
//! [watched](watch) and [profiled](profile). A whole event can be [simulated](simulate) with it, and what every rule should
//! hold to be [checked](check), with what a [scenario] says.

pub mod accept;
pub mod anatomy;
pub mod build;
pub mod case;
pub mod check;
pub mod examine;
pub mod junit;
pub mod locate;
pub mod new;
pub mod parameters;
pub mod profile;
pub mod project;
pub mod report;
pub mod scenario;
pub mod server;
pub mod signing;
pub mod simulate;
pub mod standings;
pub mod trial;
pub mod watch;
