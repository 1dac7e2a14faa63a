//! What a plugin's WebAssembly is made of.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{Encoding, Parser, Payload};

/// The size of a page of memory, from WebAssembly's specification.
const PAGE: u64 = 64 * 1024;

/// What a plugin asks of its host, and what its bytes are for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Anatomy {
    /// What it imports: interfaces, each with the functions that are known to be used.
    pub imports: BTreeMap<String, BTreeSet<String>>,
    /// Bytes of code.
    pub code: usize,
    /// Bytes that memory begins with, such as texts.
    pub data: usize,
    /// Bytes of names, which backtraces show.
    pub names: usize,
    /// Memory that a call has from its beginning, in bytes.
    pub memory: u64,
}

impl Anatomy {
    /// Takes a module or a component apart.
    ///
    /// # Errors
    /// It is no WebAssembly.
    pub fn of(wasm: &[u8]) -> wasmparser::Result<Self> {
        let mut anatomy = Self::default();
        // What parts of a component import from each other is of no interest.
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::Version { encoding: Encoding::Module | Encoding::Component, .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ImportSection(imports) if depth == 1 => {
                    for import in imports.into_imports() {
                        let import = import?;
                        let functions = anatomy.imports.entry(import.module.to_owned()).or_default();
                        functions.insert(import.name.to_owned());
                    }
                }
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    for import in imports {
                        anatomy.imports.entry(import?.name.name.to_owned()).or_default();
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        anatomy.memory = anatomy.memory.saturating_add(memory?.initial.saturating_mul(PAGE));
                    }
                }
                Payload::CodeSectionStart { size, .. } => anatomy.code += usize::try_from(size).unwrap_or(usize::MAX),
                Payload::DataSection(data) => anatomy.data += data.range().len(),
                Payload::CustomSection(custom) if custom.name() == "name" => anatomy.names += custom.data().len(),
                _ => {}
            }
        }
        Ok(anatomy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_taken_apart() {
        let wasm = wat::parse_str(
            r#"(module
                (import "world-events:rules/host@0.1.0" "random-u64" (func $random (result i64)))
                (memory 3)
                (data (i32.const 0) "hello")
                (func $twice (result i64) (i64.add (call $random) (call $random))))"#,
        )
        .unwrap();
        let anatomy = Anatomy::of(&wasm).unwrap();
        let imports = [("world-events:rules/host@0.1.0".to_owned(), BTreeSet::from(["random-u64".to_owned()]))];
        assert_eq!(anatomy.imports, BTreeMap::from(imports));
        assert_eq!(anatomy.memory, 192 * 1024);
        assert!(anatomy.data >= 5 && anatomy.code >= 7 && anatomy.names >= 11, "{anatomy:?}");
    }

    #[test]
    fn of_a_component_only_the_outside_is_told() {
        let wasm = wat::parse_str(
            r#"(component
                (import "a:b/c" (instance))
                (core module (import "inner" "f" (func)) (memory 1)))"#,
        )
        .unwrap();
        let anatomy = Anatomy::of(&wasm).unwrap();
        assert_eq!(anatomy.imports.into_keys().collect::<Vec<_>>(), ["a:b/c"]);
        assert_eq!(anatomy.memory, 64 * 1024);
    }

    #[test]
    fn text_is_no_webassembly() {
        assert!(Anatomy::of(b"(module)").is_err());
    }
}
