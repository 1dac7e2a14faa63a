//! `world-events plugin simulate`: a whole event in memory, by a clock of its own, with players as a file describes them.
//!
//! The [population] says who comes and what they do; the [crowd] draws each player from it, the [agenda] says who does
//! something next, the [judge] asks the rule, and the [event] makes of the answers what a server does. When it is over,
//! everybody is paid on [payday]. The [ledger] counts, and the [report] tells: in the [terminal](text), as JSON, and in
//! [pictures](svg).
//!
//! Chance begins with the seed, and nothing depends on the clock of the machine or on the number of its cores: what
//! several threads decide at once, they decide from the same state, and it takes effect in the order of time.

pub mod agenda;
pub mod crowd;
pub mod event;
pub mod histogram;
pub mod judge;
pub mod ledger;
pub mod payday;
pub mod population;
pub mod report;
pub mod run;
pub mod svg;
pub mod text;

pub use self::population::Population;
pub use self::report::Report;
pub use self::run::{Plan, Simulated, SimulationError, run};
