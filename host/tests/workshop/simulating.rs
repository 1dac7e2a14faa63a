//! `world-events plugin simulate`

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::fixture::{EXAMPLES, OwnPlugin, assert_has, root, run, world_events};

/// A siege: hits wear the gate down, a curse breaks the rule, everybody is paid a coin and their score.
const RULE: &str = r#"
use world_events_plugin_sdk::prelude::*;

pub struct Siege;
impl Plugin for Siege {
    type Parameters = NoParameters;
}
impl Eligibility for Siege {
    fn check(application: &Application, _: &NoParameters) -> Result<Admission, Refusal> {
        match application.player.attribute::<u32>("level")? {
            Some(level) if level >= 10 => Ok(Admission::default().with_progress(&Notes::from([("rank", "recruit")])).counting("inside", 1)),
            _ => Err(Refusal::new("TOO_YOUNG", "come back at level 10")),
        }
    }
}
type Notes = std::collections::BTreeMap<&'static str, &'static str>;
impl Scoring for Siege {
    fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {
        let mut outcome = Outcome::from(&card.participation);
        let rank = card.participation.progress::<std::collections::BTreeMap<String, String>>()?;
        if rank.get("rank").is_none_or(|rank| rank != "recruit") {
            return Err(Refusal::new("NO_RECRUIT", "who was let in has a rank"));
        }
        for action in &card.report.actions {
            match action.kind.as_str() {
                "hit" => {
                    outcome.add_score(action.amount).count("gate", action.amount);
                }
                "curse" => panic!("cursed"),
                other => return Err(Refusal::new("UNKNOWN_ACTION", format!("{other} means nothing"))),
            }
        }
        outcome.completed |= outcome.score >= 50;
        Ok(outcome)
    }
}
impl Rewards for Siege {
    fn payout(page: &Page, _: &NoParameters) -> Vec<Grant> {
        let coin = |row: &Standing| Grant::currency(row.player_id(), "coin", 1);
        let points = |row: &Standing| Grant::xp(row.player_id(), row.participation.score);
        page.rows.iter().map(coin).chain(page.rows.iter().filter(|row| row.participation.score > 0).map(points)).collect()
    }
}

world_events_plugin_sdk::export!(Siege: eligibility, scoring, rewards);
"#;

/// Everybody does the same at the same time, so that all that comes of it can be told beforehand.
const POPULATION: &str = r#"
minutes = 10
[event]
name = "The gate"
type = "WAR"
capacity = 15
[[budget]]
reward-type = "currency"
reward-id = "coin"
most = 15
[[group]]
name = "soldier"
attributes.level = 20
attributes.scar = { integer = [1, 1_000_000] }
joins-at-minute = { number = [0, 0.5] }
reports-every-seconds = 60
action = [{ kind = "hit", amount = 10 }]
"#;

fn siege() -> &'static OwnPlugin {
    static SIEGE: OnceLock<OwnPlugin> = OnceLock::new();
    SIEGE.get_or_init(|| {
        let siege = OwnPlugin::new("siege", RULE, &OwnPlugin::sdk());
        siege.file("simulation.toml", POPULATION);
        run(&mut siege.command("build")).success();
        siege
    })
}

/// Simulates the siege with a population of the test's own.
fn simulate(name: &str, population: &str) -> Command {
    let file = siege().file(&format!("{name}.toml"), population);
    let mut command = siege().command("simulate");
    command.arg("--population").arg(file);
    command
}

/// The JSON beside what is printed.
fn json_of(command: &mut Command) -> (Value, String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let ran = run(command.arg("--json").arg(&file));
    let text = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}{}", ran.stdout, ran.stderr));
    (serde_json::from_str(&text).unwrap(), ran.stdout + &ran.stderr, ran.code)
}

/// All that a simulation writes.
fn bytes(mut command: Command) -> [String; 4] {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    command.arg("--json").arg(file("report.json")).arg("--svg").arg(folder.path());
    let stdout = run(&mut command).success();
    let read = |name: &str| fs::read_to_string(file(name)).unwrap();
    [stdout, read("report.json"), read("scores.svg"), read("payouts.svg")]
}

fn invasion(seed: &str) -> Command {
    let mut command = world_events();
    command.args(["plugin", "simulate", "boss-invasion", "--players", "1500", "--minutes", "12", "--seed", seed]);
    command
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let first = bytes(invasion("7"));
    assert_eq!(first, bytes(invasion("7")));
    // On one core, nothing is decided at once.
    let mut alone = invasion("7");
    let core = {
        let all = sched_getaffinity(Pid::from_raw(0)).unwrap();
        (0..CpuSet::count()).find(|core| all.is_set(*core).unwrap()).unwrap()
    };
    // SAFETY: between fork and exec it makes one system call, and allocates nothing.
    unsafe {
        alone.pre_exec(move || {
            let mut one = CpuSet::new();
            one.set(core)?;
            sched_setaffinity(Pid::from_raw(0), &one)?;
            Ok(())
        });
    }
    assert_eq!(first, bytes(alone));
    for (same, other) in first.iter().zip(bytes(invasion("8"))) {
        assert_ne!(*same, other);
    }
    let [report, _, scores, payouts] = &first;
    assert_has(
        report,
        &["simulated with seed 7", "joins: ", "refused: LEVEL_TOO_LOW", "boss-damage", "█", "no problems"],
    );
    assert_has(scores, &["<svg", "scores", "<rect"]);
    assert_has(payouts, &["<svg", "xp per player", "currency gold per player"]);
}

#[test]
fn every_example_can_be_simulated() {
    for plugin in EXAMPLES {
        let report = run(world_events().args(["plugin", "simulate", plugin, "--players", "2000"])).success();
        assert_has(&report, &[&format!("{plugin}@"), "joins: ", "scored", "scores", "slowest calls", "no problems"]);
    }
}

#[test]
fn an_event_takes_place_as_on_a_server() {
    let (report, text, code) = json_of(siege().command("simulate").args(["--players", "20"]));
    assert_eq!(code, Some(0), "{text}");
    // Fifteen places; whoever is in hits after each minute, and has completed the event with the fifth hit.
    let joins = &report["joins"];
    assert_eq!([&joins["tried"], &joins["admitted"], &joins["full"]].map(Value::as_u64), [20, 15, 5].map(Some));
    assert_eq!(report["reports"], json!({ "sent": 75, "scored": 75, "failed": 0, "refused": {} }));
    assert_eq!(report["participants"], json!({ "active": 0, "completed": 15, "left": 0 }));
    assert_eq!(report["counters"], json!({ "gate": 750, "inside": 15 }));
    assert_eq!([&report["scores"]["min"], &report["scores"]["max"]], [50, 50]);
    let payout = &report["payout"];
    assert_eq!((&payout["settlement"], &payout["pages"]), (&json!("done"), &json!(1)));
    let rewards: Vec<_> =
        payout["rewards"].as_array().unwrap().iter().map(|of| (&of["total"], &of["budget"])).collect();
    assert_eq!(rewards, [(&json!(750), &Value::Null), (&json!(15), &json!(15))]);
    let calls: Vec<_> = report["calls"].as_array().unwrap().iter().map(|call| &call["count"]).collect();
    assert_eq!(calls, [20, 75, 1]);
    assert_has(&text, &["full", "25.0 %", "ended       by the clock, after 10 of 10 minutes", "simulated in "]);
}

#[test]
fn a_goal_ends_the_event_and_what_comes_later_does_not_count() {
    let goals = "goals = [{ counter = 'gate', target = 200 }, { counter = 'gate', target = 330, ends-event = true }]";
    let population = POPULATION.replace("capacity = 15", goals);
    let (report, text, code) = json_of(simulate("goal", &population).args(["--players", "20"]));
    assert_eq!(code, Some(1), "more coins are paid than the budget has: {text}");
    assert_eq!(
        (&report["counters"], &report["reports"]["scored"]),
        (&json!({ "gate": 330, "inside": 20 }), &json!(33))
    );
    assert_eq!(report["event"]["endedByGoal"], json!(true));
    let ended = report["event"]["endedAtMinute"].as_f64().unwrap();
    assert!((2.0..2.5).contains(&ended), "{ended}");
    assert_eq!(report["goals"][1]["reachedAtMinute"], json!(ended));
    assert_eq!(report["participants"]["active"], json!(20));
    assert_has(&text, &["330, ends the event", "OVER BUDGET"]);
}

#[test]
fn who_leaves_frees_a_place_and_may_come_back() {
    let population = POPULATION
        .replace("joins-at-minute = { number = [0, 0.5] }", "joins-at-minute = 0")
        .replace("capacity = 15", "capacity = 3")
        + "leaving = { share = 1, after-minutes = 2.5, back-after-minutes = 1 }\n\
           [[group]]\nname = 'late'\nattributes.level = 30\njoins-at-minute = 3\naction = [{ kind = 'hit' }]\n\
           [[group]]\nname = 'child'\nshare = 1\nattributes.level = { constant = 3, absent = 0.5 }";
    let (report, text, _) = json_of(simulate("leaving", &population).args(["--players", "60", "--minutes", "4"]));
    let joins = &report["joins"];
    // Three are in from the start, and leave when the late ones are not there yet; three of those take the places.
    assert_eq!((&joins["admitted"], &joins["returned"]), (&json!(6), &json!(0)), "{text}");
    assert_eq!(report["participants"], json!({ "active": 3, "completed": 0, "left": 3 }));
    // What an admission has added to a counter goes with the player.
    assert_eq!(report["counters"]["inside"], json!(3));
    assert_has(&text, &["refused: TOO_YOUNG", "come back at level 10"]);
    // Without those, the first ones come back.
    let population = population.replace("joins-at-minute = 3", "joins-at-minute = 100");
    let (report, text, _) = json_of(simulate("returning", &population).args(["--players", "60", "--minutes", "4"]));
    assert_eq!((&report["joins"]["admitted"], &report["joins"]["returned"]), (&json!(3), &json!(3)), "{text}");
    assert!(report["joins"]["tooLate"].as_u64().unwrap() > 0, "{text}");
}

#[test]
fn a_rule_that_fails_is_counted_and_can_be_tried_again() {
    let actions = "action = [{ kind = 'hit', amount = 10 }, { kind = 'curse' }, { kind = 'dance' }]";
    let population = POPULATION.replace("action = [{ kind = \"hit\", amount = 10 }]", actions);
    let folder = tempfile::tempdir().unwrap();
    let mut command = simulate("cursed", &population);
    command.args(["--players", "15", "--save"]).arg(folder.path());
    let (report, text, code) = json_of(&mut command);
    assert_eq!(code, Some(1), "{text}");
    let count = |of: &Value| of.as_u64().unwrap();
    let reports = &report["reports"];
    let refused = count(&reports["refused"]["UNKNOWN_ACTION"]["count"]);
    assert_eq!(count(&reports["sent"]), count(&reports["scored"]) + count(&reports["failed"]) + refused);
    assert_eq!(report["failures"][0]["count"], reports["failed"]);
    // What failed has changed nothing, and the event went on.
    assert_eq!(count(&report["counters"]["gate"]), 10 * count(&reports["scored"]));
    assert_eq!(report["payout"]["settlement"], json!("done"));
    assert_has(&text, &["RULE_TRAPPED", "scoring.score failed", "cursed"]);

    let case = fs::read_to_string(folder.path().join("simulated-scoring.score-rule-trapped.json")).unwrap();
    let again = OwnPlugin::new("siege-again", &RULE.replace("Siege", "SiegeAgain"), &OwnPlugin::sdk());
    fs::write(again.case_file("cursed.json"), case).unwrap();
    let (retried, _) = run(&mut again.command("test")).failure();
    assert_has(&retried, &["RULE_TRAPPED in a simulated event", "RULE_TRAPPED"]);
}

#[test]
fn what_is_wrong_in_the_file_is_told_with_its_place() {
    let wrong = |name: &str, population: &str| run(&mut simulate(name, population)).failure().1;
    assert_has(&wrong("no-toml", "minutes = "), &["no-toml.toml is wrong: TOML parse error at line 1"]);
    assert_has(
        &wrong("unknown", &POPULATION.replace("share", "chair").replace("joins-at", "joints-at")),
        &["unknown.toml is wrong", "unknown field `joints-at-minute`", "`joins-at-minute`"],
    );
    let parameters = POPULATION.replace("capacity = 15", "parameters = { minLevel = 3 }");
    assert_has(&wrong("parameters", &parameters), &["parameters.toml is wrong", "event.parameters", "no parameters"]);
    let goals = POPULATION.replace("capacity = 15", "goals = [{ counter = 'gate', target = 0 }]");
    assert_has(&wrong("goals", &goals), &["event.goals[0].target: must be at least 1"]);
    let large = POPULATION.replace("action = [{", "actions-per-report = 1000\naction = [{ attributes.why = 'because',");
    assert_has(&wrong("large", &large), &["group soldier: a report of", "20480", "lower actions-per-report"]);
    let missing = run(siege().command("simulate").args(["--population", "nowhere.toml"])).failure().1;
    assert_has(&missing, &["there is no nowhere.toml", "`world-events plugin new` makes one"]);
    let flag = run(siege().command("simulate").args(["--players", "0"]));
    assert_eq!(flag.code, Some(2));
    assert_has(&flag.stderr, &["must be from 1 to 10000000"]);
}

#[test]
fn a_file_of_webassembly_has_its_population_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let built = run(world_events().args(["plugin", "build", "harvest-festival"])).success();
    let wasm = built.lines().find_map(|line| line.trim().strip_prefix("wasm")).unwrap().trim();
    let file = folder.path().join("festival.wasm");
    fs::copy(root().join(wasm), &file).unwrap();
    let population = root().join("plugins/harvest-festival/simulation.toml");
    fs::copy(population, folder.path().join("simulation.toml")).unwrap();
    let simulate =
        |file: &Path| run(world_events().args(["plugin", "simulate", "--players", "50"]).arg(file)).success();
    assert_has(&simulate(&file), &["harvest-festival@", "no rule pays at the end"]);
}

#[test]
fn who_is_counted_at_the_door_is_judged_by_those_who_are_in() {
    let folder = tempfile::tempdir().unwrap();
    let population = folder.path().join("rush.toml");
    // All come within a slice of the event.
    let rush = "[event]\nname = 'The rush'\ntype = 'WAR'\n\
                parameters = { sides = ['red', 'blue'], maxLead = 3, maxLeadPercent = 0 }\n\
                [[group]]\nname = 'fighter'\njoins-at-minute = { exponential = 0.001 }\n\
                reports-every-seconds = { normal = [60, 1], least = 1 }\n\
                attributes.faction = { choice = ['red', 'blue'], weights = [3, 1] }\n\
                [[group.action]]\nkind = 'defeat'\n";
    fs::write(&population, rush).unwrap();
    let mut command = world_events();
    command.args(["plugin", "simulate", "faction-war", "--players", "400", "--minutes", "60", "--population"]);
    let (report, text, _) = json_of(command.arg(&population));
    let [red, blue] = ["red", "blue"].map(|side| report["counters"][format!("members-{side}")].as_i64().unwrap());
    assert!(blue > 50 && (0..=3).contains(&(red - blue)), "{red} against {blue}:\n{text}");
    assert_eq!(report["joins"]["admitted"], json!(red + blue));
}
