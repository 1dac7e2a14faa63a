//! `world-events plugin new` in these languages, outside of this repository.
//!
//! A component takes half a minute to build and to compile. So two kinds go all the way, the one whose rule decides the least
//! and one whose rule decides everything; of the others, the tools check the types and run the unit tests.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use clap::ValueEnum as _;
use tempfile::TempDir;
use world_events::model::EventType;
use world_events::model::rules::Capability;
use world_events::workshop::build::build;
use world_events::workshop::new::{NewPlugin, create};
use world_events::workshop::project::Language;

use crate::cases::passed;
use crate::language::Tongue;
use crate::tools;
use crate::workbench::Workbench;

/// A plugin that was made.
struct Made {
    folder: PathBuf,
    _elsewhere: TempDir,
}

fn make(tongue: &Tongue, name: &str, kind: EventType) -> Made {
    // Not in the target folder, which lies in this repository: it would become one of its plugins.
    let elsewhere = tempfile::tempdir().unwrap();
    let plugin = NewPlugin { name: name.parse().unwrap(), kind, language: tongue.language };
    let folder = create(&plugin, elsewhere.path()).unwrap();
    Made { folder, _elsewhere: elsewhere }
}

/// A plugin that has the tools which were installed for the example plugin.
fn make_with_tools(tongue: &Tongue, name: &str, kind: EventType) -> Made {
    let (made, twin) = (make(tongue, name, kind), tongue.twin_folder());
    build(&twin).unwrap();
    let (installed, list) = match tongue.language {
        Language::Python => (".venv", "requirements.txt"),
        _ => ("node_modules", "package-lock.json"),
    };
    symlink(twin.join(installed), made.folder.join(installed)).unwrap();
    // Byte for byte what they were installed by, or they would be installed again.
    fs::copy(twin.join(list), made.folder.join(list)).unwrap();
    made
}

/// Runs the unit tests of a plugin, as its readme says it is done, and tells what they print.
fn unit_tests(tongue: &Tongue, made: &Made) -> String {
    let mut command = if tongue.language == Language::Python {
        let described = tongue.twin_folder().join("generated");
        if !made.folder.join("generated").exists() {
            symlink(described, made.folder.join("generated")).unwrap();
        }
        let mut python = Command::new("python3");
        python.args(["-m", "unittest", "tests/test_rule.py"]);
        python
    } else {
        let mut npm = Command::new("npm");
        npm.arg("test");
        npm
    };
    let output = command.current_dir(&made.folder).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{out}\n{err}");
    format!("{out}{err}")
}

/// How many tests a runner says to have passed.
fn count(tongue: &Tongue, printed: &str) -> usize {
    let before = if tongue.language == Language::Python { "Ran " } else { "# pass " };
    let (_, rest) = printed.split_once(before).unwrap_or_else(|| panic!("{printed}"));
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

pub(crate) fn every_kind_passes_its_unit_tests(tongue: &Tongue, _: &Workbench) {
    for kind in EventType::value_variants() {
        let made = make_with_tools(tongue, "my-rule", *kind);
        let passed = count(tongue, &unit_tests(tongue, &made));
        assert!(passed >= 4, "{kind}: {passed}");
    }
}

pub(crate) fn a_unit_test_that_fails_is_told(tongue: &Tongue, _: &Workbench) {
    let made = make_with_tools(tongue, "my-rule", EventType::Festival);
    let rule = made.folder.join(if tongue.language == Language::Python { "rule/__init__.py" } else { "src/rule.ts" });
    let broken = fs::read_to_string(&rule).unwrap().replace("use collect", "use force");
    fs::write(&rule, broken).unwrap();
    let told = std::panic::catch_unwind(|| unit_tests(tongue, &made)).unwrap_err();
    let told = told.downcast::<String>().unwrap();
    assert!(told.contains("use force") && told.contains("use collect"), "{told}");
}

pub(crate) fn what_decides_the_least_passes_its_cases(tongue: &Tongue, workbench: &Workbench) {
    // A word of these languages, and the name of a module of theirs, are as good a name as any.
    let name = if tongue.language == Language::Python { "json" } else { "class" };
    let made = make_with_tools(tongue, name, EventType::Festival);
    assert_eq!(passed(workbench, &made.folder).len(), 3);
    let admission = workbench.take(&made.folder);
    assert_eq!(admission.capabilities, [Capability::Scoring].into());
    assert_eq!((admission.manifest.name.as_str(), admission.manifest.version.to_string()), (name, "0.1.0".to_owned()));
    // What the build has left serves the unit tests, too.
    assert_eq!(count(tongue, &unit_tests(tongue, &made)), 4);
}

pub(crate) fn what_decides_everything_passes_its_cases(tongue: &Tongue, workbench: &Workbench) {
    // With nothing but what was made, as whoever made it would go on.
    let made = make(tongue, "my-war", EventType::War);
    assert_eq!(passed(workbench, &made.folder).len(), 4);
    assert_eq!(workbench.take(&made.folder).capabilities.len(), 3);
    let report = tools::simulated(workbench, &made.folder, 200);
    assert!(report["reports"]["scored"].as_u64().unwrap() > 50, "{report}");
    tools::checked(workbench, &made.folder, 6);
}
