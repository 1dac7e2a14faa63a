//! The same call has the same answer, whatever a language offers to ask the time or to roll dice.

use crate::language::Tongue;
use crate::probe::{ask, told};
use crate::workbench::Workbench;

/// What came of a question, without what depends on the clock of the test.
fn outcome(tongue: &Tongue, workbench: &Workbench, what: &str, now: u64, seed: u64) -> String {
    match ask(tongue, workbench, what, now, seed) {
        Ok(call) => format!("{:?}", call.answer),
        Err(failed) => failed.failure.code().to_owned(),
    }
}

pub(crate) fn there_is_no_clock(tongue: &Tongue, workbench: &Workbench) {
    for clock in ["clock", "date", "timer"] {
        let outcomes: Vec<String> = [1, 2, 1_900_000_000_000]
            .into_iter()
            .map(|now| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                outcome(tongue, workbench, clock, now, 7)
            })
            .collect();
        assert!(outcomes.iter().all(|it| *it == outcomes[0]), "{clock}: {outcomes:?}");
    }
    // The time of the call is what the rule is handed.
    assert_ne!(told(tongue, workbench, "now", 1, 7), told(tongue, workbench, "now", 2, 7));
}

pub(crate) fn there_is_no_chance_but_the_seed(tongue: &Tongue, workbench: &Workbench) {
    for chance in ["dice", "entropy"] {
        let outcomes = [1, 2, 3].map(|seed| outcome(tongue, workbench, chance, 0, seed));
        assert!(outcomes.iter().all(|it| *it == outcomes[0]), "{chance}: {outcomes:?}");
    }
    assert_eq!(told(tongue, workbench, "seed", 0, 42), told(tongue, workbench, "seed", 0, 42));
    assert_ne!(told(tongue, workbench, "seed", 0, 42), told(tongue, workbench, "seed", 0, 43));
    // Known from the server's own test: the numbers are the same in every language.
    assert_eq!(told(tongue, workbench, "seed", 0, 42), "15021278609987233951");
}
