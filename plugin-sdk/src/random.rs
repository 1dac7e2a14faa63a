//! Chance that repeats itself.

use std::ops::RangeInclusive;

/// The next number of a pseudo-random sequence that depends on the call's seed alone, so that the same call gives the
/// same answer again.
///
/// In unit tests, the sequence is [`testing::seed`](crate::testing::seed)'s, and differs from the server's.
///
/// ```
/// use world_events_plugin_sdk::{random_u64, testing};
///
/// testing::seed(7);
/// let coin = random_u64() % 2 == 0;
/// testing::seed(7);
/// assert_eq!(random_u64() % 2 == 0, coin);
/// ```
#[must_use]
pub fn random_u64() -> u64 {
    source::next()
}

/// A number of the range, each as likely as the others.
///
/// ```
/// use world_events_plugin_sdk::random_range;
///
/// let die = random_range(1..=6);
/// assert!((1..=6).contains(&die));
/// ```
///
/// # Panics
///
/// If the range is empty.
#[must_use]
#[track_caller]
pub fn random_range(range: RangeInclusive<u64>) -> u64 {
    let (low, high) = range.into_inner();
    assert!(low <= high, "no number can be chosen from the empty range {low}..={high}");
    let Some(count) = (high - low).checked_add(1) else {
        return random_u64();
    };
    // The numbers below 2^64 do not divide evenly among `count`; those of the last, incomplete round are not used.
    let incomplete = (u64::MAX % count + 1) % count;
    loop {
        let number = random_u64();
        if number <= u64::MAX - incomplete {
            return low + number % count;
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod source {
    pub(super) fn next() -> u64 {
        crate::bindings::manifest::world_events::rules::host::random_u64()
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod source {
    use std::cell::Cell;

    thread_local! {
        static STATE: Cell<u64> = const { Cell::new(0) };
    }

    pub(crate) fn seed(seed: u64) {
        STATE.set(seed);
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    pub(super) fn next() -> u64 {
        let state = STATE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        STATE.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        testing::seed(7);
        let first: Vec<u64> = (0..5).map(|_| random_u64()).collect();
        testing::seed(7);
        let again: Vec<u64> = (0..5).map(|_| random_u64()).collect();
        testing::seed(8);
        let other: Vec<u64> = (0..5).map(|_| random_u64()).collect();
        assert_eq!(first, again);
        assert_ne!(first, other);
    }

    #[test]
    fn a_range_is_used_up_and_kept() {
        testing::seed(1);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            seen[usize::try_from(random_range(10..=15)).unwrap() - 10] += 1;
        }
        assert!(seen.iter().all(|count| (850..1_150).contains(count)), "{seen:?}");
    }

    #[test]
    fn the_widest_and_the_narrowest_range() {
        assert_eq!(random_range(4..=4), 4);
        testing::seed(3);
        let whole = random_range(0..=u64::MAX);
        testing::seed(3);
        assert_eq!(whole, random_u64());
    }

    #[test]
    #[should_panic(expected = "empty range 2..=1")]
    #[allow(clippy::reversed_empty_ranges, reason = "that is the point")]
    fn an_empty_range_panics() {
        let _ = random_range(2..=1);
    }
}
