//! `/plugins`, and what rules do to those who call.

mod admission;
mod balance;
mod channels;
mod drafts;
mod evaluate;
mod failing;
mod hostile;
mod parameters;
mod pinning;
mod publish;
mod replacing;
mod signing;
mod usage;
