//! A first look at a stranger's bytes: what they are, what they want, what they offer. All of it happens in the process
//! that compiles, within its limits.

use std::borrow::Cow;

use wasmparser::component_types::ComponentEntityType;
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};
use wit_component::ComponentEncoder;

use super::protocol::Refusal;
use crate::model::rules::Capability;
use crate::rules::abi::{HOST_FUNCTIONS, interface_of};
use crate::rules::text::shortened;

/// How many forbidden imports are named, and how much of a name or a reason is told, in characters.
const MAX_NAMES: usize = 20;
const MAX_NAME: usize = 200;
const MAX_WHY: usize = 1_000;

/// Makes a component of a plugin, if it is not one already, and checks what it imports and exports.
pub(super) fn inspect(wasm: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    let component = match encoding(wasm) {
        Some(Encoding::Component) => Cow::Borrowed(wasm),
        Some(Encoding::Module) => Cow::Owned(componentize(wasm)?),
        None => return Err(Refusal::NotWasm),
    };
    let shape = Shape::of(&component)?;
    if !shape.forbidden.is_empty() {
        return Err(forbidden(shape.forbidden));
    }
    if !shape.exports("manifest") {
        return Err(Refusal::ManifestMissing);
    }
    if !Capability::ALL.iter().any(|capability| shape.exports(capability.as_str())) {
        return Err(Refusal::NoRuleExported);
    }
    Ok(component)
}

fn encoding(wasm: &[u8]) -> Option<Encoding> {
    match Parser::new(0).parse_all(wasm).next()? {
        Ok(Payload::Version { encoding, .. }) => Some(encoding),
        _ => None,
    }
}

/// Turns a core module, whose interfaces are described in a custom section of its own, into a component.
fn componentize(module: &[u8]) -> Result<Vec<u8>, Refusal> {
    let encoded = ComponentEncoder::default().validate(true).module(module).and_then(|mut encoder| encoder.encode());
    encoded.map_err(|why| {
        // The encoder stops at the first import that no interface describes. All of them at once are more help.
        match foreign_imports(module) {
            Ok(names) if !names.is_empty() => forbidden(names),
            _ => invalid(why),
        }
    })
}

/// What a core module imports that is not granted, as `module#name`.
fn foreign_imports(module: &[u8]) -> wasmparser::Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports() {
                let import = import?;
                let granted = interface_of(import.module) == Some("host") && HOST_FUNCTIONS.contains(&import.name);
                if !granted {
                    names.push(format!("{}#{}", import.module, import.name));
                }
            }
        }
    }
    Ok(names)
}

fn forbidden(mut names: Vec<String>) -> Refusal {
    names.sort();
    names.dedup();
    Refusal::ForbiddenImports(names.iter().take(MAX_NAMES).map(|name| shortened(name, MAX_NAME)).collect())
}

/// Refuses a plugin that is broken.
pub(super) fn invalid(why: impl std::fmt::Display) -> Refusal {
    Refusal::Invalid(shortened(&format!("{why:#}"), MAX_WHY))
}

/// What a component imports and exports at its outside.
struct Shape {
    forbidden: Vec<String>,
    exports: Vec<String>,
}

impl Shape {
    fn of(component: &[u8]) -> Result<Self, Refusal> {
        // The compiler decides which features it takes; here, none should be in the way of a good message.
        let types = Validator::new_with_features(WasmFeatures::all()).validate_all(component).map_err(invalid)?;
        let mut shape = Self { forbidden: Vec::new(), exports: Vec::new() };
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(invalid)? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    for import in imports {
                        let name = import.map_err(invalid)?.name.name;
                        let item = types.as_ref().component_item_for_import(name).map(|item| item.ty);
                        shape.forbidden.extend(forbidden_of(name, item, &types));
                    }
                }
                Payload::ComponentExportSection(exports) if depth == 1 => {
                    for export in exports {
                        shape.exports.push(export.map_err(invalid)?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(shape)
    }

    fn exports(&self, interface: &str) -> bool {
        self.exports.iter().any(|name| interface_of(name) == Some(interface))
    }
}

/// What of one import is not granted: all of it, or functions that the interface does not have here.
fn forbidden_of(name: &str, item: Option<ComponentEntityType>, types: &wasmparser::types::Types) -> Vec<String> {
    let (Some(interface), Some(ComponentEntityType::Instance(instance))) = (interface_of(name), item) else {
        return vec![name.to_owned()];
    };
    let granted: &[&str] = match interface {
        "host" => &HOST_FUNCTIONS,
        "types" => &[],
        _ => return vec![name.to_owned()],
    };
    let instance = &types[instance];
    let is_forbidden = |(member, item): (&String, &wasmparser::component_types::ComponentItem)| {
        let is_type = matches!(item.ty, ComponentEntityType::Type { .. });
        (!is_type && !granted.contains(&member.as_str())).then(|| format!("{name}#{member}"))
    };
    instance.exports.iter().filter_map(is_forbidden).collect()
}
