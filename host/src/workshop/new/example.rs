//! What a plugin in TypeScript or Python has in common with the examples in this repository: the versions of its tools, and
//! what any rule in its language can use.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use minijinja::Value;

use super::{Content, NewError, NewFile, NewPlugin, embedded};

/// A file of an example, and what is in it.
type Shared = (&'static str, &'static str);

const TYPESCRIPT: [Shared; 4] = [
    (".gitignore", include_str!("../../../../plugins/boss-invasion-ts/.gitignore")),
    (".npmrc", include_str!("../../../../plugins/boss-invasion-ts/.npmrc")),
    ("tsconfig.json", include_str!("../../../../plugins/boss-invasion-ts/tsconfig.json")),
    ("src/sdk.ts", include_str!("../../../../plugins/boss-invasion-ts/src/sdk.ts")),
];
const PACKAGE: &str = include_str!("../../../../plugins/boss-invasion-ts/package.json");
const LOCK: &str = include_str!("../../../../plugins/boss-invasion-ts/package-lock.json");

const PYTHON: [Shared; 2] = [
    (".gitignore", include_str!("../../../../plugins/boss-invasion-py/.gitignore")),
    ("requirements.txt", include_str!("../../../../plugins/boss-invasion-py/requirements.txt")),
];
static PYTHON_SDK: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../plugins/boss-invasion-py/boss_invasion/sdk");

/// The files that a plugin in TypeScript shares with the example.
pub(super) fn typescript(plugin: &NewPlugin) -> Result<Vec<NewFile>, NewError> {
    let mut files = shared(&TYPESCRIPT);
    files.push(("package-lock.json".into(), Content::Text(lock(plugin.name.as_str())?)));
    Ok(files)
}

/// The files that a plugin in Python shares with the example.
pub(super) fn python() -> Result<Vec<NewFile>, NewError> {
    let mut files = shared(&PYTHON);
    for file in embedded::files(&PYTHON_SDK) {
        let text = Content::Text(embedded::text(file)?.to_owned());
        files.push((Path::new("rule/sdk").join(file.path()), text));
    }
    Ok(files)
}

fn shared(files: &[Shared]) -> Vec<NewFile> {
    files.iter().map(|(path, text)| (PathBuf::from(path), Content::Text((*text).to_owned()))).collect()
}

/// A list of the example's `package.json`, such as its scripts: each a name and a text.
pub(super) fn npm(list: &str) -> Result<Value, NewError> {
    let package: serde_json::Value = serde_json::from_str(PACKAGE).map_err(broken)?;
    let members = package.get(list).and_then(serde_json::Value::as_object).into_iter().flatten();
    Ok(Value::from_pairs(members.map(|(name, text)| (name.clone(), text.as_str().unwrap_or_default().to_owned()))))
}

/// The example's lock file, as npm would write it for a plugin of another name. Line by line, as it says which versions
/// are taken in an order of npm's own.
fn lock(name: &str) -> Result<String, NewError> {
    let of_example: serde_json::Value = serde_json::from_str(PACKAGE).map_err(broken)?;
    let of_plugin = serde_json::json!({ "name": name, "version": "0.1.0" });
    let line = |package: &serde_json::Value, member: &str| Some(format!("\"{member}\": {}", package.get(member)?));
    let mut lock = LOCK.to_owned();
    // They stand at the beginning, twice: of the file, and of the package in its folder.
    for member in ["name", "version"] {
        let (Some(old), Some(new)) = (line(&of_example, member), line(&of_plugin, member)) else {
            return Err(NewError::Broken(format!("the example in TypeScript has no {member}")));
        };
        lock = lock.replacen(&old, &new, 2);
    }
    if let Some(license) = line(&of_example, "license") {
        lock = lock.replacen(&format!("      {license},\n"), "", 1);
    }
    Ok(lock)
}

fn broken(error: serde_json::Error) -> NewError {
    NewError::Broken(format!("package.json of the example in TypeScript: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_lock_file_is_the_examples_but_for_what_the_plugin_is() {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let (example, mut made) = (read(LOCK), read(&lock("hydra").unwrap()));
        for package in [&made, &made["packages"][""]] {
            assert_eq!((&package["name"], &package["version"]), (&json!("hydra"), &json!("0.1.0")));
        }
        assert_eq!(made["packages"][""].get("license"), None);
        for member in ["name", "version"] {
            made[member] = example[member].clone();
            made["packages"][""][member] = example["packages"][""][member].clone();
        }
        made["packages"][""]["license"] = example["packages"][""]["license"].clone();
        assert!(made == example, "the packages differ");
    }
}
