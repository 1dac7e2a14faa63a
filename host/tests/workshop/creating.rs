//! `world-events plugin new`

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml_edit::{Array, DocumentMut, value};

use crate::fixture::{Ran, assert_has, root, run, world_events};

/// The kinds of events, each with what its rule decides.
const KINDS: [(&str, &str); 6] = [
    ("disaster", "scoring, rewards"),
    ("festival", "scoring"),
    ("war", "eligibility, scoring, rewards"),
    ("invasion", "eligibility, scoring, rewards"),
    ("tournament", "scoring, rewards"),
    ("quest", "eligibility, scoring"),
];

fn new(folder: &Path, args: &[&str]) -> Ran {
    run(world_events().args(["plugin", "new"]).args(args).current_dir(folder))
}

/// A folder that stays, so that the next run of the tests has less to build. What the last run made in it is removed.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Cargo in a folder of a plugin, with the versions of this workspace, so that nothing has to be looked up.
fn cargo(folder: &Path, args: &[&str]) -> String {
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(args).current_dir(folder).env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("target"));
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        cargo.env_remove(variable);
    }
    let Ran { code, stdout, stderr } = run(&mut cargo);
    assert_eq!(code, Some(0), "cargo {args:?}:\n{stdout}\n{stderr}");
    stdout
}

/// Lets what was compiled for the examples serve a plugin elsewhere, too.
fn share_target(folder: &Path) {
    let mut config = fs::OpenOptions::new().append(true).open(folder.join(".cargo/config.toml")).unwrap();
    write!(config, "\n[build]\ntarget-dir = {:?}\n", root().join("target")).unwrap();
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_in(&path)) } else { files.push(path) }
    }
    files
}

/// A workspace of plugins as this repository is one, without plugins yet.
fn workspace_of_plugins(name: &str) -> PathBuf {
    let folder = folder(name);
    let mut manifest: DocumentMut = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    manifest["workspace"]["members"] = value(Array::from_iter(["plugins/*"]));
    manifest["workspace"]["dependencies"]["world-events-plugin-sdk"]["path"] =
        value(root().join("plugin-sdk").to_str().unwrap());
    for unused in ["default-members", "exclude"] {
        manifest["workspace"].as_table_mut().unwrap().remove(unused);
    }
    manifest["profile"].as_table_mut().unwrap().remove("release");
    manifest["profile"].as_table_mut().unwrap().remove("dist");
    fs::write(folder.join("Cargo.toml"), manifest.to_string()).unwrap();
    fs::create_dir(folder.join(".cargo")).unwrap();
    fs::copy(root().join("plugins/.cargo/config.toml"), folder.join(".cargo/config.toml")).unwrap();
    share_target(&folder);
    for file in ["clippy.toml", "rustfmt.toml", "rust-toolchain.toml"] {
        fs::copy(root().join(file), folder.join(file)).unwrap();
    }
    folder
}

#[test]
fn every_kind_builds_passes_its_tests_and_has_nothing_to_complain_about() {
    let workspace = workspace_of_plugins("workspace");
    let names = KINDS.map(|(kind, _)| format!("a-{kind}"));
    for ((kind, _), name) in KINDS.iter().zip(&names) {
        let made = new(&workspace, &[name, "--kind", kind]).success();
        assert_has(&made, &[&format!("made plugins/{name}\n"), &format!("cd plugins/{name}\n")]);
    }
    cargo(&workspace, &["fmt", "--all", "--check"]);
    let tested = cargo(&workspace, &["test", "--quiet", "--workspace"]);
    let unit_tests = ["test result: ok. 4 passed", "test result: ok. 5 passed"].map(|all| tested.matches(all).count());
    assert_eq!(unit_tests.iter().sum::<usize>(), KINDS.len(), "{tested}");
    cargo(&workspace, &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);

    let report = run(world_events().args(["plugin", "test"]).args(&names).current_dir(&workspace)).success();
    let built = run(world_events().args(["plugin", "build"]).args(&names).current_dir(&workspace)).success();
    for ((kind, decides), name) in KINDS.iter().zip(&names) {
        assert_has(&report, &[&format!("{name}@0.1.0\n")]);
        assert_has(&built, &[&format!("{name} 0.1.0\n  decides  {decides}\n")]);
        let folder = workspace.join("plugins").join(name);
        assert!(fs::read_dir(folder.join("cases")).unwrap().count() >= 2, "{kind}");
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        assert_has(
            &readme,
            &[&format!("# {name}\n"), &format!("`{}`", kind.to_uppercase()), "## Actions", "## Parameters"],
        );
        assert!(readme.lines().count() <= 66, "the readme of {kind} is longer than a page");
    }
    assert!(!workspace.join("plugins/a-war/sdk").exists());
}

#[test]
fn outside_of_this_repository_all_that_is_needed_lies_beside_the_rule() {
    // Not in the target folder, which lies in this repository: a workspace above would show.
    let elsewhere = tempfile::tempdir().unwrap();
    let made = new(elsewhere.path(), &["my-rule", "--kind", "invasion", "--lang", "rust"]).success();
    assert_has(&made, &["made my-rule\n", "cd my-rule\n", "cargo test", "world-events plugin test", "plugin watch"]);
    let folder = elsewhere.path().join("my-rule");
    share_target(&folder);

    let tested = cargo(&folder, &["test", "--quiet"]);
    assert_has(&tested, &["test result: ok. 4 passed"]);
    cargo(&folder, &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    cargo(&folder, &["fmt", "--all", "--check"]);
    let report = run(world_events().args(["plugin", "test", "my-rule"]).current_dir(elsewhere.path())).success();
    assert_has(&report, &["my-rule@0.1.0\n", "a novice is refused", "3 cases passed"]);
    assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "/target\n");

    for file in ["Cargo.toml", "README.md", "src/lib.rs", "tests/rule.rs"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        assert!(!text.contains("{{ ") && !text.contains("{%"), "{file} was not rendered");
    }
}

#[test]
fn the_sdk_beside_a_rule_is_that_of_this_repository() {
    let elsewhere = tempfile::tempdir().unwrap();
    new(elsewhere.path(), &["my-rule"]).success();
    let folder = elsewhere.path().join("my-rule");
    for (original, copy) in [("plugin-sdk/src", "sdk/src"), ("wit", "wit")] {
        let (original, copy) = (root().join(original), folder.join(copy));
        let files = files_in(&original);
        assert_eq!(files_in(&copy).len(), files.len());
        for file in files {
            let path = file.strip_prefix(&original).unwrap();
            assert!(fs::read(&file).unwrap() == fs::read(copy.join(path)).unwrap(), "{} differs", path.display());
        }
    }
    let read = |file: PathBuf| fs::read_to_string(file).unwrap().parse::<DocumentMut>().unwrap();
    let (workspace, sdk) = (read(root().join("Cargo.toml")), read(folder.join("sdk/Cargo.toml")));
    for (name, crate_) in sdk["dependencies"].as_table().unwrap() {
        let expected = workspace["workspace"]["dependencies"][name].to_string();
        assert_eq!(crate_.to_string().trim(), expected.trim(), "{name}");
    }
    let original = read(root().join("plugin-sdk/Cargo.toml"));
    assert_eq!(sdk["dependencies"].as_table().unwrap().len(), original["dependencies"].as_table().unwrap().len());
    assert!(!sdk.to_string().contains("workspace"), "{sdk}");
    let own = read(folder.join("Cargo.toml"));
    assert_eq!(own["profile"]["guest"].to_string(), workspace["profile"]["guest"].to_string());
}

#[test]
fn what_exists_is_left_alone() {
    let here = tempfile::tempdir().unwrap();
    let folder = here.path().join("my-rule");
    fs::create_dir(&folder).unwrap();
    let (_, refused) = new(here.path(), &["my-rule"]).failure();
    assert_has(&refused, &["my-rule exists already; nothing in it was changed"]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);

    fs::write(here.path().join("a-file"), "mine").unwrap();
    let (_, refused) = new(here.path(), &["a-file"]).failure();
    assert_has(&refused, &["a-file exists already"]);
    assert_eq!(fs::read_to_string(here.path().join("a-file")).unwrap(), "mine");
    assert_eq!(fs::read_dir(here.path()).unwrap().count(), 2);
}

#[test]
fn a_name_that_cannot_be_used_is_refused_with_the_rule_for_names() {
    let here = tempfile::tempdir().unwrap();
    for bad in ["My-Rule", "my_rule", "2nd", "../up", &"x".repeat(65)] {
        let ran = new(here.path(), &[bad]);
        assert_eq!(ran.code, Some(2), "{bad}: {}", ran.stderr);
        assert_has(&ran.stderr, &["must have 1 to 64 characters of a-z, 0-9 and '-', starting with a letter"]);
    }
    let (_, refused) = new(here.path(), &["match"]).failure();
    assert_has(&refused, &["match cannot be the name of a crate", "such as match-rule"]);
    let (_, refused) = new(here.path(), &["serde"]).failure();
    assert_has(&refused, &["a crate has that name"]);
    assert_eq!(new(here.path(), &["my-rule", "--kind", "picnic"]).code, Some(2));
    assert_eq!(fs::read_dir(here.path()).unwrap().count(), 0);
}

#[test]
fn where_nothing_can_be_written_nothing_is_left_behind() {
    let here = tempfile::tempdir().unwrap();
    // A workspace of plugins whose folder of plugins is a file.
    fs::copy(root().join("Cargo.toml"), here.path().join("Cargo.toml")).unwrap();
    fs::write(here.path().join("plugins"), "a file").unwrap();
    let (_, refused) = new(here.path(), &["my-rule"]).failure();
    assert_has(&refused, &["cannot make ", "plugins/my-rule: "]);
    let left: Vec<_> = fs::read_dir(here.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
