//! Building a plugin, and building it again.

use std::fs;

use crate::language::Tongue;
use crate::probe::Project;
use crate::workbench::Workbench;

pub(crate) fn what_has_not_changed_is_not_built_again(tongue: &Tongue, _: &Workbench) {
    let project = Project::new(tongue, "unchanged");
    let wasm = project.build().unwrap().wasm;
    let made = || fs::metadata(&wasm).unwrap().modified().unwrap();
    let first = made();
    fs::create_dir(project.folder.join("cases")).unwrap();
    fs::write(project.folder.join("cases/another.json"), "{}").unwrap();
    assert_eq!((project.build().unwrap().wasm, made()), (wasm.clone(), first));

    let rule = project.folder.join(tongue.rule);
    let changed = fs::read_to_string(&rule).unwrap().replace("nobody asked for", "nobody would ask for");
    fs::write(&rule, changed).unwrap();
    project.build().unwrap();
    assert!(made() > first);
}

pub(crate) fn what_does_not_compile_is_shown(tongue: &Tongue, _: &Workbench) {
    let project = Project::new(tongue, "broken");
    let rule = project.folder.join(tongue.rule);
    fs::write(&rule, format!("{}\nthis is no rule\n", fs::read_to_string(&rule).unwrap())).unwrap();
    let complaints = project.build().unwrap_err().to_string();
    assert!(complaints.contains("broken does not build") && complaints.contains("rule."), "{complaints}");
}
