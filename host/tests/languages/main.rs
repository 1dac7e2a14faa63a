//! Rules in TypeScript and Python, built with the tools of their language and run as a server runs them.
//!
//! Whoever lacks these tools can still run all tests: those of a language whose tools are missing are ignored, each by its
//! name and with what is missing. The standard harness decides that when it is compiled, so this target has another.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that breaks off has failed; the support is shared with the tests of the API, which use all of it"
)]

mod building;
mod cases;
mod creating;
mod determinism;
mod event;
mod faults;
#[path = "../wat/guest.rs"]
mod guest;
mod language;
mod probe;
#[path = "../api/support/mod.rs"]
mod support;
mod tools;
mod workbench;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use language::Tongue;
use workbench::Workbench;

/// A test of each language.
type Test = fn(&'static Tongue, &Workbench);

const TESTS: [(&str, Test); 16] = [
    ("building::what_has_not_changed_is_not_built_again", building::what_has_not_changed_is_not_built_again),
    ("building::what_does_not_compile_is_shown", building::what_does_not_compile_is_shown),
    ("cases::the_twin_passes_the_cases_of_the_original", cases::the_twin_passes_the_cases_of_the_original),
    ("cases::the_twin_has_the_parameters_of_the_original", cases::the_twin_has_the_parameters_of_the_original),
    ("creating::every_kind_passes_its_unit_tests", creating::every_kind_passes_its_unit_tests),
    ("creating::a_unit_test_that_fails_is_told", creating::a_unit_test_that_fails_is_told),
    ("creating::what_decides_the_least_passes_its_cases", creating::what_decides_the_least_passes_its_cases),
    ("creating::what_decides_everything_passes_its_cases", creating::what_decides_everything_passes_its_cases),
    ("determinism::there_is_no_clock", determinism::there_is_no_clock),
    ("determinism::there_is_no_chance_but_the_seed", determinism::there_is_no_chance_but_the_seed),
    ("event::the_twin_decides_an_event", event::the_twin_decides_an_event),
    ("faults::a_mistake_is_no_refusal", faults::a_mistake_is_no_refusal),
    ("faults::what_never_ends_is_stopped", faults::what_never_ends_is_stopped),
    ("tools::an_event_of_the_twin_is_one_of_the_original", tools::an_event_of_the_twin_is_one_of_the_original),
    ("tools::the_twin_has_the_properties_of_a_rule", tools::the_twin_has_the_properties_of_a_rule),
    ("tools::a_profile_shows_the_interpreter", tools::a_profile_shows_the_interpreter),
];

fn main() -> ExitCode {
    // The sandbox runs the program that it is part of to compile a plugin.
    if std::env::args().nth(1).is_some_and(|argument| argument == "compile-plugin") {
        return world_events::rules::compile_child::run();
    }
    let arguments = Arguments::from_args();
    let workbench = Arc::new(Workbench::new());
    let trials = language::ALL.iter().flat_map(|tongue| {
        let missing = tongue.missing();
        TESTS.map(|(name, test)| {
            let workbench = Arc::clone(&workbench);
            let trial = Trial::test(format!("{}::{name}", tongue.name), move || {
                test(tongue, &workbench);
                Ok(())
            });
            match &missing {
                Some(program) => trial.with_kind(format!("{program} is missing")).with_ignored_flag(true),
                None => trial,
            }
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
