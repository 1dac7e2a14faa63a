//! What has to be true for the demonstration to count, checked one by one.

use std::fmt::Debug;

/// Counts expectations, and keeps those that did not hold.
#[derive(Debug, Default)]
pub struct Expectations {
    held: usize,
    broken: Vec<String>,
}

impl Expectations {
    /// Two values are the same.
    pub fn equal<T: PartialEq + Debug>(&mut self, what: &str, actual: T, expected: T) {
        let holds = actual == expected;
        self.check(holds, || format!("{what}: expected {expected:?}, found {actual:?}"));
    }

    /// Something is so.
    pub fn holds(&mut self, what: &str, holds: bool) {
        self.check(holds, || what.to_owned());
    }

    fn check(&mut self, holds: bool, complaint: impl FnOnce() -> String) {
        if holds {
            self.held += 1;
        } else {
            self.broken.push(complaint());
        }
    }

    /// How many were checked.
    pub fn count(&self) -> usize {
        self.held + self.broken.len()
    }

    /// What did not hold, in the order in which it was found.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// Whether all of them held.
    ///
    /// # Errors
    ///
    /// When one did not.
    pub fn result(&self) -> anyhow::Result<()> {
        let broken = self.broken.len();
        anyhow::ensure!(broken == 0, "{broken} of {} expectations did not hold", self.count());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_hold_is_kept_with_both_values() {
        let mut expectations = Expectations::default();
        expectations.equal("the counter", 3, 3);
        expectations.holds("nobody is paid twice", true);
        expectations.result().unwrap();
        expectations.equal("the counter", 3, 4);
        expectations.holds("the event is over", false);
        assert_eq!(expectations.count(), 4);
        assert_eq!(expectations.result().unwrap_err().to_string(), "2 of 4 expectations did not hold");
        assert_eq!(expectations.broken(), ["the counter: expected 4, found 3", "the event is over"]);
    }
}
