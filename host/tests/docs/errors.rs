//! `docs/errors.md`: every code of an error, with its status, cause and cure.

use std::collections::{BTreeMap, BTreeSet};

use crate::page::Page;
use crate::source::{codes, sources};

/// Where codes of errors are written down: what the API answers, what settlements end with, what the SDK refuses with.
const FOLDERS: [&str; 8] = [
    "host/src/api",
    "host/src/auth",
    "host/src/lifecycle",
    "host/src/live",
    "host/src/model",
    "host/src/referee",
    "host/src/rules",
    "plugin-sdk/src",
];

/// What stands in those folders, looks like a code, and is none.
const NO_CODES: [&str; 4] = [
    // A variable of the allocator's.
    "MIMALLOC_ARENA_RESERVE",
    // A variable of the thread pool's.
    "RAYON_NUM_THREADS",
    // How metrics count a rule's "no".
    "REFUSED",
    // A style of names, for serde.
    "UPPERCASE",
];

/// A code as it is in the source.
struct Code {
    /// The HTTP statuses that stand beside it.
    statuses: BTreeSet<u16>,
    /// A file that it is in.
    path: String,
}

fn in_source() -> BTreeMap<String, Code> {
    let mut all = BTreeMap::<String, Code>::new();
    for source in sources(&FOLDERS) {
        for (code, statuses) in codes(&source) {
            let entry =
                all.entry(code).or_insert_with(|| Code { statuses: BTreeSet::new(), path: source.path.clone() });
            entry.statuses.extend(statuses);
        }
    }
    all
}

/// The rows of the page, by code.
fn on_page() -> BTreeMap<String, Vec<String>> {
    let page = Page::read("errors.md");
    let rows = page.rows().iter().filter_map(|row| {
        let code = row.first()?.strip_prefix('`')?.strip_suffix('`')?;
        Some((code.to_owned(), row[1..].to_vec()))
    });
    let mut codes = BTreeMap::new();
    for (code, cells) in rows {
        assert!(codes.insert(code.clone(), cells).is_none(), "docs/errors.md has two rows for {code}");
    }
    codes
}

#[test]
fn every_code_of_the_source_is_on_the_page() {
    let page = on_page();
    let is_known = |code: &str| page.contains_key(code) || NO_CODES.contains(&code);
    let missing = in_source().into_iter().filter(|(code, _)| !is_known(code));
    let rows: String = missing
        .map(|(code, Code { statuses, path })| {
            let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
            let statuses = if statuses.is_empty() { "STATUS".to_owned() } else { statuses.join(", ") };
            format!("  | `{code}` | {statuses} | WHAT BROUGHT IT ABOUT | WHAT TO DO |    (from {path})\n")
        })
        .collect();
    assert!(
        rows.is_empty(),
        "docs/errors.md lacks these rows; what is no code of an error belongs into NO_CODES in host/tests/docs/errors.rs:\n{rows}"
    );
}

#[test]
fn every_code_of_the_page_is_in_the_source() {
    let source = in_source();
    let gone: Vec<String> = on_page().into_keys().filter(|code| !source.contains_key(code)).collect();
    assert!(gone.is_empty(), "docs/errors.md has codes that the server no longer answers; remove the rows: {gone:?}");
    let unused: Vec<_> = NO_CODES.iter().filter(|word| !source.contains_key(**word)).collect();
    assert!(unused.is_empty(), "NO_CODES in host/tests/docs/errors.rs names what is gone: {unused:?}");
}

#[test]
fn a_row_says_status_cause_and_cure() {
    for (code, cells) in on_page() {
        assert!(cells.len() == 3 && cells.iter().all(|cell| !cell.is_empty()), "{code}: {cells:?}");
        let statuses = cells[0].split(", ").all(|status| status == "none" || status.parse::<u16>().is_ok());
        assert!(statuses, "{code}: the status is {:?}; it must be like 409, or 500, 503, or none", cells[0]);
    }
}

#[test]
fn the_page_has_the_statuses_of_the_source() {
    let page = on_page();
    for (code, Code { statuses, path }) in in_source() {
        let Some(cells) = page.get(&code) else { continue };
        let shown: BTreeSet<u16> = cells[0].split(", ").filter_map(|status| status.parse().ok()).collect();
        assert!(
            statuses.is_subset(&shown),
            "docs/errors.md has the status {} for `{code}`, but {path} answers it with {statuses:?}",
            cells[0]
        );
    }
}
