//! `world-events plugin check`

use std::fs;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::fixture::{EXAMPLES, OwnPlugin, Ran, assert_has, run, world_events};

/// A rule with faults, one at a time: the event's data says which.
const RULE: &str = r#"
use world_events_plugin_sdk::prelude::*;

pub struct Faulty;
impl Plugin for Faulty {
    type Parameters = NoParameters;
}

fn fault(event: &Event) -> String {
    event.datum("fault").ok().flatten().unwrap_or_default()
}

impl Eligibility for Faulty {
    fn check(application: &Application, _: &NoParameters) -> Result<Admission, Refusal> {
        if fault(&application.event) == "join" && application.player.attribute::<u64>("level").is_err() {
            panic!("a level that is no level");
        }
        Ok(Admission::default())
    }
}
impl Scoring for Faulty {
    fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {
        let fault = fault(&card.event);
        let mut outcome = Outcome::from(&card.participation);
        for (index, action) in card.report.actions.iter().filter(|action| action.kind == "hit").enumerate() {
            let amount = action.amount.clamp(0, 1_000_000);
            match fault.as_str() {
                "trap" if amount > 1_000 => panic!("{amount} is too much for me"),
                "fuel" if amount > 1_000 => while std::hint::black_box(true) {},
                "actions" if index == 0 => _ = outcome.add_score(2 * amount),
                "reports" if outcome.score == 0 => _ = outcome.add_score(2 * amount),
                "falls" if action.amount < 0 => _ = outcome.add_score(action.amount.max(-1_000)),
                "limits" => {
                    (0..500_u64).for_each(|number| _ = std::hint::black_box(number));
                    outcome.add_score(amount);
                }
                _ => _ = outcome.add_score(amount),
            }
        }
        Ok(outcome)
    }
}
impl Rewards for Faulty {
    fn payout(page: &Page, _: &NoParameters) -> Vec<Grant> {
        let fault = fault(&page.event);
        let first = page.rows.iter().map(|row| row.rank).min().unwrap_or_default();
        let is_paid = |row: &&Standing| match fault.as_str() {
            "pages" => row.rank == first,
            "budget" => true,
            _ => row.rank == 1,
        };
        page.rows.iter().filter(is_paid).map(|row| Grant::xp(row.player_id(), 100)).collect()
    }
}

world_events_plugin_sdk::export!(Faulty: eligibility, scoring, rewards);
"#;

/// A rule whose parameters are fewer than its schema allows: 8 bits hold no more than 255.
const NARROW: &str = r#"
use schemars::JsonSchema;
use serde::Deserialize;
use world_events_plugin_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    #[schemars(with = "u64")]
    points: u8,
}

pub struct Narrow;
impl Plugin for Narrow {
    type Parameters = Parameters;
}
impl Scoring for Narrow {
    fn score(card: &Scorecard, parameters: &Parameters) -> Result<Outcome, Refusal> {
        let mut outcome = Outcome::from(&card.participation);
        outcome.add_score(parameters.points.into());
        Ok(outcome)
    }
}

world_events_plugin_sdk::export!(Narrow: scoring);
"#;

fn faulty() -> &'static OwnPlugin {
    static FAULTY: OnceLock<OwnPlugin> = OnceLock::new();
    FAULTY.get_or_init(|| {
        let faulty = OwnPlugin::new("faulty", RULE, &OwnPlugin::sdk());
        run(&mut faulty.command("build")).success();
        faulty
    })
}

/// The rule with a fault, in a folder of the test's own, with what is declared beside it.
struct Check {
    folder: tempfile::TempDir,
}

impl Check {
    fn of(fault: &str, declared: &str) -> Self {
        let built = run(&mut faulty().command("build")).success();
        let wasm = built.lines().find_map(|line| line.trim().strip_prefix("wasm")).unwrap().trim();
        let folder = tempfile::tempdir().unwrap();
        fs::copy(wasm, folder.path().join("faulty.wasm")).unwrap();
        let check = format!(
            "{declared}\n[event]\ndata = {{ fault = '{fault}' }}\n[attributes]\nlevel = {{ integer = [1, 60] }}\n\
             [[action]]\nkind = 'hit'\namount = {{ integer = [0, 5_000] }}\n"
        );
        fs::write(folder.path().join("check.toml"), check).unwrap();
        Self { folder }
    }

    fn run(&self, flags: &[&str]) -> Ran {
        let wasm = self.folder.path().join("faulty.wasm");
        run(world_events().args(["plugin", "check", "--cases", "128"]).args(flags).arg(wasm))
    }

    /// The report of a check that fails by just these properties.
    fn violations(&self, names: &[&str]) -> String {
        let (report, error) = self.run(&["--save"]).failure();
        let violated: Vec<&str> = report
            .lines()
            .filter(|line| line.contains("  VIOLATED"))
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(violated, names, "{report}");
        assert_has(&error, &[&format!("{} of 11 properties do not hold", names.len())]);
        report
    }

    fn case(&self, file: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.folder.path().join("cases").join(file)).unwrap()).unwrap()
    }
}

#[test]
fn all_properties_hold_for_every_example() {
    for plugin in EXAMPLES {
        let report = run(world_events().args(["plugin", "check", plugin, "--cases", "64"])).success();
        assert_has(&report, &[&format!("{plugin}@"), "score-never-falls", " properties hold ("]);
        assert!(!report.contains("no actions are declared"), "{report}");
    }
}

#[test]
fn a_rule_without_a_fault_has_all_properties() {
    let check = Check::of("none", "[[budget]]\nreward-type = 'xp'\nmost = 4_000");
    let report = check.run(&[]).success();
    assert_has(&report, &["11 properties hold"]);
    assert!(!report.contains("not tried"), "{report}");
    // The same seed gives the same report, and another seed another one.
    assert_eq!(report, check.run(&[]).success());
    assert_ne!(report, check.run(&["--seed", "1"]).success());
}

#[test]
fn a_trap_is_made_as_small_as_possible_and_is_a_case() {
    let check = Check::of("trap", "");
    let report = check.violations(&["answers"]);
    assert_has(&report, &["RULE_TRAPPED", "1001 is too much for me", "expected  an answer to scoring.score"]);
    let case = check.case("check-answers-1.json");
    assert_eq!(case["input"]["report"]["actions"], json!([{ "kind": "hit", "amount": 1001 }]));
    assert_eq!(case["input"]["participation"].get("score"), None, "no history is needed: {case}");
    assert_has(&report, &["\"kind\": \"hit\""]);
    // It is one that `plugin test` reads, and that fails there in the same way.
    let again = OwnPlugin::new("faulty-again", &RULE.replace("Faulty", "FaultyAgain"), &OwnPlugin::sdk());
    again.case("check.json", &case);
    let (tested, _) = run(&mut again.command("test")).failure();
    assert_has(&tested, &["scoring.score answers", "RULE_TRAPPED", "1001 is too much for me"]);
}

#[test]
fn applications_and_want_of_fuel_are_found_as_well() {
    assert_has(&Check::of("join", "").violations(&["answers"]), &["a level that is no level", "eligibility.check"]);
    assert_has(&Check::of("fuel", "").violations(&["answers"]), &["RULE_OUT_OF_FUEL", "\"amount\": 1001"]);
}

#[test]
fn an_order_that_matters_is_found_unless_it_is_declared() {
    let check = Check::of("actions", "");
    let report = check.violations(&["order-of-actions"]);
    assert_has(&report, &["in another order, {", "expected  {", "the same actions in another order"]);
    let (first, second) = (check.case("check-order-of-actions-1.json"), check.case("check-order-of-actions-2.json"));
    let actions = |case: &Value| case["input"]["report"]["actions"].as_array().unwrap().clone();
    let (mut one, mut other) = (actions(&first), actions(&second));
    assert_ne!(one, other);
    one.sort_by_key(|action| action.to_string());
    other.sort_by_key(|action| action.to_string());
    assert_eq!((one.len(), &one), (2, &other));
    assert_eq!(first["expect"], second["expect"]);
    Check::of("reports", "").violations(&["order-of-actions", "order-of-reports"]);

    let report = Check::of("reports", "order-matters = true").run(&[]).success();
    assert_has(&report, &["not tried: order-matters is declared"]);
}

#[test]
fn a_score_that_falls_is_found_unless_it_is_declared() {
    let check = Check::of("falls", "");
    let report = check.violations(&["order-of-actions", "order-of-reports", "score-never-falls"]);
    assert_has(&report, &["a report takes the score from ", "expected  at least "]);
    let case = check.case("check-score-never-falls-1.json");
    assert!(case["input"]["participation"]["score"].as_u64().unwrap() > 0, "{case}");
    assert_eq!(case["input"]["report"]["actions"], json!([{ "kind": "hit", "amount": -1 }]));
    let declared = Check::of("falls", "score-may-fall = true\norder-matters = true").run(&[]).success();
    assert_has(&declared, &["not tried: score-may-fall is declared"]);
}

#[test]
fn a_payout_by_page_is_found_unless_it_is_declared() {
    let check = Check::of("pages", "");
    let report = check.violations(&["pages"]);
    assert_has(&report, &["is paid 100 xp", "nothing, as in one page of all 2 rows"]);
    let case = check.case("check-pages-1.json");
    assert_eq!((&case["input"]["offset"], &case["expect"]), (&json!(1), &json!({ "grants": [] })));
    Check::of("pages", "pages-matter = true").run(&[]).success();
}

#[test]
fn a_budget_that_is_not_kept_is_found() {
    let check = Check::of("budget", "[[budget]]\nreward-type = 'xp'\nmost = 500");
    assert_has(&check.violations(&["budget"]), &["6 players are paid 600 xp in all", "expected  at most 500"]);
    assert_eq!(check.case("check-budget-1.json")["input"]["rows"].as_array().unwrap().len(), 6);
}

#[test]
fn a_call_that_takes_much_of_a_limit_is_found() {
    let check = Check::of("limits", "share = 10");
    assert_has(&check.violations(&["limits-of-decisions"]), &[" fuel, 1", "expected  at most 10 % of the limit"]);
    // A designer may be content with more.
    check.run(&["--share", "100"]).success();
    let report = Check::of("none", "").run(&["--share", "0.1"]).failure().0;
    assert_has(&report, &["bytes of memory", "at most 0.1 %"]);
}

#[test]
fn parameters_that_the_schema_allows_and_the_rule_does_not_are_found() {
    let narrow = OwnPlugin::new(
        "narrow",
        NARROW,
        &(OwnPlugin::sdk()
            + "\nserde = { version = \"1\", features = [\"derive\"] }\n\
               schemars = { version = \"1\", default-features = false, features = [\"derive\", \"std\"] }"),
    );
    narrow.file("check.toml", "[event]\nparameters = { points = 1 }\n[[action]]\nkind = 'hit'");
    let (report, _) = run(&mut narrow.command("check")).failure();
    assert_has(&report, &["answers", "RULE_TRAPPED", "\"points\": 256"]);
}

#[test]
fn what_is_declared_wrongly_is_told_with_its_place() {
    let wrong = |declared: &str| Check::of("none", declared).run(&[]).failure().1;
    assert_has(&wrong("order = true"), &["check.toml is wrong", "line 1", "unknown field `order`", "`order-matters`"]);
    assert_has(&wrong("share = 0"), &["check.toml is wrong: share: must be a number of percent above 0"]);
    assert_has(&wrong("players = 251"), &["players: must be from 1 to 250"]);
    assert_has(&wrong("[[budget]]\nreward-type = 'xp'"), &["missing field `most`"]);
    let check = Check::of("none", "");
    let file = check.folder.path().join("check.toml");
    fs::write(&file, "[event]\nparameters = { level = 3 }").unwrap();
    assert_has(&check.run(&[]).failure().1, &["check.toml is wrong: event.parameters", "no parameters"]);
    fs::remove_file(&file).unwrap();
    let undeclared = check.run(&[]).success();
    assert_has(&undeclared, &["note: no actions are declared"]);
}
