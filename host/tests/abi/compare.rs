//! What changed between two versions of the ABI, and which version that takes.
//!
//! The reasons lie in how a plugin and a server are put together. A plugin names the interfaces that it imports and exports
//! with their versions, and wasmtime takes them for the same as long as the versions are compatible by Semantic Versioning,
//! whichever is the newer. Of an imported interface a plugin uses the functions that it knows; of an exported one the server
//! calls the functions that it knows. Types are compared as a whole, member by member.

use std::fmt;

use semver::Version;

use crate::package::{EXPORT, IMPORT, Item, Kind, Package, Part};

/// The world of all that a plugin may export. It grows with the ABI: no plugin has to implement it as a whole.
const WHOLE: &str = "rules";

/// How far a change reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// Doc comments: nothing that a program can see.
    Wording,
    /// Something more, which what was built before does not miss.
    Addition,
    /// What was built before does not run, or can no longer be built from its source.
    Breaking,
}

impl Change {
    /// The least version that may bring such a change after a released one.
    pub(crate) fn next(self, released: &Version) -> Version {
        let Version { major, minor, patch, .. } = *released;
        match (major, self) {
            (0, Self::Breaking) => Version::new(0, minor + 1, 0),
            (0, _) | (_, Self::Wording) => Version::new(major, minor, patch + 1),
            (_, Self::Addition) => Version::new(major, minor + 1, 0),
            (_, Self::Breaking) => Version::new(major + 1, 0, 0),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wording => "allowed in a patch version",
            Self::Addition => "allowed in a minor version",
            Self::Breaking => "breaking",
        })
    }
}

/// One difference.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// How far it reaches.
    pub(crate) change: Change,
    /// What differs, by its name.
    pub(crate) what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<26}  {}", self.change, self.what)
    }
}

/// All differences between a released version and what is to follow it.
pub(crate) fn differences(old: &Package, new: &Package) -> Vec<Difference> {
    let mut found = Differences(Vec::new());
    if old.name != new.name {
        found.breaking(format!("package `{}` was `{}`", new.name, old.name));
    }
    for item in &old.items {
        match new.get(&item.path) {
            Some(now) => found.changed(item, now),
            // What was in an interface that is gone went with it.
            None if item.interface().is_some_and(|interface| new.get(interface).is_none()) => {}
            None => found.breaking(format!("{} is gone", item.title())),
        }
    }
    for item in new.items.iter().filter(|item| old.get(&item.path).is_none()) {
        found.added(old, new, item);
    }
    found.0
}

struct Differences(Vec<Difference>);

impl Differences {
    fn push(&mut self, change: Change, what: String) {
        self.0.push(Difference { change, what });
    }

    fn breaking(&mut self, what: String) {
        self.push(Change::Breaking, what);
    }

    fn added(&mut self, old: &Package, new: &Package, item: &Item) {
        let title = item.title();
        match item.interface() {
            // What is in a new interface comes with it.
            Some(interface) if old.get(interface).is_none() => {}
            // The server would look for it in plugins that do not have it.
            Some(interface)
                if item.kind == Kind::Function && (old.is_exported(interface) || new.is_exported(interface)) =>
            {
                self.breaking(format!("{title} is new in an interface that plugins export"));
            }
            Some(_) | None => self.push(Change::Addition, format!("{title} is new")),
        }
    }

    fn changed(&mut self, old: &Item, new: &Item) {
        let title = old.title();
        if old.kind != new.kind {
            return self.breaking(format!("{title} is {} now", with_article(new.kind)));
        }
        if old.kind == Kind::World {
            self.world(old, new);
        } else {
            self.parts(&title, &old.parts, &new.parts);
        }
        if old.docs != new.docs {
            self.push(Change::Wording, format!("{title} has another doc comment"));
        }
        for (part, now) in in_both(&old.parts, &new.parts).filter(|(part, now)| part.docs != now.docs) {
            self.push(Change::Wording, format!("{title}: {} has another doc comment", shown(part, now)));
        }
    }

    /// Fields, cases, parameters: every one of them counts, and so does their order.
    fn parts(&mut self, title: &str, old: &[Part], new: &[Part]) {
        let before = self.0.len();
        for part in missing(old, new) {
            self.breaking(format!("{title}: {} is gone", shown(part, part)));
        }
        for part in missing(new, old) {
            self.breaking(format!("{title}: {} is new", shown(part, part)));
        }
        for (part, now) in in_both(old, new).filter(|(part, now)| part.shape != now.shape) {
            let was =
                |part: &Part| if part.shape.is_empty() { "nothing".to_owned() } else { format!("`{}`", part.shape) };
            self.breaking(format!("{title}: {} is {}, was {}", shown(part, now), was(now), was(part)));
        }
        let names = |parts: &[Part]| parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>();
        if self.0.len() == before && names(old) != names(new) {
            self.breaking(format!("{title}: the order is {}, was {}", names(new).join(", "), names(old).join(", ")));
        }
    }

    /// What a world has more to import can be left alone; what it has more to export must be written by everybody who builds
    /// for it.
    fn world(&mut self, old: &Item, new: &Item) {
        let title = old.title();
        for part in missing(&old.parts, &new.parts) {
            self.breaking(format!("{title}: {} is gone", shown(part, part)));
        }
        for part in missing(&new.parts, &old.parts) {
            let is_addition = part.name.starts_with(IMPORT) || (old.path == WHOLE && part.name.starts_with(EXPORT));
            let change = if is_addition { Change::Addition } else { Change::Breaking };
            self.push(change, format!("{title}: {} is new", shown(part, part)));
        }
        for (part, now) in in_both(&old.parts, &new.parts).filter(|(part, now)| part.shape != now.shape) {
            self.breaking(format!("{title}: {} has another type", shown(part, now)));
        }
    }
}

/// What `parts` has and `others` has not.
fn missing<'a>(parts: &'a [Part], others: &'a [Part]) -> impl Iterator<Item = &'a Part> {
    parts.iter().filter(|part| others.iter().all(|other| other.name != part.name))
}

/// What both have, by name.
fn in_both<'a>(old: &'a [Part], new: &'a [Part]) -> impl Iterator<Item = (&'a Part, &'a Part)> {
    old.iter().filter_map(|part| Some((part, new.iter().find(|other| other.name == part.name)?)))
}

/// A part by its name; what has none is the type that its item stands for.
fn shown(part: &Part, now: &Part) -> String {
    match part.name.as_str() {
        "" => format!("the type `{}`", now.shape),
        crate::package::RESULT => part.name.clone(),
        name => format!("`{name}`"),
    }
}

fn with_article(kind: Kind) -> String {
    let article = if matches!(kind, Kind::Interface | Kind::Enum) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// Holds a new version against a released one.
///
/// # Errors
/// Its version number is not raised as far as the differences demand. The error lists them all and says which it would
/// have to be.
pub(crate) fn verdict(old: &Package, new: &Package) -> Result<(), String> {
    let differences = differences(old, new);
    let least = differences.iter().map(|it| it.change).max().map_or(old.version.clone(), |it| it.next(&old.version));
    if new.version >= least {
        return Ok(());
    }
    let list: String = differences.iter().map(|difference| format!("  {difference}\n")).collect();
    let Package { name, version, .. } = new;
    Err(format!(
        "{name} {version} differs from the released {}:\n{list}It has to be {least} at least. docs/abi-versions.md says what \
         a version may change, and how one is released.",
        old.version
    ))
}
