//! The comparison itself: one change at a time to a small ABI.

use semver::Version;

use crate::compare::{Change, differences, verdict};
use crate::package::Package;

/// An ABI with one of everything.
const BASE: &str = "
package test:abi@0.1.0;

/// Words.
interface types {
    /// A place.
    record place {
        /// Eastwards.
        x: s64,
        y: s64,
    }
    enum level { low, high }
    variant shape { dot, circle(u32) }
    flags colours { red, blue }
    type json = string;
}

interface host {
    use types.{level};
    log: func(level: level, message: string);
}

interface scoring {
    use types.{place, json};
    score: func(places: list<place>) -> result<u64, json>;
}

world rules {
    import host;
    export scoring;
}

world scoring-only {
    import host;
    export scoring;
}
";

/// The base with one text replaced by another.
fn with(from: &str, to: &str) -> Package {
    assert!(BASE.contains(from), "{from}");
    Package::of_text(&BASE.replacen(from, to, 1))
}

/// What differs from the base.
fn changes(from: &str, to: &str) -> Vec<(Change, String)> {
    let differences = differences(&Package::of_text(BASE), &with(from, to));
    differences.into_iter().map(|difference| (difference.change, difference.what)).collect()
}

/// The one thing that differs from the base.
fn change(from: &str, to: &str) -> (Change, String) {
    let mut changes = changes(from, to);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    changes.remove(0)
}

fn breaking(what: &str) -> (Change, String) {
    (Change::Breaking, what.to_owned())
}

fn addition(what: &str) -> (Change, String) {
    (Change::Addition, what.to_owned())
}

fn wording(what: &str) -> (Change, String) {
    (Change::Wording, what.to_owned())
}

#[test]
fn layout_and_version_are_no_differences() {
    assert_eq!(changes("    enum level { low, high }", "\n  enum level {\n  low,\n  high,\n}"), []);
    assert_eq!(changes("@0.1.0", "@0.1.1"), []);
}

#[test]
fn doc_comments_are_wording() {
    assert_eq!(change("/// Words.", "/// Terms."), wording("interface `types` has another doc comment"));
    assert_eq!(change("/// A place.", ""), wording("record `types.place` has another doc comment"));
    assert_eq!(change("Eastwards", "East"), wording("record `types.place`: `x` has another doc comment"));
    let of_function = change("    log: func", "    /// Logs.\n    log: func");
    assert_eq!(of_function, wording("function `host.log` has another doc comment"));
    let of_world = change("world rules", "/// All.\nworld rules");
    assert_eq!(of_world, wording("world `rules` has another doc comment"));
}

#[test]
fn a_new_interface_is_an_addition_with_all_that_is_in_it() {
    let new = "interface replay { record step { at: u64 } again: func(step: step); }\n\nworld rules {";
    assert_eq!(change("world rules {", new), addition("interface `replay` is new"));
    // Also as something that plugins may export, as long as none of the smaller worlds demands it.
    let exported = new.replace("world rules {", "world rules {\n    export replay;");
    let expected = [addition("world `rules`: `export replay` is new"), addition("interface `replay` is new")];
    assert_eq!(changes("world rules {", &exported), expected);
}

#[test]
fn a_new_function_that_plugins_may_call_is_an_addition() {
    let new = "    log: func(level: level, message: string);\n    roll: func() -> u64;";
    assert_eq!(change("    log: func(level: level, message: string);", new), addition("function `host.roll` is new"));
}

#[test]
fn a_new_function_that_plugins_would_have_to_have_is_breaking() {
    let expected = breaking("function `scoring.finish` is new in an interface that plugins export");
    assert_eq!(change("    score: func", "    finish: func();\n    score: func"), expected);
}

#[test]
fn a_new_type_is_an_addition_anywhere() {
    let fresh = change("    enum level", "    record fresh { a: u8 }\n    enum level");
    assert_eq!(fresh, addition("record `types.fresh` is new"));
    assert_eq!(change("use types.{level}", "use types.{level, json}"), addition("use `host.json` is new"));
    let end = change("interface scoring {", "interface scoring {\n    enum end { won, lost }");
    assert_eq!(end, addition("enum `scoring.end` is new"));
}

#[test]
fn a_new_world_is_an_addition() {
    assert_eq!(
        change("world rules {", "world nothing { import host; }\n\nworld rules {"),
        addition("world `nothing` is new")
    );
}

#[test]
fn any_change_of_a_record_is_breaking() {
    let record = |to: &str| change("        y: s64,", to);
    assert_eq!(record("        y: s64,\n        z: s64,"), breaking("record `types.place`: `z` is new"));
    assert_eq!(record(""), breaking("record `types.place`: `y` is gone"));
    assert_eq!(record("        y: u64,"), breaking("record `types.place`: `y` is `u64`, was `s64`"));
    let renamed = [breaking("record `types.place`: `y` is gone"), breaking("record `types.place`: `north` is new")];
    assert_eq!(changes("        y: s64,", "        north: s64,"), renamed);
    let swapped = change(
        "        /// Eastwards.\n        x: s64,\n        y: s64,",
        "        y: s64,\n        /// Eastwards.\n        x: s64,",
    );
    assert_eq!(swapped, breaking("record `types.place`: the order is y, x, was x, y"));
}

#[test]
fn any_change_of_cases_is_breaking() {
    assert_eq!(change("{ low, high }", "{ low, high, top }"), breaking("enum `types.level`: `top` is new"));
    assert_eq!(change("{ low, high }", "{ low }"), breaking("enum `types.level`: `high` is gone"));
    assert_eq!(
        change("{ low, high }", "{ high, low }"),
        breaking("enum `types.level`: the order is high, low, was low, high")
    );
    assert_eq!(change("{ red, blue }", "{ red, blue, green }"), breaking("flags `types.colours`: `green` is new"));
    assert_eq!(change("circle(u32)", "circle(f32)"), breaking("variant `types.shape`: `circle` is `f32`, was `u32`"));
    assert_eq!(change("dot,", "dot(u32),"), breaking("variant `types.shape`: `dot` is `u32`, was nothing"));
    assert_eq!(change("dot,", "dot, square,"), breaking("variant `types.shape`: `square` is new"));
}

#[test]
fn any_change_of_a_signature_is_breaking() {
    let expected = "function `scoring.score`: `places` is `option<types.place>`, was `list<types.place>`";
    assert_eq!(change("list<place>", "option<place>"), breaking(expected));
    let expected = "function `scoring.score`: the result is `result<u64>`, was `result<u64, types.json>`";
    assert_eq!(change("result<u64, json>", "result<u64>"), breaking(expected));
    assert_eq!(change(" -> result<u64, json>", ""), breaking("function `scoring.score`: the result is gone"));
    let more = change("message: string)", "message: string, tag: string)");
    assert_eq!(more, breaking("function `host.log`: `tag` is new"));
    let renamed = [breaking("function `host.log`: `message` is gone"), breaking("function `host.log`: `text` is new")];
    assert_eq!(changes("message: string)", "text: string)"), renamed);
    let swapped = change("level: level, message: string", "message: string, level: level");
    assert_eq!(swapped, breaking("function `host.log`: the order is message, level, was level, message"));
}

#[test]
fn another_meaning_of_a_name_is_breaking() {
    let alias = change("type json = string;", "type json = list<u8>;");
    assert_eq!(alias, breaking("type `types.json`: the type `list<u8>` is `list<u8>`, was `string`"));
    let kind = change("flags colours { red, blue }", "enum colours { red, blue }");
    assert_eq!(kind, breaking("flags `types.colours` is an enum now"));
}

#[test]
fn whatever_is_gone_is_breaking() {
    assert_eq!(change("    flags colours { red, blue }\n", ""), breaking("flags `types.colours` is gone"));
    let expected = breaking("function `host.log` is gone");
    assert_eq!(change("    log: func(level: level, message: string);\n", ""), expected);
    let world = "world scoring-only {\n    import host;\n    export scoring;\n}";
    assert_eq!(change(world, ""), breaking("world `scoring-only` is gone"));
    // An interface is named once, with all that was in it.
    let renamed = Package::of_text(&BASE.replace("host", "server"));
    let gone = differences(&Package::of_text(BASE), &renamed);
    let gone: Vec<_> =
        gone.iter().filter(|it| it.what.starts_with("interface") || it.what.starts_with("function")).collect();
    assert_eq!(
        gone.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(),
        ["interface `host` is gone", "interface `server` is new"]
    );
}

#[test]
fn a_world_may_import_more_but_not_demand_more() {
    let rules = "world rules {\n    import host;\n    export scoring;";
    assert_eq!(change(rules, &rules.replace("    export scoring;", "")).0, Change::Breaking);
    let small = "world scoring-only {\n    import host;\n    export scoring;";
    let more = "interface clock { now: func() -> u64; }\n\n";
    let imported = changes(small, &format!("{more}{small}\n    import clock;"));
    assert_eq!(
        imported,
        [addition("world `scoring-only`: `import clock` is new"), addition("interface `clock` is new")]
    );
    let exported = changes(small, &format!("{more}{small}\n    export clock;"));
    assert_eq!(
        exported,
        [breaking("world `scoring-only`: `export clock` is new"), addition("interface `clock` is new")]
    );
}

#[test]
fn another_package_is_breaking() {
    assert_eq!(change("package test:abi@", "package test:other@"), breaking("package `test:other` was `test:abi`"));
}

#[test]
fn before_1_0_additions_raise_the_last_number_and_breaking_changes_the_middle_one() {
    let next = |change: Change, released: &str| change.next(&released.parse().unwrap()).to_string();
    for (released, wording, addition, breaking) in [
        ("0.1.0", "0.1.1", "0.1.1", "0.2.0"),
        ("0.3.7", "0.3.8", "0.3.8", "0.4.0"),
        ("1.2.3", "1.2.4", "1.3.0", "2.0.0"),
    ] {
        let expected = [wording, addition, breaking];
        let changes = [Change::Wording, Change::Addition, Change::Breaking];
        assert_eq!(changes.map(|change| next(change, released)), expected, "{released}");
    }
}

#[test]
fn a_version_must_be_raised_as_far_as_its_changes_demand() {
    const ADDED: (&str, &str) = ("    enum level", "    enum fresh { a }\n    enum level");
    const BROKEN: (&str, &str) = ("y: s64", "y: u64");
    let base = Package::of_text(BASE);
    for (change, version, fits) in [
        (("", ""), "0.1.0", true),
        (("", ""), "0.1.1", true),
        (("", ""), "0.0.9", false),
        (("Words", "Terms"), "0.1.0", false),
        (("Words", "Terms"), "0.1.1", true),
        (ADDED, "0.1.0", false),
        (ADDED, "0.1.1", true),
        (ADDED, "0.2.0", true),
        (BROKEN, "0.1.1", false),
        (BROKEN, "0.2.0-rc.1", false),
        (BROKEN, "0.2.0", true),
    ] {
        let mut new = with(change.0, change.1);
        new.version = Version::parse(version).unwrap();
        assert_eq!(verdict(&base, &new).is_ok(), fits, "{change:?} {version}");
    }
}

#[test]
fn a_version_that_is_too_low_is_told_what_it_would_have_to_be() {
    let mut new = with("y: s64", "y: u64");
    new.version = Version::new(0, 1, 1);
    let error = verdict(&Package::of_text(BASE), &new).unwrap_err();
    let expected = "test:abi 0.1.1 differs from the released 0.1.0:\n  \
                    breaking                    record `types.place`: `y` is `u64`, was `s64`\n\
                    It has to be 0.2.0 at least. ";
    assert!(error.starts_with(expected), "{error}");
}
