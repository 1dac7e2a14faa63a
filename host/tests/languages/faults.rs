//! Rules that go wrong, each in its language's own way.

use world_events::rules::RuleFailure;

use crate::language::Tongue;
use crate::probe::ask;
use crate::workbench::Workbench;

fn failure(tongue: &Tongue, workbench: &Workbench, what: &str) -> RuleFailure {
    ask(tongue, workbench, what, 0, 0).unwrap_err().failure
}

pub(crate) fn a_mistake_is_no_refusal(tongue: &Tongue, workbench: &Workbench) {
    for mistake in ["mistake", "files", "nobody asks for this"] {
        let failure = failure(tongue, workbench, mistake);
        assert!(matches!(failure, RuleFailure::Trap { .. }), "{mistake}: {failure:?}");
    }
}

pub(crate) fn what_never_ends_is_stopped(tongue: &Tongue, workbench: &Workbench) {
    let failed = failure(tongue, workbench, "loop");
    assert!(matches!(failed, RuleFailure::OutOfFuel { .. }), "{failed:?}");
    // Which of the two is first is the interpreter's to say.
    let failed = failure(tongue, workbench, "recursion");
    assert!(matches!(failed, RuleFailure::OutOfFuel { .. } | RuleFailure::Trap { .. }), "{failed:?}");
    let failed = failure(tongue, workbench, "memory");
    assert!(matches!(failed, RuleFailure::OutOfMemory { .. }), "{failed:?}");
}
