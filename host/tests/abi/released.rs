//! `wit/` against the released copies of it.

use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;
use world_events::rules::abi;

use crate::compare;
use crate::package::Package;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The ABI as it is in `wit/`.
pub(crate) fn present() -> Package {
    Package::of_folder(&root().join("wit"))
}

/// A released version of the ABI.
pub(crate) struct Release {
    /// The folder with the copy.
    pub(crate) folder: PathBuf,
    /// What it defines.
    pub(crate) package: Package,
}

/// All released versions, the oldest first.
pub(crate) fn releases() -> Vec<Release> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/abi/released");
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut releases: Vec<Release> =
        folders.map(|folder| Release { package: Package::of_folder(&folder), folder }).collect();
    releases.sort_by(|one, other| one.package.version.cmp(&other.package.version));
    releases
}

/// Whether plugins built for the one run on a server that has the other: the rule of wasmtime's linker.
pub(crate) fn compatible(one: &Version, other: &Version) -> bool {
    one.major == other.major && (one.major > 0 || one.minor == other.minor)
}

#[test]
fn wit_follows_from_the_newest_release() {
    let newest = releases().pop().expect("nothing was released");
    if let Err(why) = compare::verdict(&newest.package, &present()) {
        panic!("{why}");
    }
}

#[test]
fn a_release_is_in_the_folder_of_its_version() {
    for Release { folder, package } in releases() {
        assert_eq!(folder.file_name().unwrap().to_str().unwrap(), package.version.to_string());
    }
}

#[test]
fn each_release_follows_from_the_one_before() {
    for pair in releases().windows(2) {
        if let Err(why) = compare::verdict(&pair[0].package, &pair[1].package) {
            panic!("{why}");
        }
    }
}

#[test]
fn the_server_speaks_the_version_of_wit() {
    assert_eq!(present().version, abi::VERSION, "VERSION in host/src/rules/abi.rs is another one than that of wit/");
}

/// The versions of the ABI that a text names.
fn named<'text>(text: &'text str, package: &str) -> Vec<&'text str> {
    let prefix = format!("{package}@");
    let version = |rest: &'text str| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !".-+".contains(c)).unwrap_or(rest.len());
        rest[..end].trim_end_matches('.')
    };
    text.match_indices(&prefix).map(|(at, _)| version(&text[at + prefix.len()..])).collect()
}

#[test]
fn the_changelog_tells_of_every_version() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    for package in releases().into_iter().map(|release| release.package).chain([present()]) {
        let Package { name, version, .. } = package;
        assert!(
            named(&changelog, &name).contains(&version.to_string().as_str()),
            "CHANGELOG.md says nothing about `{name}@{version}`: add a line that names it, what changed and why"
        );
    }
}

#[test]
fn a_version_is_not_taken_for_another_that_begins_like_it() {
    let text = "`a:b@0.1.10` came, a:b@0.2.0-rc.1 did not, and a:b@0.3.0.";
    assert_eq!(named(text, "a:b"), ["0.1.10", "0.2.0-rc.1", "0.3.0"]);
}
