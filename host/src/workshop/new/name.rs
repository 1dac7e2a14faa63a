//! Names that a language has taken.

use super::NewError;
use crate::model::text::PluginName;
use crate::workshop::project::Language;

/// Words of Rust, which cannot be the name of a crate.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// Crates that a plugin is built with.
const CRATES: [&str; 9] =
    ["alloc", "core", "proc-macro", "schemars", "serde", "serde-json", "std", "test", "world-events-plugin-sdk"];

/// Checks that a plugin can have the name. In TypeScript and Python it can have any: there, it is but a text in the
/// manifest, and files are called the same in every plugin.
///
/// # Errors
/// The name is taken.
pub(super) fn check(name: &PluginName, language: Language) -> Result<(), NewError> {
    if language != Language::Rust {
        return Ok(());
    }
    let taken = |why| Err(NewError::Taken { name: name.clone(), why });
    if KEYWORDS.contains(&name.as_str()) {
        return taken("it is a word of Rust's");
    }
    if CRATES.contains(&name.as_str()) {
        return taken("a crate has that name which plugins are built with");
    }
    Ok(())
}
