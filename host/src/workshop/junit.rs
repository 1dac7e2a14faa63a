//! What cases showed, for machines: JUnit's XML, which every CI reads.

use quick_junit::{NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::report::{failure, file_name};
use super::trial::{Finding, Trial};

/// The report of plugins that were tried, each a suite of its own: a case is a failure if the rule gave another answer or
/// none, an error if it is malformed.
///
/// # Errors
/// None that is known; what XML cannot hold is left out.
pub fn junit<'a>(plugins: impl IntoIterator<Item = (&'a str, &'a [Trial])>) -> Result<String, SerializeError> {
    let mut report = Report::new("world-events plugin test");
    for (plugin, trials) in plugins {
        let mut suite = TestSuite::new(plugin);
        suite.add_test_cases(trials.iter().map(|trial| test_case(plugin, trial)));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn test_case(plugin: &str, trial: &Trial) -> TestCase {
    let (name, status) = match &trial.result {
        Err(error) => (file_name(&trial.file), fault(NonSuccessKind::Error, "MALFORMED", &error.to_string(), trial)),
        Ok(run) => {
            let status = match &run.finding {
                Finding::Passed | Finding::Accepted { .. } => TestCaseStatus::success(),
                Finding::Different { .. } => {
                    fault(NonSuccessKind::Failure, "DIFFERENT", "the rule gives another answer", trial)
                }
                Finding::Failed(failed) => {
                    fault(NonSuccessKind::Failure, failed.failure.code(), &failed.failure.to_string(), trial)
                }
            };
            (run.case.clone(), status)
        }
    };
    let mut test_case = TestCase::new(name, status);
    test_case.set_classname(plugin);
    if let Ok(run) = &trial.result {
        test_case.set_time(run.usage.time);
        for (what, value) in [
            ("fuel", run.usage.fuel.to_string()),
            ("memory_bytes", run.usage.memory_bytes.to_string()),
            ("input_bytes", run.usage.input_bytes.to_string()),
            ("output_bytes", run.usage.output_bytes.to_string()),
        ] {
            test_case.add_property(Property::new(what, value));
        }
    }
    test_case
}

fn fault(kind: NonSuccessKind, code: &str, message: &str, trial: &Trial) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(code).set_message(message).set_description(failure(trial));
    status
}
