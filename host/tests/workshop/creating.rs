//! `world-events plugin new`

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
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
    for kind in KINDS {
        // No crates: Cargo would build nothing any more if it took them for some.
        new(&workspace, &[&format!("ts-{}", kind.0), "--kind", kind.0, "--lang", "typescript"]).success();
    }
    // One by one: all of a workspace would be the SDK's, too.
    for name in &names {
        cargo(&workspace, &["fmt", "--check", "--package", name]);
    }
    let tested = cargo(&workspace, &["test", "--quiet", "--workspace"]);
    let unit_tests = ["test result: ok. 4 passed", "test result: ok. 5 passed"].map(|all| tested.matches(all).count());
    assert_eq!(unit_tests.iter().sum::<usize>(), KINDS.len(), "{tested}");
    cargo(&workspace, &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);

    let report = run(world_events().args(["plugin", "test"]).args(&names).current_dir(&workspace)).success();
    let built = run(world_events().args(["plugin", "build"]).args(&names).current_dir(&workspace)).success();
    for name in &names {
        let tried = |arguments: &[&str]| {
            run(world_events().args(["plugin"]).args(arguments).arg(name).current_dir(&workspace)).success()
        };
        assert_has(&tried(&["simulate", "--players", "100"]), &["no problems"]);
        assert_has(&tried(&["check", "--cases", "16"]), &[" properties hold "]);
    }
    for ((kind, decides), name) in KINDS.iter().zip(&names) {
        let inspected = run(world_events().args(["plugin", "inspect", name]).current_dir(&workspace)).success();
        let (_, schema) = inspected.split_once("parameters, as JSON Schema:\n").unwrap();
        let written =
            fs::read_to_string(workspace.join(format!("plugins/ts-{kind}/src/parameters.schema.json"))).unwrap();
        let [derived, written] = [schema, &written].map(|text| serde_json::from_str::<Value>(text).unwrap());
        assert!(derived == written, "the parameters of {kind} differ from those in Rust: {derived:#}");
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

/// The languages besides Rust, each with the files that a rule has in it.
const OTHERS: [(&str, [&str; 5]); 2] = [
    (
        "typescript",
        ["src/rule.ts", "src/sdk.ts", "src/parameters.schema.json", "tests/rule.test.ts", "package-lock.json"],
    ),
    (
        "python",
        [
            "rule/__init__.py",
            "rule/sdk/scoring.py",
            "rule/parameters.schema.json",
            "tests/test_rule.py",
            "requirements.txt",
        ],
    ),
];

#[test]
fn a_rule_in_another_language_has_the_cases_and_decides_what_one_in_rust_does() {
    let elsewhere = tempfile::tempdir().unwrap();
    for (kind, decides) in KINDS {
        new(elsewhere.path(), &[&format!("rust-{kind}"), "--kind", kind]).success();
        let of_rust = elsewhere.path().join(format!("rust-{kind}"));
        for (language, files) in OTHERS {
            let name = format!("{language}-{kind}");
            let made = new(elsewhere.path(), &[&name, "--kind", kind, "--lang", language]).success();
            assert_has(&made, &[&format!("made {name}\n"), "  world-events plugin test  "]);
            let folder = elsewhere.path().join(&name);
            for case in files_in(&of_rust.join("cases")) {
                let copy = folder.join("cases").join(case.file_name().unwrap());
                assert_eq!(fs::read_to_string(copy).unwrap(), fs::read_to_string(&case).unwrap(), "{name}");
            }
            for file in files {
                assert!(folder.join(file).is_file(), "{name} has no {file}");
            }
            for file in files_in(&folder) {
                let text = fs::read_to_string(&file).unwrap();
                assert!(!text.contains("{{ ") && !text.contains("{%"), "{} was not rendered", file.display());
            }
            let world = fs::read_to_string(folder.join("wit/rule.wit")).unwrap();
            let exports = world.lines().filter_map(|line| line.trim().strip_prefix("export world-events:rules/"));
            let exports: Vec<_> = exports.map(|export| export.split('@').next().unwrap()).collect();
            assert_eq!(exports, [vec!["manifest"], decides.split(", ").collect()].concat(), "{name}");

            let readme = fs::read_to_string(folder.join("README.md")).unwrap();
            assert_has(&readme, &[&format!("# {name}\n"), "## Actions", "## Parameters", "plugin test", files[0]]);
            assert!(readme.lines().count() <= 66, "the readme of {name} is longer than a page");
        }
    }
}

#[test]
fn what_any_rule_can_use_is_that_of_the_example_in_its_language() {
    let elsewhere = tempfile::tempdir().unwrap();
    let same = |original: PathBuf, copy: PathBuf| {
        assert!(fs::read(&original).unwrap() == fs::read(&copy).unwrap(), "{} differs", copy.display());
    };
    for (language, _) in OTHERS {
        new(elsewhere.path(), &[&format!("my-{language}"), "--lang", language]).success();
        let folder = elsewhere.path().join(format!("my-{language}"));
        for file in ["capabilities.wit", "host.wit", "types.wit", "worlds.wit"] {
            same(root().join("wit").join(file), folder.join("wit/deps/world-events-rules").join(file));
        }
    }
    let (example, made) = (root().join("plugins/boss-invasion-ts"), elsewhere.path().join("my-typescript"));
    for file in [".gitignore", ".npmrc", "src/sdk.ts", "tsconfig.json"] {
        same(example.join(file), made.join(file));
    }
    let package =
        |folder: &Path| -> Value { serde_json::from_slice(&fs::read(folder.join("package.json")).unwrap()).unwrap() };
    let (of_example, of_made) = (package(&example), package(&made));
    for tools in ["devDependencies", "overrides"] {
        assert_eq!(of_made[tools], of_example[tools], "{tools}");
    }
    for (script, commands) in of_example["scripts"].as_object().unwrap() {
        assert_eq!(of_made["scripts"][script], *commands, "{script}");
    }
    let (example, made) = (root().join("plugins/boss-invasion-py"), elsewhere.path().join("my-python"));
    for file in [".gitignore", "requirements.txt"] {
        same(example.join(file), made.join(file));
    }
    for file in ["__init__.py", "rewards.py", "scoring.py"] {
        same(example.join("boss_invasion/sdk").join(file), made.join("rule/sdk").join(file));
    }
}

#[test]
fn among_plugins_the_interfaces_are_linked_and_cargo_is_told_that_it_is_no_crate() {
    let here = tempfile::tempdir().unwrap();
    let manifest = here.path().join("Cargo.toml");
    fs::copy(root().join("Cargo.toml"), &manifest).unwrap();
    fs::create_dir_all(here.path().join("wit")).unwrap();
    fs::copy(root().join("wit/types.wit"), here.path().join("wit/types.wit")).unwrap();
    for (language, _) in OTHERS {
        let before: DocumentMut = fs::read_to_string(&manifest).unwrap().parse().unwrap();
        let made = new(here.path(), &[&format!("my-{language}"), "--lang", language]).success();
        assert_has(&made, &[&format!("made plugins/my-{language}\n")]);
        let folder = here.path().join(format!("plugins/my-{language}"));
        let link = folder.join("wit/deps/world-events-rules");
        assert!(link.is_symlink() && link.join("types.wit").is_file(), "{}", link.display());
        assert_has(&fs::read_to_string(folder.join("README.md")).unwrap(), &["is a link to the interfaces"]);

        let mut after: DocumentMut = fs::read_to_string(&manifest).unwrap().parse().unwrap();
        let excluded = after["workspace"]["exclude"].as_array_mut().unwrap();
        let last = excluded.remove(excluded.len() - 1);
        assert_eq!(last.as_str(), Some(&*format!("plugins/my-{language}")));
        assert_eq!(after.to_string(), before.to_string());
    }

    let broken = fs::read_to_string(&manifest).unwrap().replace("exclude = [", "exclude = 5 # [");
    fs::write(&manifest, &broken).unwrap();
    let (_, refused) = new(here.path(), &["another", "--lang", "python"]).failure();
    assert_has(&refused, &["cannot exclude another from the crates of ", "its `exclude` is no list"]);
    assert!(!here.path().join("plugins/another").exists());
    assert_eq!(fs::read_to_string(&manifest).unwrap(), broken);
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
    assert_eq!(new(here.path(), &["my-rule", "--lang", "cobol"]).code, Some(2));
    assert_eq!(fs::read_dir(here.path()).unwrap().count(), 0);
}

#[test]
fn what_rust_has_taken_is_a_name_like_any_other_elsewhere() {
    let here = tempfile::tempdir().unwrap();
    for (language, name) in [("typescript", "match"), ("python", "serde")] {
        assert_has(&new(here.path(), &[name, "--lang", language]).success(), &[&format!("made {name}\n")]);
    }
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
