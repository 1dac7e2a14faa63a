//! `world-events plugin profile`

use std::fs;

use serde_json::{Value, json};

use crate::fixture::{OwnPlugin, assert_has, root, run, world_events};

/// A rule whose work is in a function without a loop, which is called from a loop elsewhere: where it is only looked at
/// the beginnings of functions and loops, the work would be taken for that of whoever is called next.
const RULE: &str = r#"
use std::hint::black_box;
use world_events_plugin_sdk::prelude::*;

pub struct Rule;
impl Plugin for Rule {
    type Parameters = NoParameters;
}
impl Scoring for Rule {
    fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {
        let mut outcome = Outcome::from(&card.participation);
        let mut sum = 1;
        for _ in 0..200 {
            sum = all_the_work(light_work(sum));
        }
        if card.report.actions.iter().any(|action| action.kind == "panic") {
            panic!("as the case has it");
        }
        outcome.score = sum % 2 + 1;
        Ok(outcome)
    }
}

#[inline(never)]
fn light_work(x: u64) -> u64 {
    black_box(x) + 1
}

#[inline(never)]
fn all_the_work(mut x: u64) -> u64 {
    macro_rules! mix { ($($_:tt)*) => { $( x = black_box(x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9); let _ = $_; )* } }
    mix!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40);
    x
}

world_events_plugin_sdk::export!(Rule: scoring);
"#;

fn case(name: &str, kind: &str) -> Value {
    json!({
        "name": name,
        "call": "scoring.score",
        "input": { "participation": { "player": { "id": "p1" } }, "report": { "actions": [{ "kind": kind, "amount": 1 }] } },
    })
}

/// The row of a function: its own share and its total one, in percent.
fn shares(report: &str, function: &str) -> (f64, f64) {
    let row = report.lines().find(|line| line.trim_end().ends_with(function));
    let row = row.unwrap_or_else(|| panic!("{function} is not in {report}"));
    let mut numbers = row.split_whitespace().filter(|word| *word != "%").map(|word| word.parse::<f64>());
    (numbers.next().unwrap().unwrap(), numbers.next().unwrap().unwrap())
}

#[test]
fn the_function_that_does_the_work_is_on_top() {
    let plugin = OwnPlugin::new("busy", RULE, &OwnPlugin::sdk());
    plugin.case("a-work.json", &case("much work", "hit"));
    plugin.case("b-panic.json", &case("work for nothing", "panic"));
    let output = plugin.case_file("../profile.json");
    let report = run(plugin.command("profile").arg("--output").arg(&output)).success();
    assert_has(&report, &["busy@1.0.0\n", "much work", "work for nothing", "RULE_TRAPPED", " samples, one each "]);
    let (own, total) = shares(&report, "busy::all_the_work");
    assert!(own > 80.0 && total >= own, "{report}");
    let (light, _) = shares(&report, "busy::light_work");
    assert!(light < 10.0, "{report}");
    let (caller, with_callees) = shares(&report, "rules/scoring@0.1.0#score");
    assert!(caller < own && with_callees > own, "{report}");
    let first = report.split("function\n").nth(1).unwrap().lines().next().unwrap();
    assert!(first.ends_with("busy::all_the_work"), "{report}");

    let profile: Value = serde_json::from_str(&fs::read_to_string(&output).unwrap()).unwrap();
    assert_eq!(profile["meta"]["product"], "busy@1.0.0");
    let names = profile["threads"][0]["stringArray"].as_array().unwrap();
    assert!(names.iter().any(|name| name.as_str().unwrap().contains("all_the_work")), "{names:?}");
    // Of both cases: what was done for nothing was done.
    let samples = profile["threads"][0]["samples"]["length"].as_u64().unwrap();
    assert!((9_900..=11_000).contains(&samples), "{samples} samples");
    let again = run(plugin.command("profile").arg("--output").arg(&output)).success();
    assert_eq!(again, report);

    // The check points that a profile adds are no part of what a call costs.
    plugin.case("a-work.json", &{
        let mut case = case("much work", "hit");
        case["expect"] = json!({ "score": 3 });
        case
    });
    let (tested, _) = run(&mut plugin.command("test")).failure();
    let row = tested.lines().find(|line| line.trim_start().starts_with("much work")).unwrap();
    let fuel = row.split_whitespace().find(|word| word.len() > 3 && word.contains(',')).unwrap();
    let profiled = report.lines().find(|line| line.trim_start().starts_with("much work")).unwrap();
    assert_has(profiled, &[fuel]);
}

#[test]
fn cases_can_be_chosen() {
    let profile = |args: &[&str]| run(world_events().args(["plugin", "profile"]).args(args));
    let report = profile(&["boss-invasion", "--case", "novice", "--samples", "50"]).success();
    assert_has(&report, &["a novice is refused", " samples, one each 1", "boss_invasion.profile.json"]);
    assert!(!report.contains("a veteran joins"), "{report}");
    let (_, refused) = profile(&["boss-invasion", "--case", "kraken"]).failure();
    assert_has(&refused, &["none has \"kraken\" in its name; there are", "\"a novice is refused\""]);

    let built = run(world_events().args(["plugin", "build", "boss-invasion"])).success();
    let wasm = built.lines().find_map(|line| line.trim().strip_prefix("wasm")).unwrap().trim();
    let case = root().join("plugins/boss-invasion/cases/a-veteran-joins.json");
    let report = profile(&[wasm, "--case", case.to_str().unwrap()]).success();
    assert_has(&report, &["boss-invasion@1.0.0", "a veteran joins", "100.0 %"]);
    let (_, refused) = profile(&[wasm]).failure();
    assert_has(&refused, &["no cases beside it", "--case FILE"]);

    let foreign = root().join("plugins/ranked-tournament/cases/a-rating-in-range-joins.json");
    let (_, refused) = profile(&[wasm, "--case", foreign.to_str().unwrap()]).failure();
    assert_has(&refused, &["a-rating-in-range-joins.json", "input.event.parameters"]);
}
