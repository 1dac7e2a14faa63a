//! Points in time as PostgreSQL and the rules can hold them.

use chrono::{DateTime, SubsecRound, Utc};

/// A point in time, UTC.
pub type Time = DateTime<Utc>;

/// Why a time was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must lie between 1970-01-01T00:00:00Z and 9999-12-31T23:59:59Z")]
pub struct TimeError;

/// The time at the precision of PostgreSQL's `timestamptz` (microseconds), so that what is stored is read back equal.
///
/// # Errors
/// Times before 1970 (rules count unsigned milliseconds) or after 9999 (RFC 3339 has four digits for the year).
pub fn storable(time: Time) -> Result<Time, TimeError> {
    const END_OF_9999: i64 = 253_402_300_799;
    if (0..=END_OF_9999).contains(&time.timestamp()) { Ok(time.trunc_subsecs(6)) } else { Err(TimeError) }
}

/// Unix milliseconds, as rules see times.
#[must_use]
pub fn unix_millis(time: Time) -> u64 {
    u64::try_from(time.timestamp_millis()).unwrap_or(0)
}
