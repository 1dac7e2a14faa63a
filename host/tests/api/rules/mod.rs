//! `/plugins`, and what rules do to those who call.

mod admission;
mod hostile;
mod parameters;
mod pinning;
mod publish;
