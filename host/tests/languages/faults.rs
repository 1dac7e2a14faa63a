//! Rules that go wrong, each in its language's own way.

use world_events::rules::RuleFailure;

use crate::language::Tongue;
use crate::probe::ask;

fn failure(tongue: &Tongue, what: &str) -> RuleFailure {
    ask(tongue, what, 0, 0).unwrap_err().failure
}

pub(crate) fn a_mistake_is_no_refusal(tongue: &Tongue) {
    for mistake in ["mistake", "files", "recursion"] {
        let failure = failure(tongue, mistake);
        assert!(matches!(failure, RuleFailure::Trap { .. }), "{mistake}: {failure:?}");
    }
}

pub(crate) fn what_never_ends_is_stopped(tongue: &Tongue) {
    let failed = failure(tongue, "loop");
    assert!(matches!(failed, RuleFailure::OutOfFuel { .. }), "{failed:?}");
    let failed = failure(tongue, "memory");
    assert!(matches!(failed, RuleFailure::OutOfMemory { .. }), "{failed:?}");
}
