//! `world-events plugin build` in the folder of a plugin.

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::language::Tongue;
use crate::probe::Project;

/// Builds as a designer does, with a program path of one's own.
fn build(project: &Project, path: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_world-events"));
    command.args(["plugin", "build"]).current_dir(&project.folder).stdin(Stdio::null());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.output().unwrap()
}

pub(crate) fn what_has_not_changed_is_not_built_again(tongue: &Tongue) {
    let project = Project::new(tongue, "unchanged");
    let wasm = project.build().unwrap().wasm;
    let built = fs::metadata(&wasm).unwrap().modified().unwrap();
    // Without any tools.
    let again = build(&project, Some("/nonexistent"));
    let output = String::from_utf8_lossy(&again.stdout);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(output.contains("unchanged 1.0.0") && output.contains("eligibility"), "{output}");
    assert_eq!(fs::metadata(&wasm).unwrap().modified().unwrap(), built);

    let rule = project.folder.join(tongue.rule);
    fs::write(&rule, fs::read_to_string(&rule).unwrap().replace("asked for", "was asked for")).unwrap();
    project.build().unwrap();
    assert!(fs::metadata(&wasm).unwrap().modified().unwrap() > built);
}

pub(crate) fn what_does_not_compile_is_shown(tongue: &Tongue) {
    let project = Project::new(tongue, "broken");
    let rule = project.folder.join(tongue.rule);
    fs::write(&rule, format!("{}\nthis is no rule\n", fs::read_to_string(&rule).unwrap())).unwrap();
    let failed = build(&project, None);
    let complaints = String::from_utf8_lossy(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{complaints}");
    assert!(complaints.contains("broken does not build") && complaints.contains("rule."), "{complaints}");
}
