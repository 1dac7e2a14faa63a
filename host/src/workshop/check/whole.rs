//! Whole numbers of a range: its ends and small ones more often than chance would have it, and all of them made smaller
//! towards the one that is nearest to 0.

use proptest::num::u64::BinarySearch;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rand::RngExt as _;

/// What counts as a small number, either way.
const SMALL: i64 = 1_000;

/// The whole numbers of a range.
#[derive(Debug, Clone, Copy)]
pub struct Whole {
    least: i64,
    most: i64,
}

impl Whole {
    /// The numbers between two, both included, whichever of them is the smaller.
    #[must_use]
    pub fn between(one: i64, other: i64) -> Self {
        Self { least: one.min(other), most: one.max(other) }
    }

    /// The one that is nearest to 0.
    fn nearest(self) -> i64 {
        0.clamp(self.least, self.most)
    }
}

impl Strategy for Whole {
    type Tree = Drawn;
    type Value = i64;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let (Self { least, most }, nearest) = (*self, self.nearest());
        let rng = runner.rng();
        let number = match rng.random_range(0..10) {
            0 => least,
            1 => most,
            2..6 => {
                rng.random_range(nearest.saturating_sub(SMALL).max(least)..=nearest.saturating_add(SMALL).min(most))
            }
            _ => rng.random_range(least..=most),
        };
        Ok(Drawn { nearest, is_below: number < nearest, distance: BinarySearch::new(number.abs_diff(nearest)) })
    }
}

/// A number that was drawn.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    nearest: i64,
    is_below: bool,
    distance: BinarySearch,
}

impl ValueTree for Drawn {
    type Value = i64;

    fn current(&self) -> i64 {
        let distance = self.distance.current();
        if self.is_below {
            self.nearest.saturating_sub_unsigned(distance)
        } else {
            self.nearest.saturating_add_unsigned(distance)
        }
    }

    fn simplify(&mut self) -> bool {
        self.distance.simplify()
    }

    fn complicate(&mut self) -> bool {
        self.distance.complicate()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::test_runner::{Config, TestError};

    use super::*;

    #[test]
    fn the_ends_are_drawn_and_nothing_beyond_them() {
        let mut runner = TestRunner::deterministic();
        for (least, most) in [(1, 60), (-5, 5), (-9, -3), (7, 7), (i64::MIN, i64::MAX)] {
            let drawn: BTreeSet<i64> =
                (0..500).map(|_| Whole::between(least, most).new_tree(&mut runner).unwrap().current()).collect();
            assert_eq!((drawn.first(), drawn.last()), (Some(&least), Some(&most)));
        }
    }

    #[test]
    fn a_failure_is_made_as_small_as_it_can_be() {
        for (least, most, bound, smallest) in [(0, 5_000, 1_001, 1_001), (10, 20, 0, 10), (-5_000, -1, -300, -1)] {
            let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
            let failed = runner.run(&Whole::between(least, most), |number| {
                if number >= bound { Err(proptest::test_runner::TestCaseError::fail("large")) } else { Ok(()) }
            });
            assert!(matches!(failed, Err(TestError::Fail(_, number)) if number == smallest), "{failed:?}");
        }
    }
}
