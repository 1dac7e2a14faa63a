//! Every public item of the SDK has an example, and every method is called in one. That they hold is tested by running
//! them, as doctests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy does not see that a test's helper is a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, TraitItem, UseTree, Visibility};

/// A source file of the SDK.
struct Source {
    text: String,
    file: syn::File,
}

/// The source files, by the name of their module. What is generated has no docs of its own.
fn sources() -> BTreeMap<String, Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let read = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        Source { file: syn::parse_file(&text).unwrap(), text }
    };
    files.map(|path| (name(&path), read(&path))).filter(|(name, _)| name != "bindings").collect()
}

/// The docs among an item's attributes.
fn docs(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(line) => Some(line.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

fn has_example(attributes: &[Attribute]) -> bool {
    docs(attributes).contains("```\n")
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    let hidden = |list: &syn::MetaList| list.path.is_ident("doc") && list.tokens.to_string() == "hidden";
    attributes.iter().any(|attribute| matches!(&attribute.meta, Meta::List(list) if hidden(list)))
}

fn is_exported_macro(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("macro_export"))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The names that a `use` brings in.
fn names(tree: &UseTree) -> Vec<String> {
    match tree {
        UseTree::Path(path) => names(&path.tree),
        UseTree::Name(name) => vec![name.ident.to_string()],
        UseTree::Rename(rename) => vec![rename.rename.to_string()],
        UseTree::Group(group) => group.items.iter().flat_map(names).collect(),
        _ => panic!("what `*` brings in cannot be told"),
    }
}

/// An item that can be public: the names that it has, its visibility, its attributes.
fn parts(item: &Item) -> Option<(Vec<String>, &Visibility, &[Attribute])> {
    Some(match item {
        Item::Const(item) => (vec![item.ident.to_string()], &item.vis, &item.attrs),
        Item::Enum(item) => (vec![item.ident.to_string()], &item.vis, &item.attrs),
        Item::Fn(item) => (vec![item.sig.ident.to_string()], &item.vis, &item.attrs),
        Item::Mod(item) => (vec![item.ident.to_string()], &item.vis, &item.attrs),
        Item::Static(item) => (vec![item.ident.to_string()], &item.vis, &item.attrs),
        Item::Struct(item) => (vec![item.ident.to_string()], &item.vis, &item.attrs),
        Item::Trait(item) => (vec![item.ident.to_string()], &item.vis, &item.attrs),
        Item::Type(item) => (vec![item.ident.to_string()], &item.vis, &item.attrs),
        Item::Union(item) => (vec![item.ident.to_string()], &item.vis, &item.attrs),
        Item::Use(item) => (names(&item.tree), &item.vis, &item.attrs),
        _ => return None,
    })
}

/// The public items of a module and their attributes, by name.
fn public_items(source: &Source) -> BTreeMap<String, &[Attribute]> {
    let mut items = BTreeMap::new();
    for (names, visibility, attributes) in source.file.items.iter().filter_map(parts) {
        if is_public(visibility) && !is_hidden(attributes) {
            items.extend(names.into_iter().map(|name| (name, attributes)));
        }
    }
    items
}

/// The module of this crate that a `use` brings items in from.
fn module<'a>(item: &syn::ItemUse, sources: &'a BTreeMap<String, Source>) -> Option<&'a Source> {
    match &item.tree {
        UseTree::Path(path) => sources.get(&path.ident.to_string()),
        _ => None,
    }
}

/// The items that a plugin can name, and whether each has an example.
fn reachable(sources: &BTreeMap<String, Source>) -> BTreeMap<String, bool> {
    let root = sources.get("lib").unwrap();
    let mut reachable = BTreeMap::from([("the crate".to_owned(), has_example(&root.file.attrs))]);
    for (name, attributes) in public_items(root) {
        reachable.insert(name, has_example(attributes));
    }
    for item in &root.file.items {
        match item {
            Item::Use(item) => {
                // An item of this crate has its docs where it is written, one of another crate where it is brought in.
                let Some(source) = module(item, sources) else { continue };
                let there = public_items(source);
                for name in names(&item.tree) {
                    if let Some(known) = reachable.get_mut(&name) {
                        *known = has_example(there.get(&name).unwrap_or_else(|| panic!("{name} is not found")));
                    }
                }
            }
            Item::Mod(item) if is_public(&item.vis) && !is_hidden(&item.attrs) && item.content.is_none() => {
                let name = item.ident.to_string();
                let source = sources.get(&name).unwrap();
                let inside = public_items(source).into_iter();
                reachable
                    .extend(inside.map(|(inner, attributes)| (format!("{name}::{inner}"), has_example(attributes))));
                reachable.insert(name, has_example(&source.file.attrs));
            }
            _ => {}
        }
    }
    let macros = sources.values().flat_map(|source| &source.file.items).filter_map(|item| match item {
        Item::Macro(item) if is_exported_macro(&item.attrs) && !is_hidden(&item.attrs) => Some(item),
        _ => None,
    });
    reachable.extend(macros.map(|item| (format!("{}!", item.ident.as_ref().unwrap()), has_example(&item.attrs))));
    reachable
}

/// The public methods of all types and traits.
fn methods(sources: &BTreeMap<String, Source>) -> Vec<String> {
    let mut methods = Vec::new();
    for item in sources.values().flat_map(|source| &source.file.items) {
        match item {
            Item::Impl(item) if item.trait_.is_none() => {
                methods.extend(item.items.iter().filter_map(|item| match item {
                    ImplItem::Fn(method) if is_public(&method.vis) => Some(method.sig.ident.to_string()),
                    _ => None,
                }))
            }
            Item::Trait(item) => methods.extend(item.items.iter().filter_map(|item| match item {
                TraitItem::Fn(method) => Some(method.sig.ident.to_string()),
                _ => None,
            })),
            _ => {}
        }
    }
    methods
}

/// All examples of the crate, as one text.
fn examples(sources: &BTreeMap<String, Source>) -> String {
    let mut examples = String::new();
    for source in sources.values() {
        let docs = source
            .text
            .lines()
            .map(str::trim_start)
            .filter_map(|line| line.strip_prefix("///").or_else(|| line.strip_prefix("//!")));
        let mut inside = false;
        for line in docs {
            if line.trim_start().starts_with("```") {
                inside = !inside;
            } else if inside {
                examples.push_str(line);
                examples.push('\n');
            }
        }
    }
    examples
}

#[test]
fn every_public_item_has_an_example() {
    let reachable = reachable(&sources());
    for known in
        ["the crate", "export!", "Event", "Admission", "MAX_SCORE", "json", "testing", "testing::page", "log::info"]
    {
        assert!(reachable.contains_key(known), "{known} is not seen in {reachable:?}");
    }
    let without: Vec<_> = reachable.iter().filter(|(_, has_example)| !**has_example).map(|(name, _)| name).collect();
    assert!(without.is_empty(), "without an example: {without:?}");
}

#[test]
fn every_method_is_called_in_an_example() {
    let sources = sources();
    let (methods, examples) = (methods(&sources), examples(&sources));
    for known in ["with_progress", "counter", "payout"] {
        assert!(methods.iter().any(|method| method == known), "{known} is not seen in {methods:?}");
    }
    let is_called = |method: &String| {
        [".", "::"]
            .iter()
            .any(|before| ["(", "::<"].iter().any(|after| examples.contains(&format!("{before}{method}{after}"))))
    };
    let uncalled: Vec<_> = methods.iter().filter(|method| !is_called(method)).collect();
    assert!(uncalled.is_empty(), "called in no example: {uncalled:?}");
}
