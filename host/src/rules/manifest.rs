//! The interface `manifest`: what a plugin is.

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasmtime::Store;
use wasmtime::component::Instance;

use super::abi::manifest;
use super::answer::{self, Checked, bad, shown};
use super::function::{Function, Meaning};
use super::host::CallState;
use super::parameters::ParametersSchema;
use super::plugin::Exports;
use crate::model::rules::Capability;

/// Longest name, in characters.
const MAX_NAME: usize = 64;
/// Longest version, in characters; Semantic Versioning sets no bound.
const MAX_VERSION: usize = 64;
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 2_000;

/// A plugin about itself, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its name: 1 to 64 characters of a-z, 0-9 and `-`, starting with a letter.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// One paragraph for the designer who looks for a rule, at most 2,000 characters; may be empty.
    pub description: String,
    /// The JSON Schema of its parameters, if it has any; [`ParametersSchema::compile`] takes it.
    pub parameters_schema: Option<Value>,
}

impl Manifest {
    /// What the plugin is called in logs and metrics: `name@version`.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    fn check(raw: manifest::Description) -> Checked<Self> {
        let manifest::Description { name, version, description, parameters_schema, extra } = raw;
        answer::extra(&extra)?;
        answer::text("description", &description, 0, MAX_DESCRIPTION)?;
        Ok(Self {
            name: check_name(name)?,
            version: check_version(&version)?,
            description,
            parameters_schema: check_schema(&parameters_schema)?,
        })
    }
}

fn check_name(name: String) -> Checked<String> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase();
    let is_name = |byte: u8| is_letter(byte) || byte.is_ascii_digit() || byte == b'-';
    let starts_well = name.bytes().next().is_some_and(is_letter);
    if !starts_well || name.len() > MAX_NAME || !name.bytes().all(is_name) {
        return bad(
            "name",
            format_args!(
                "{} is not 1 to {MAX_NAME} characters of a-z, 0-9 and `-`, starting with a letter",
                shown(&name)
            ),
        );
    }
    Ok(name)
}

fn check_version(version: &str) -> Checked<Version> {
    answer::text("version", version, 1, MAX_VERSION)?;
    Version::parse(version)
        .or_else(|why| bad("version", format_args!("{} is no version like 1.2.3: {why}", shown(version))))
}

fn check_schema(schema: &str) -> Checked<Option<Value>> {
    const MEMBER: &str = "parameters-schema";
    if schema.is_empty() {
        return Ok(None);
    }
    let schema = Value::Object(answer::object(MEMBER, schema)?);
    match ParametersSchema::compile(&schema) {
        Ok(_) => Ok(Some(schema)),
        Err(why) => bad(MEMBER, why),
    }
}

/// `manifest.describe`.
pub(super) enum Describe {}

impl Function for Describe {
    const INTERFACE: &'static str = "manifest";
    const CAPABILITY: Option<Capability> = None;
    type Indices = Exports;
    type Input = ();
    type Output = manifest::Description;
    type Answer = Manifest;

    fn indices(exports: &Exports) -> Option<&Self::Indices> {
        Some(exports)
    }

    fn seed((): &()) -> u64 {
        0
    }

    /// Before it asks, it checks that every function that the plugin exports can be called: this is done once, when
    /// the plugin is published.
    fn call(
        exports: &Exports,
        store: &mut Store<CallState>,
        instance: &Instance,
        (): &(),
    ) -> wasmtime::Result<Self::Output> {
        exports.check_types(store, instance)?;
        exports.manifest.load(&mut *store, instance)?.call_describe(store)
    }

    fn verify((): &(), output: Self::Output) -> Checked<Manifest> {
        Manifest::check(output)
    }

    fn meaning(_answer: &Manifest) -> Meaning {
        Meaning::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description() -> manifest::Description {
        manifest::Description {
            name: "hydra-2".into(),
            version: "1.2.3-rc.1+build.5".into(),
            description: "Many heads.".into(),
            parameters_schema: r#"{"type": "object", "properties": {"heads": {"type": "integer"}}}"#.into(),
            extra: "{}".into(),
        }
    }

    #[test]
    fn a_good_description_is_typed() {
        let manifest = Manifest::check(description()).unwrap();
        assert_eq!(manifest.label(), "hydra-2@1.2.3-rc.1+build.5");
        assert_eq!(manifest.parameters_schema.unwrap()["properties"]["heads"]["type"], "integer");
        let none = manifest::Description { parameters_schema: String::new(), ..description() };
        assert_eq!(Manifest::check(none).unwrap().parameters_schema, None);
    }

    #[test]
    fn a_bad_description_is_refused_by_member() {
        let with = |change: fn(&mut manifest::Description)| {
            let mut description = description();
            change(&mut description);
            Manifest::check(description).unwrap_err().0
        };
        for (why, member) in [
            (with(|it| it.name = String::new()), "name"),
            (with(|it| it.name = "Hydra".into()), "name"),
            (with(|it| it.name = "2-hydra".into()), "name"),
            (with(|it| it.name = "hydra/../x".into()), "name"),
            (with(|it| it.name = "x".repeat(65)), "name"),
            (with(|it| it.version = "1.2".into()), "version"),
            (with(|it| it.version = "v1.2.3".into()), "version"),
            (with(|it| it.version = format!("1.2.3-{}", "x".repeat(60))), "version"),
            (with(|it| it.description = "x".repeat(2_001)), "description"),
            (with(|it| it.parameters_schema = "true".into()), "parameters-schema"),
            (with(|it| it.parameters_schema = r#"{"type": "array"}"#.into()), "parameters-schema"),
            (with(|it| it.extra = "1".into()), "extra"),
        ] {
            assert!(why.starts_with(&format!("`{member}`: ")), "{why}");
        }
    }
}
