//! PostgreSQL: the pool, the embedded server, one file per aggregate.

pub mod embedded;
