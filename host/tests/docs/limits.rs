//! `docs/limits.md`: every limit with its value, the setting that moves it, and what comes beyond it.

use std::collections::BTreeSet;

use serde_json::Value;
use world_events::config::{Kind, SETTINGS, Setting, Settings};
use world_events::model::number::{Capacity, Minutes, Population, Score};
use world_events::model::text::{ActionKind, CounterName, Description, Name, PlayerId, Region, RewardId};

use crate::amount::{amount, count, says};
use crate::page::Page;
use crate::source::{constants, root, sources};

/// Limits that nobody can set: the row of the page, the file below `host/src`, the constant there.
const FIXED: &[(&str, &str, &str)] = &[
    ("the name of a plugin, a channel or a draft", "model/text.rs", "MAX_PLAIN_NAME"),
    ("the name of a plugin in its manifest", "rules/manifest.rs", "MAX_NAME"),
    ("the version of a plugin", "rules/manifest.rs", "MAX_VERSION"),
    ("the description of a plugin", "rules/manifest.rs", "MAX_DESCRIPTION"),
    ("the schema of a plugin's parameters", "rules/parameters.rs", "MAX_SCHEMA_BYTES"),
    ("its objects, with references followed", "rules/parameters.rs", "MAX_OBJECTS"),
    ("its depth", "rules/parameters.rs", "MAX_DEPTH"),
    ("its patterns", "rules/parameters.rs", "MAX_PATTERNS"),
    ("one of its patterns, compiled", "rules/parameters.rs", "MAX_PATTERN_BYTES"),
    ("parts of a small plugin", "rules/engine.rs", "SMALL_PARTS"),
    ("elements of a table of a small plugin", "rules/engine.rs", "SMALL_TABLE_ELEMENTS"),
    ("memory that a small plugin begins with", "rules/engine.rs", "SMALL_INITIAL_BYTES"),
    ("parts of a large plugin", "rules/engine.rs", "LARGE_PARTS"),
    ("elements of a table of a large plugin", "rules/engine.rs", "LARGE_TABLE_ELEMENTS"),
    ("machine code of a plugin", "rules/compile/mod.rs", "MAX_CODE_BYTES"),
    ("fuel of a call to `log` or `random-u64`", "rules/limits.rs", "HOST_CALL_FUEL"),
    ("the code of a refusal", "rules/answer.rs", "MAX_CODE"),
    ("the message of a refusal", "rules/answer.rs", "MAX_MESSAGE"),
    ("the details of a refusal", "rules/answer.rs", "MAX_DETAILS_BYTES"),
    ("the reason of a grant", "rules/rewards.rs", "MAX_REASON"),
    ("players of a page of a payout", "lifecycle/settle.rs", "PAGE"),
    ("tries of a page that cannot be paid at the moment", "lifecycle/settle.rs", "TRIES"),
    ("one open-ended JSON member", "model/json.rs", "MAX_JSON_BYTES"),
    ("actions and progress of a report together", "model/json.rs", "MAX_REPORT_BYTES"),
    ("actions of a report", "model/action.rs", "MAX_ACTIONS"),
    ("reports of one request", "api/participants/progress.rs", "MAX_REPORTS"),
    ("the body of such a request", "api/participants/progress.rs", "MAX_BYTES"),
    ("goals of an event or a template", "model/rules.rs", "MAX_GOALS"),
    ("counters of an event", "model/rules.rs", "MAX_COUNTERS"),
    ("regions of a template", "api/templates.rs", "MAX_REGIONS"),
    ("moves of a channel that are kept", "store/channels.rs", "MAX_MOVES"),
    ("players of each end that new rules are tried with", "referee/rehearse.rs", "SAMPLE"),
    ("misfits that are told", "api/events/rules.rs", "MAX_MISFITS"),
    ("participants shown with an event", "live/mod.rs", "FIRST_PAGE"),
    ("the largest `offset`", "api/paging.rs", "MAX_OFFSET"),
    ("the subject of a token", "auth/claims.rs", "MAX_SUBJECT_CHARS"),
    ("the secret of tokens, at least", "auth/keys.rs", "MIN_SECRET_BYTES"),
];

/// Constants that are called limits, but that nobody who uses the server meets.
const INSIDE: &[(&str, &str)] = &[
    ("auth/key_file.rs", "MAX_FILE_BYTES"),
    ("rules/admission.rs", "MAX_WHY"),
    ("rules/compile/inspect.rs", "MAX_NAMES"),
    ("rules/compile/inspect.rs", "MAX_NAME"),
    ("rules/compile/inspect.rs", "MAX_WHY"),
    ("rules/compile/mod.rs", "MAX_COMPLAINT_BYTES"),
    ("rules/compile/mod.rs", "MAX_THREADS"),
    ("rules/failure.rs", "MAX_LINE"),
    ("rules/parameters.rs", "MAX_ERRORS"),
    ("rules/parameters.rs", "MAX_MESSAGE"),
    ("rules/sandbox.rs", "MAX_HANDLES"),
    ("model/mod.rs", "MAX_SAFE_INTEGER"),
    ("rules/abi.rs", "MAX_INTEGER"),
    ("store/embedded/postmaster.rs", "MAX_LOG_BYTES"),
    ("store/embedded/socket.rs", "MAX_PATH_BYTES"),
    ("store/standings_feed.rs", "MAX_GAPS"),
];

/// Where constants that begin with `MAX_` are limits.
const FOLDERS: [&str; 8] = [
    "host/src/api",
    "host/src/auth",
    "host/src/lifecycle",
    "host/src/live",
    "host/src/model",
    "host/src/referee",
    "host/src/rules",
    "host/src/store",
];

/// Limits that are types of the model: the row of the page, and the most characters.
const TEXTS: [(&str, usize); 7] = [
    ("the name of an event or a template", Name::MAX_CHARS),
    ("a region", Region::MAX_CHARS),
    ("the id of a player", PlayerId::MAX_CHARS),
    ("a description", Description::MAX_CHARS),
    ("the id of a reward", RewardId::MAX_CHARS),
    ("the name of a counter", CounterName::MAX_CHARS),
    ("the kind of an action", ActionKind::MAX_CHARS),
];

/// Ranges of numbers.
const NUMBERS: [(&str, i64); 4] = [
    ("a score, a counter, an amount", Score::MAX),
    ("places of an event (`maxParticipants`)", Capacity::MAX),
    ("the duration of a template, in minutes", Minutes::MAX),
    ("the population of a region", Population::MAX),
];

fn assert_row(page: &Page, name: &str, amount: &str, about: &str) {
    let Some(row) = page.row(name) else {
        panic!("docs/limits.md lacks the row (from {about}):\n  | {name} | {amount} | no | WHAT COMES BEYOND IT |");
    };
    assert!(row.len() == 4 && row.iter().all(|cell| !cell.is_empty()), "docs/limits.md: {row:?}");
    assert!(says(&row[1], amount), "docs/limits.md says {:?} of {name:?}; it is {amount} (from {about})", row[1]);
}

#[test]
fn fixed_limits_are_those_of_the_source() {
    let page = Page::read("limits.md");
    let sources = sources(&["host/src"]);
    for (name, file, constant) in FIXED {
        let path = format!("host/src/{file}");
        let source = sources.iter().find(|source| source.path == path);
        let value = source.and_then(|source| *constants(source).get(*constant)?);
        let Some(value) = value else {
            panic!(
                "{path} has no constant {constant} whose value can be worked out; mend FIXED in host/tests/docs/limits.rs"
            )
        };
        assert_row(&page, name, &amount(constant, value), &path);
    }
    for (name, characters) in TEXTS {
        assert_row(&page, name, &count(characters as u128), "host/src/model/text.rs");
    }
    for (name, most) in NUMBERS {
        assert_row(&page, name, &count(u128::try_from(most).unwrap()), "host/src/model/number.rs");
    }
}

#[test]
fn every_constant_that_is_a_limit_is_on_the_page() {
    let (mut rows, mut lines, mut inside) = (String::new(), String::new(), BTreeSet::new());
    for source in sources(&FOLDERS) {
        let file = source.path.strip_prefix("host/src/").unwrap();
        for (name, value) in constants(&source).into_iter().filter(|(name, _)| name.starts_with("MAX_")) {
            if INSIDE.contains(&(file, &name)) {
                inside.insert((file.to_owned(), name));
            } else if !FIXED.iter().any(|(_, of, constant)| *of == file && *constant == name) {
                let value = value.map_or_else(|| "HOW MUCH".to_owned(), |value| amount(&name, value));
                rows += &format!("  | WHAT IT LIMITS | {value} | no | WHAT COMES BEYOND IT |\n");
                lines += &format!("  (\"WHAT IT LIMITS\", \"{file}\", \"{name}\"),\n");
            }
        }
    }
    assert!(
        rows.is_empty(),
        "there are limits that docs/limits.md does not know. Add to the page:\n{rows}and to FIXED in \
         host/tests/docs/limits.rs (or, without the first text, to INSIDE, if nobody meets it):\n{lines}"
    );
    assert_eq!(
        inside.len(),
        INSIDE.len(),
        "INSIDE in host/tests/docs/limits.rs names what is gone; there is: {inside:?}"
    );
    let texts = std::fs::read_to_string(root().join("host/src/model/text.rs")).unwrap();
    assert_eq!(
        texts.matches("\ntext!(").count(),
        TEXTS.len(),
        "TEXTS in host/tests/docs/limits.rs lacks a type of text.rs"
    );
}

/// What a numeric setting is by default, in its own unit; `None` if that depends on the machine.
fn default(setting: &Setting, defaults: &Value) -> Option<u128> {
    let value = setting.key.split('.').fold(defaults, |value, part| &value[part]);
    match value {
        Value::Number(number) => Some(number.as_u64().unwrap().into()),
        Value::String(span) => Some(humantime::parse_duration(span).unwrap().as_millis()),
        _ => None,
    }
}

/// How the value of a setting, and its bounds, are written. `None`: it is no number.
fn written(setting: &Setting) -> Option<(String, String, String)> {
    let (unit, min, max) = match setting.kind {
        Kind::Integer(min, max) => (setting.key, u128::from(min), u128::from(max)),
        Kind::Duration(seconds) => ("_ms", 1, u128::from(seconds) * 1_000),
        _ => return None,
    };
    Some((unit.to_owned(), amount(unit, min), amount(unit, max)))
}

#[test]
fn settings_have_their_defaults_and_bounds() {
    let page = Page::read("limits.md");
    let defaults = serde_json::to_value(Settings::default()).unwrap();
    let mut missing = String::new();
    for setting in SETTINGS {
        let Some((unit, min, max)) = written(setting) else { continue };
        let by = format!("`{}`, {min} to {max}", setting.key);
        let value = default(setting, &defaults).map(|number| amount(&unit, number));
        let rows: Vec<_> = page.rows().iter().filter(|row| row.get(2) == Some(&by)).collect();
        let [row] = rows[..] else {
            let value = value.as_deref().unwrap_or("WHAT HOLDS WITHOUT IT");
            missing += &format!("  | {} | {value} | {by} | WHAT COMES BEYOND IT |\n", setting.help);
            continue;
        };
        assert!(row.len() == 4 && row.iter().all(|cell| !cell.is_empty()), "docs/limits.md: {row:?}");
        if let Some(value) = value {
            assert!(says(&row[1], &value), "docs/limits.md says {:?} of {}; it is {value}", row[1], setting.key);
        }
    }
    assert!(missing.is_empty(), "docs/limits.md lacks a row for each of these, or has it twice:\n{missing}");
    let known: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
    for row in page.rows() {
        let key = row.get(2).and_then(|cell| cell.strip_prefix('`')?.split('`').next());
        assert!(key.is_none_or(|key| known.contains(key)), "docs/limits.md names a setting that is gone: {row:?}");
    }
}

#[test]
fn lists_have_their_page_sizes() {
    let page = Page::read("limits.md");
    let document = serde_json::to_value(world_events::api::openapi()).unwrap();
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
        let Some(limit) = parameters.into_iter().find(|parameter| parameter["name"] == "limit") else { continue };
        let (default, most) = (&limit["schema"]["default"], &limit["schema"]["maximum"]);
        let name = format!("`GET {path}`");
        let Some(row) = page.row(&name) else {
            panic!("docs/limits.md lacks the row:\n  | {name} | {default} | {most} |");
        };
        assert_eq!(row[1..], [default.to_string(), most.to_string()], "docs/limits.md: {name}");
        lists += 1;
    }
    let rows = page.rows().iter().filter(|row| row[0].starts_with("`GET ")).count();
    assert_eq!(rows, lists, "docs/limits.md has lists that are gone");
}

#[test]
fn codes_are_those_of_the_page_of_errors() {
    let errors = Page::read("errors.md");
    let mut named = 0;
    for row in Page::read("limits.md").rows().iter().filter(|row| row.len() == 4) {
        let words = row[3].split('`').skip(1).step_by(2);
        for code in words.filter(|word| word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        {
            assert!(errors.row(&format!("`{code}`")).is_some(), "docs/errors.md does not know {code}, of {row:?}");
            named += 1;
        }
    }
    assert!(named > 20, "{named}");
}
