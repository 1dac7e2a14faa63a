//! `docs/abi.md`: the reference of the ABI, made from `wit/`.
//!
//! `UPDATE_DOCS=1 cargo test -p world-events --test abi reference` writes it anew.

use std::fmt::Write as _;
use std::fs;

use crate::package::{EXPORT, IMPORT, Item, Kind, Package, Part};
use crate::released::{present, root};

/// Set to anything, it has the page written instead of compared.
const UPDATE: &str = "UPDATE_DOCS";

#[test]
fn the_reference_is_what_wit_says() {
    let file = root().join("docs/abi.md");
    let page = page(&present());
    if std::env::var_os(UPDATE).is_some() {
        return fs::write(file, page).unwrap();
    }
    let committed = fs::read_to_string(file).unwrap_or_default();
    let different = committed.lines().zip(page.lines()).find(|(old, new)| old != new);
    assert!(
        committed == page,
        "docs/abi.md is not what wit/ says (first difference: {different:?}); update it with: \
         {UPDATE}=1 cargo test -p world-events --test abi reference"
    );
}

#[test]
fn every_link_of_the_reference_leads_somewhere() {
    let page = page(&present());
    let anchors: Vec<String> = page.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
    let links: Vec<&str> = page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 50, "{links:?}");
    for link in links {
        assert!(anchors.iter().any(|anchor| anchor == link), "#{link} is no heading; there are: {anchors:?}");
    }
    for (number, anchor) in anchors.iter().enumerate() {
        assert!(!anchors[..number].contains(anchor), "two headings are #{anchor}");
    }
}

#[test]
fn everything_that_is_defined_is_in_the_reference() {
    let package = present();
    let page = page(&package);
    for item in package.items.iter().filter(|item| item.kind != Kind::Use) {
        let heading = format!(" `{}`\n", item.path);
        assert!(page.contains(&heading) || item.kind == Kind::World, "{} has no heading", item.title());
        for part in item.parts.iter().filter(|part| !part.name.is_empty() && item.kind != Kind::World) {
            assert!(page.contains(&format!("`{}`", part.name)) || part.name == crate::package::RESULT, "{part:?}");
        }
    }
    assert!(
        package.items.iter().all(|item| !item.docs.is_empty() || item.kind == Kind::Use),
        "something has no doc comment"
    );
}

/// How GitHub makes an anchor of a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
}

/// What the page says before the first interface.
fn introduction(package: &Package) -> String {
    format!(
        "<!-- Made from wit/ by host/tests/abi/reference.rs; changes here are lost. -->

# The rules ABI

What goes into a rule and what comes out of it, in `{name}@{version}`. This page is for whoever writes rules in another
language than Rust, or wants to look up a member: the Rust [SDK](plugins.md) has the same records, with names like `starts_at`
for `starts-at`.

A plugin is a file of WebAssembly. It *exports* functions, which the server calls, and it may *import* functions of the
server, which it calls. Functions belong to interfaces. A plugin exports `manifest` and, of `eligibility`, `scoring` and
`rewards`, those that it decides; it may import `host`, and nothing else. The source is [wit/](../wit/), in the language
[WIT](https://component-model.bytecodealliance.org/design/wit.html), from which tools make bindings for a programming language.

How large things may be is in [limits.md](limits.md); what a later version may change, and what that means for plugins that are
there, in [abi-versions.md](abi-versions.md).

Types: `u32` and `u64` are whole numbers from 0, `s64` are whole numbers with a sign, each with so many bits. `string` is text
in UTF-8. `list<…>` is any number of something, in order. `option<…>` is something or nothing. `result<…, …>` is the first if it
went well, else the second.
",
        name = package.name,
        version = package.version,
    )
}

/// In which order the interfaces are shown: what a reader looks for first, then what it is made of.
const ORDER: [&str; 6] = ["manifest", "eligibility", "scoring", "rewards", "host", "types"];

fn page(package: &Package) -> String {
    let mut interfaces: Vec<&Item> = package.items.iter().filter(|item| item.kind == Kind::Interface).collect();
    interfaces.sort_by_key(|it| ORDER.iter().position(|name| *name == it.path).unwrap_or(ORDER.len()));
    let links: Vec<String> = interfaces.iter().map(|it| format!("[`{0}`](#interface-{0})", it.path)).collect();
    let mut page = introduction(package) + &format!("\nInterfaces: {}; [worlds](#worlds).\n", links.join(", "));
    for interface in interfaces {
        page += &section(package, interface);
    }
    page + &worlds(package)
}

fn section(package: &Package, interface: &Item) -> String {
    let path = &interface.path;
    let members = |kind: fn(Kind) -> bool| {
        package.items.iter().filter(move |item| item.interface() == Some(path) && kind(item.kind))
    };
    let side = if package.is_exported(path) {
        "Exported by plugins."
    } else if members(|kind| kind == Kind::Function).next().is_some() {
        "Imported by plugins."
    } else {
        "Types that the other interfaces use."
    };
    let mut text = format!("\n## Interface `{path}`\n\n{side} {}\n", interface.docs);
    for item in members(|kind| kind == Kind::Function) {
        text += &function(item);
    }
    for item in members(|kind| !matches!(kind, Kind::Function | Kind::Use)) {
        text += &type_def(item);
    }
    text
}

fn function(item: &Item) -> String {
    let mut text = heading(item);
    if item.parts.is_empty() {
        return text;
    }
    text += "\n| parameter | type |\n| --- | --- |\n";
    for part in &item.parts {
        let name = if part.name == crate::package::RESULT { part.name.clone() } else { format!("`{}`", part.name) };
        let _ = writeln!(text, "| {name} | {} |", linked(&part.shape));
    }
    text
}

fn type_def(item: &Item) -> String {
    let text = heading(item);
    let rows = |heading: &str, row: fn(&Part) -> String| {
        let rows: String = item.parts.iter().map(row).collect();
        format!("\n{heading}\n{rows}")
    };
    let table = match item.kind {
        Kind::Type => item.parts.iter().map(|part| format!("\nThe same as {}.\n", linked(&part.shape))).collect(),
        Kind::Record => rows("| member | type | meaning |\n| --- | --- | --- |", |part| {
            format!("| `{}` | {} | {} |\n", part.name, linked(&part.shape), cell(&part.docs))
        }),
        Kind::Variant => rows("| case | with | meaning |\n| --- | --- | --- |", |part| {
            format!("| `{}` | {} | {} |\n", part.name, linked(&part.shape), cell(&part.docs))
        }),
        // Words that speak for themselves.
        _ if item.parts.iter().all(|part| part.docs.is_empty()) => {
            let cases: Vec<String> = item.parts.iter().map(|part| format!("`{}`", part.name)).collect();
            format!("\nOne of {}.\n", cases.join(", "))
        }
        _ => rows("| case | meaning |\n| --- | --- |", |part| format!("| `{}` | {} |\n", part.name, cell(&part.docs))),
    };
    text + &table
}

fn worlds(package: &Package) -> String {
    let mut text = "\n## Worlds\n\nA world names what a plugin imports and exports, for the tools that make bindings. The server \
                    does not look at it, but at what is there.\n\n| world | imports | exports | meaning |\n| --- | --- | --- | \
                    --- |\n"
        .to_owned();
    for world in package.items.iter().filter(|item| item.kind == Kind::World) {
        let side = |way: &str| {
            let names = world.parts.iter().filter_map(|part| part.name.strip_prefix(way));
            names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        let _ = writeln!(text, "| `{}` | {} | {} | {} |", world.path, side(IMPORT), side(EXPORT), cell(&world.docs));
    }
    text
}

/// The name alone is the heading, so that a link needs to know no more.
fn heading(item: &Item) -> String {
    format!("\n### `{}`\n\n*{}.* {}\n", item.path, item.kind, item.docs)
}

/// A doc comment as the cell of a table: on one line.
fn cell(docs: &str) -> String {
    docs.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A type, with its named types linked to where they are described.
fn linked(shape: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
    let (mut text, mut plain, mut rest) = (String::new(), String::new(), shape);
    while !rest.is_empty() {
        let end = rest.find(|c| is_name(c) != rest.starts_with(is_name)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        match token.split_once('.') {
            Some((_, name)) => {
                text += &code(&std::mem::take(&mut plain));
                text += &format!("[`{name}`](#{})", anchor(token));
            }
            None => plain += token,
        }
        rest = after;
    }
    text + &code(&plain)
}

#[test]
fn types_are_linked_to_where_they_are_described() {
    for (shape, text) in [
        ("u64", "`u64`"),
        ("option<u32>", "`option<u32>`"),
        ("types.event-type", "[`event-type`](#typesevent-type)"),
        ("result<list<a.b>, c.d>", "`result<list<`[`b`](#ab)`>, `[`d`](#cd)`>`"),
        ("", ""),
    ] {
        assert_eq!(linked(shape), text);
    }
}
