//! Adds check points to a plugin, so that the functions that call each other are told apart.
//!
//! A check point is a loop without a body: it is checked there as at every loop, and it costs no fuel.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent};
use wasm_encoder::{BlockType, CodeSection, Component, Instruction, Module};
use wasmparser::{FunctionBody, Operator, Parser};

/// The same module or component, with a check point before and after each call, and before each return.
pub(super) fn add(wasm: &[u8]) -> Result<Vec<u8>, Error> {
    let parser = Parser::new(0);
    if Parser::is_component(wasm) {
        let mut component = Component::new();
        CheckPoints.parse_component(&mut component, parser, wasm)?;
        return Ok(component.finish());
    }
    let mut module = Module::new();
    CheckPoints.parse_core_module(&mut module, parser, wasm)?;
    Ok(module.finish())
}

struct CheckPoints;

impl Reencode for CheckPoints {
    type Error = Infallible;

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            let is_call = matches!(operator, Operator::Call { .. } | Operator::CallIndirect { .. });
            let is_end = matches!(operator, Operator::Return) || operators.eof();
            let check_points = |function: &mut wasm_encoder::Function| {
                function.instruction(&Instruction::Loop(BlockType::Empty)).instruction(&Instruction::End);
            };
            if is_call || is_end {
                check_points(&mut function);
            }
            function.instruction(&self.instruction(operator)?);
            if is_call {
                check_points(&mut function);
            }
        }
        code.function(&function);
        Ok(())
    }
}

impl ReencodeComponent for CheckPoints {}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often there is a loop of nothing.
    fn check_points(wasm: &[u8]) -> usize {
        wasm.windows(3).filter(|bytes| *bytes == [0x03, 0x40, 0x0b]).count()
    }

    const MODULE: &str = r#"(module
        (type $type (func (param i32) (result i32)))
        (table 1 funcref)
        (func $leaf (type $type) local.get 0)
        (func $early (type $type)
            (if (local.get 0) (then (return (call $leaf (i32.const 1)))))
            (call_indirect (type $type) (i32.const 2) (i32.const 0))))"#;

    #[test]
    fn calls_and_returns_are_surrounded() {
        let wasm = wat::parse_str(MODULE).unwrap();
        assert_eq!(check_points(&wasm), 0);
        let added = add(&wasm).unwrap();
        wasmparser::validate(&added).unwrap();
        // The leaf's end; two calls, twice each; a return; the end.
        assert_eq!(check_points(&added), 1 + 4 + 1 + 1);
    }

    #[test]
    fn the_modules_of_a_component_are_changed_as_well() {
        let wasm = wat::parse_str(format!("(component (core {}", MODULE.replacen('(', "", 1)) + ")").unwrap();
        let added = add(&wasm).unwrap();
        wasmparser::Validator::new().validate_all(&added).unwrap();
        assert_eq!(check_points(&added), 7);
    }

    #[test]
    fn what_is_no_webassembly_is_an_error() {
        assert!(add(b"(module)").is_err());
    }
}
