//! `world-events plugin test`

use std::fs;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::fixture::{EXAMPLES, OwnPlugin, assert_has, root, run, world_events};

/// A rule that shows what a report can do to it: the kind of the first action says what it does.
const RULE: &str = r#"
use world_events_plugin_sdk::prelude::*;

pub struct Moody;
impl Plugin for Moody {
    type Parameters = NoParameters;
}
impl Scoring for Moody {
    fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {
        log::warn("action by action");
        let mut outcome = Outcome::from(&card.participation);
        for action in &card.report.actions {
            match action.kind.as_str() {
                "add" => {
                    outcome.add_score(action.amount);
                }
                "panic" => give_up(action.amount),
                "spin" => spin(),
                other => return Err(Refusal::new("UNKNOWN_ACTION", format!("{other} means nothing"))),
            }
        }
        Ok(outcome)
    }
}

#[inline(never)]
fn give_up(amount: i64) {
    panic!("{amount} is too much for me");
}

#[inline(never)]
fn spin() {
    while std::hint::black_box(true) {}
}

world_events_plugin_sdk::export!(Moody: scoring);
"#;

fn case(name: &str, kind: &str, expect: &Value) -> Value {
    let input = json!({
        "participation": { "player": { "id": "p1" }, "score": 2 },
        "report": { "actions": [{ "kind": kind, "amount": 5 }] },
    });
    json!({ "name": name, "call": "scoring.score", "input": input, "expect": expect })
}

#[test]
fn the_cases_of_all_examples_pass() {
    let report = run(world_events().args(["plugin", "test"]).args(EXAMPLES)).success();
    for plugin in EXAMPLES {
        let folder = root().join("plugins").join(plugin).join("cases");
        let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_has(&report, &[&format!("{plugin}@"), &format!("{} cases passed", files.len())]);
        for file in files {
            let case: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
            let name = case["name"].as_str().unwrap();
            let row = report.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
            assert_has(row, &[case["call"].as_str().unwrap(), " passed ", " ms (", " %)", " KiB ("]);
        }
    }
    assert_has(&report, &["limits", "10,000,000", "16 MiB", "50 ms", "160 KiB", "20 KiB", "1,000,000,000"]);
}

/// What the tests below look at: the plugin is built once.
struct Moody {
    without_cases: String,
    report: String,
    error: String,
    updated: String,
    junit: String,
    again: String,
    cases: Vec<Value>,
}

/// A plugin that is run first without cases, then with cases of all kinds.
fn moody() -> &'static Moody {
    static MOODY: OnceLock<Moody> = OnceLock::new();
    MOODY.get_or_init(|| {
        let plugin = OwnPlugin::new("moody", RULE, &OwnPlugin::sdk());
        let (_, without_cases) = run(&mut plugin.command("test")).failure();
        plugin.case("a-good.json", &case("points add up", "add", &json!({ "score": 7 })));
        plugin.case("b-wrong.json", &case("a wrong hope", "add", &json!({ "score": 8, "completed": true })));
        plugin.case("c-refused.json", &case("an unexpected refusal", "dance", &json!({ "score": 2 })));
        plugin.case("d-panic.json", &case("a panic", "panic", &json!({ "score": 2 })));
        plugin.case("e-spin.json", &case("no end", "spin", &json!({ "score": 2 })));
        let mut misspelt = case("misspelt", "add", &json!({ "score": 7 }));
        misspelt["input"]["report"]["action"] = json!([]);
        plugin.case("f-misspelt.json", &misspelt);
        let mut parameters = case("parameters", "add", &json!({ "score": 7 }));
        parameters["input"]["event"] = json!({ "parameters": { "level": 3 } });
        plugin.case("g-parameters.json", &parameters);
        let mut other = case("another capability", "add", &json!({ "admit": true }));
        other["call"] = json!("eligibility.check");
        other["input"] = json!({ "player": { "id": "p1" } });
        plugin.case("h-other.json", &other);
        fs::write(plugin.case_file("i-broken.json"), "{\n\"name\": \"broken\",,\n}").unwrap();
        fs::write(plugin.case_file("notes.txt"), "not a case").unwrap();
        let (report, error) = run(&mut plugin.command("test")).failure();
        // One that waits for its answer.
        let mut new = case("points are added", "add", &Value::Null);
        new.as_object_mut().unwrap().remove("expect");
        plugin.case("j-new.json", &new);
        let junit = plugin.case_file("junit.xml");
        let (updated, _) = run(plugin.command("test").args(["--update", "--junit"]).arg(&junit)).failure();
        let (again, _) = run(&mut plugin.command("test")).failure();
        let read = |file| serde_json::from_str(&fs::read_to_string(plugin.case_file(file)).unwrap()).unwrap();
        let cases = ["a-good.json", "b-wrong.json", "c-refused.json", "j-new.json"].map(read).to_vec();
        Moody { without_cases, report, error, updated, junit: fs::read_to_string(junit).unwrap(), again, cases }
    })
}

/// What the report says about one case that did not pass.
fn section(file: &str) -> &'static str {
    let report = &moody().report;
    report
        .split("\n\n")
        .skip(1)
        .find(|section| section.contains(file))
        .unwrap_or_else(|| panic!("{file} is not in {report}"))
}

#[test]
fn one_case_that_fails_fails_all() {
    let Moody { report, error, .. } = moody();
    assert_has(report, &["points add up", " passed ", "1 case passed, 8 failed"]);
    assert_has(error, &["8 of 9 cases did not pass"]);
    assert!(!report.contains("notes.txt"), "{report}");
}

#[test]
fn another_answer_is_shown_as_a_difference() {
    let difference = section("b-wrong.json");
    assert_has(difference, &["a wrong hope", "- expected", "+ the rule's answer"]);
    assert_has(
        difference,
        &["-   \"completed\": true", "+   \"completed\": false", "-   \"score\": 8", "+   \"score\": 7"],
    );
    assert_has(difference, &["    \"counters\": {}", "log warn: action by action"]);
    assert_has(
        section("c-refused.json"),
        &["+     \"code\": \"UNKNOWN_ACTION\"", "dance means nothing", "-   \"score\": 2"],
    );
}

#[test]
fn a_failure_is_shown_with_backtrace_and_log() {
    assert_has(
        section("d-panic.json"),
        &["RULE_TRAPPED", "give_up", "5 is too much for me", "log warn: action by action"],
    );
    // Fuel or the clock, whichever is first on this machine.
    let spin = section("e-spin.json");
    assert!(spin.contains("RULE_OUT_OF_FUEL") || spin.contains("RULE_TIMEOUT"), "{spin}");
    assert_has(spin, &["spin"]);
    assert_has(section("h-other.json"), &["RULE_NOT_EXPORTED", "`eligibility`"]);
}

#[test]
fn a_malformed_case_is_named() {
    assert_has(
        section("f-misspelt.json"),
        &["cases/f-misspelt.json", "input.report.action: unknown field `action`, expected one of `actions`"],
    );
    assert_has(section("g-parameters.json"), &["input.event.parameters"]);
    assert_has(section("i-broken.json"), &["cases/i-broken.json", "it is not valid JSON", "line 2"]);
}

#[test]
fn a_plugin_without_cases_is_not_tested() {
    assert_has(&moody().without_cases, &["moody@1.0.0 has no cases", "moody/cases"]);
}

#[test]
fn answers_are_accepted_on_demand() {
    let Moody { updated, again, cases, .. } = moody();
    assert_has(updated, &["1 case passed, 3 updated, 6 failed", "-   \"score\": 8", "+   \"score\": 7"]);
    assert_has(updated, &["nothing is expected yet"]);
    assert_has(again, &["4 cases passed, 6 failed"]);
    let refusal = json!({ "refuse": { "code": "UNKNOWN_ACTION", "message": "dance means nothing" } });
    let expected: Vec<_> = cases.iter().map(|case| case["expect"].clone()).collect();
    assert_eq!(expected, [json!({ "score": 7 }), json!({ "score": 7 }), refusal, json!({ "score": 7 })]);
    // What was written by hand is still there.
    assert_eq!((&cases[1]["name"], &cases[1]["input"]), (&json!("a wrong hope"), &cases[0]["input"]));
}

#[test]
fn machines_read_the_results_as_junit() {
    let Moody { junit, .. } = moody();
    assert_has(junit, &["<testsuite name=\"moody@1.0.0\" tests=\"10\"", "errors=\"3\" failures=\"3\""]);
    assert_has(junit, &["<testcase name=\"points add up\" classname=\"moody@1.0.0\"", "<property name=\"fuel\""]);
    assert_has(junit, &["type=\"RULE_TRAPPED\"", "5 is too much for me", "type=\"RULE_NOT_EXPORTED\""]);
    assert_has(junit, &["<testcase name=\"f-misspelt.json\"", "type=\"MALFORMED\"", "input.report.action"]);
}
