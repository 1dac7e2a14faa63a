//! Plugins in Python: componentize-py, from a virtual environment in the plugin's folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::freshness::Stamp;
use super::program::{command, step};
use super::{BuildError, BuiltPlugin, Dist, GENERATED};
use crate::workshop::project::Project;

/// What is missing where there is no Python.
const TOOLCHAIN: &str = "Python 3.10 or newer, with venv and pip";

/// What makes components, and how it is installed.
const PROGRAM: &str = "componentize-py";
const REQUIREMENT: &str = "it by naming it in requirements.txt";

/// The virtual environment.
const VENV: &str = ".venv";

/// The world with everything that rules may decide, by its full name: that of the rule itself may have less.
const ABI: &str = "world-events:rules/rules";

/// How a component is made: WASI is taken out of it, so that a rule has no clock, no files and no randomness of its own.
const COMPONENTIZE: [&str; 2] = ["componentize", "--stub-wasi"];

/// Builds the Python project in a folder. `requirements.txt` has to name componentize-py, and whatever else the rule needs.
pub(super) fn build(folder: &Path, project: &Project) -> Result<BuiltPlugin, BuildError> {
    let no_package = |why: &str| BuildError::NoPackage { folder: folder.to_owned(), why: why.to_owned() };
    let module = project.module.as_deref().ok_or_else(|| {
        no_package("its pyproject.toml does not say which module the rule is: [tool.world-events] module = \"my_rule\"")
    })?;
    let requirements = folder.join("requirements.txt");
    if !requirements.is_file() {
        return Err(no_package("it has no requirements.txt, which names componentize-py and its version"));
    }
    let dist = Dist::open(folder, project)?;
    let how = format!("{} {module} {}", project.world, COMPONENTIZE.join(" "));
    let built = dist.stamp(&project.sources(folder), &how)?;
    let is_done = dist.is_done(&built)?;
    if is_done && folder.join(GENERATED).is_dir() {
        return Ok(dist.plugin());
    }
    let venv = install(folder, &requirements, &dist)?;
    let componentize_py = |world: &str| {
        let mut program = command(venv.join("bin/componentize-py"), folder);
        program.args(["--quiet", "--wit-path"]).arg(&project.wit).args(["--world", world]);
        program
    };
    describe(folder, componentize_py(ABI), &dist)?;
    if is_done {
        return Ok(dist.plugin());
    }
    let mut componentize = componentize_py(&project.world);
    componentize
        // Where it looks for the packages that the rule imports.
        .env("VIRTUAL_ENV", &venv)
        // Else two builds of the same sources have other bytes: Python's tables of names would be in another order.
        .env("PYTHONHASHSEED", "0")
        .args(COMPONENTIZE)
        .args([module, "--python-path", ".", "--output"])
        .arg(dist.wasm());
    step(componentize, PROGRAM, REQUIREMENT, project.name.as_str())?;
    dist.finish(&built)
}

/// Writes down, as Python, all that rules and the server share: for editors, and for unit tests that call a rule as a
/// function.
fn describe(folder: &Path, mut componentize_py: Command, dist: &Dist) -> Result<(), BuildError> {
    let generated = folder.join(GENERATED);
    match fs::remove_dir_all(&generated) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(BuildError::Io { path: generated, source });
        }
        _ => {}
    }
    componentize_py.args(["bindings", GENERATED]);
    step(componentize_py, PROGRAM, REQUIREMENT, dist.name())
}

/// Makes the virtual environment with what is required, unless that has been done.
fn install(folder: &Path, requirements: &Path, dist: &Dist) -> Result<PathBuf, BuildError> {
    // The path is the program's own environment, so that it must not depend on the folder that this is run in.
    let venv =
        std::path::absolute(folder.join(VENV)).map_err(|source| BuildError::Io { path: folder.to_owned(), source })?;
    let file = venv.join(".installed");
    let io = |path: &Path| {
        let path = path.to_owned();
        |source| BuildError::Io { path, source }
    };
    let installed = Stamp::of(file.clone(), &[requirements], "").map_err(io(requirements))?;
    if installed.is_fresh() {
        return Ok(venv);
    }
    let mut python = command("python3", folder);
    python.args(["-m", "venv", "--clear", VENV]);
    step(python, "python3", TOOLCHAIN, dist.name())?;
    let mut pip = command(venv.join("bin/python"), folder);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements);
    step(pip, "pip", TOOLCHAIN, dist.name())?;
    installed.set().map_err(io(&file))?;
    Ok(venv)
}
