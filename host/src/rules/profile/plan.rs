//! When a call is to be sampled, found in a run of the same call.

/// Finds the check points after which the samples fall: one each step of fuel. They are numbered from 0.
#[derive(Debug)]
pub(super) struct Plan {
    step: u64,
    granted: u64,
    /// What was used up at the last check point.
    used: u64,
    passed: u64,
    samples: Vec<Sample>,
}

/// A check point, and how many samples fall between it and the next.
pub(super) type Sample = (u64, u64);

impl Plan {
    /// A plan for a call that is granted so much fuel.
    pub(super) fn new(step: u64, granted: u64) -> Self {
        Self { step: step.max(1), granted, used: 0, passed: 0, samples: Vec::new() }
    }

    /// Comes to the next check point with so much fuel left. In a loop the store hears of what was used only when it ends,
    /// or calls something; until then it is the same function that uses it.
    pub(super) fn check_point(&mut self, left: u64) {
        self.account(self.granted.saturating_sub(left));
        self.passed += 1;
    }

    /// What was found, in a call that used so much fuel in all.
    pub(super) fn samples(&mut self, used: u64) -> Vec<Sample> {
        self.account(used);
        std::mem::take(&mut self.samples)
    }

    /// Whatever was used since the last check point belongs to it.
    fn account(&mut self, used: u64) {
        let times = (used / self.step).saturating_sub(self.used / self.step);
        self.used = self.used.max(used);
        if times > 0 {
            self.samples.push((self.passed.saturating_sub(1), times));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_belong_to_the_check_point_before() {
        let mut plan = Plan::new(10, 1_000);
        for used in [0, 4, 12, 12, 19, 45] {
            plan.check_point(1_000 - used);
        }
        // 10 falls after the second check point, 20 to 40 after the fifth, 50 after the last.
        assert_eq!(plan.samples(50), [(1, 1), (4, 3), (5, 1)]);
    }

    #[test]
    fn a_call_without_check_points_has_its_samples_at_the_first() {
        assert_eq!(Plan::new(0, 10).samples(2), [(0, 2)]);
        assert_eq!(Plan::new(5, 10).samples(4), []);
    }
}
