//! The source of the server, read as Rust: its constants, and the codes of its errors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, BinOp, Expr, ExprCall, ItemConst, ItemMod, Lit, LitStr, Macro};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the source, without its tests.
pub(crate) struct Source {
    /// Its path from the root of the workspace.
    pub(crate) path: String,
    file: syn::File,
}

/// The files below some folders, by path.
pub(crate) fn sources(folders: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        collect(&root().join(folder), &mut paths);
    }
    paths.sort();
    assert!(!paths.is_empty(), "{folders:?}");
    paths.iter().map(|path| read(path)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
        let path = entry.unwrap().path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|it| it == "rs") && !is_test {
            paths.push(path);
        }
    }
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap();
    let file = syn::parse_file(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    Source { path: path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned(), file }
}

fn is_test(attributes: &[Attribute]) -> bool {
    let is_test = |list: &syn::MetaList| list.path.is_ident("cfg") && list.tokens.to_string() == "test";
    attributes.iter().any(|attribute| matches!(&attribute.meta, syn::Meta::List(list) if is_test(list)))
}

/// The constants of a file, by name. Counts have their value, spans of time that in milliseconds; what is no number, or takes
/// more than this file to work out, has none.
pub(crate) fn constants(source: &Source) -> BTreeMap<String, Option<u128>> {
    struct Constants<'file>(BTreeMap<String, &'file Expr>);
    impl<'file> Visit<'file> for Constants<'file> {
        fn visit_item_mod(&mut self, module: &'file ItemMod) {
            if !is_test(&module.attrs) {
                visit::visit_item_mod(self, module);
            }
        }
        fn visit_item_const(&mut self, constant: &'file ItemConst) {
            self.0.insert(constant.ident.to_string(), &*constant.expr);
        }
    }
    let mut found = Constants(BTreeMap::new());
    found.visit_file(&source.file);
    let Constants(expressions) = found;
    expressions.iter().map(|(name, expr)| (name.clone(), evaluate(expr, &expressions))).collect()
}

fn evaluate(expr: &Expr, constants: &BTreeMap<String, &Expr>) -> Option<u128> {
    let value = |expr: &Expr| evaluate(expr, constants);
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Paren(inner) => value(&inner.expr),
        Expr::Cast(cast) => value(&cast.expr),
        Expr::Path(path) => value(constants.get(&path.path.get_ident()?.to_string())?),
        Expr::Binary(binary) => {
            let (left, right) = (value(&binary.left)?, value(&binary.right)?);
            match binary.op {
                BinOp::Add(_) => left.checked_add(right),
                BinOp::Sub(_) => left.checked_sub(right),
                BinOp::Mul(_) => left.checked_mul(right),
                BinOp::Shl(_) => left.checked_shl(u32::try_from(right).ok()?),
                _ => None,
            }
        }
        Expr::Call(call) => {
            let number = value(call.args.first()?)?;
            match callee(call)?.as_str() {
                "from_secs" => number.checked_mul(1_000),
                "from_millis" => Some(number),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The last part of the name of what is called.
fn callee(call: &ExprCall) -> Option<String> {
    let Expr::Path(path) = &*call.func else { return None };
    Some(path.path.segments.last()?.ident.to_string())
}

/// The words in a file that can be codes of errors, with the HTTP statuses that stand beside them.
pub(crate) fn codes(source: &Source) -> BTreeMap<String, BTreeSet<u16>> {
    #[derive(Default)]
    struct Codes(BTreeMap<String, BTreeSet<u16>>);
    impl Codes {
        fn add(&mut self, text: String, status: Option<u16>) {
            if is_code(&text) {
                self.0.entry(text).or_default().extend(status);
            }
        }
    }
    impl<'file> Visit<'file> for Codes {
        fn visit_item_mod(&mut self, module: &'file ItemMod) {
            if !is_test(&module.attrs) {
                visit::visit_item_mod(self, module);
            }
        }
        fn visit_attribute(&mut self, _: &'file Attribute) {}
        fn visit_expr_call(&mut self, call: &'file ExprCall) {
            if let Some((text, status)) = code_of_call(call) {
                self.add(text, status);
            }
            visit::visit_expr_call(self, call);
        }
        fn visit_lit_str(&mut self, literal: &'file LitStr) {
            self.add(literal.value(), None);
        }
        fn visit_macro(&mut self, invoked: &'file Macro) {
            // What a macro is given need not be Rust, so it is read as text.
            let tokens = invoked.tokens.to_string();
            tokens.split('"').skip(1).step_by(2).for_each(|text| self.add(text.to_owned(), None));
        }
    }
    let mut found = Codes::default();
    found.visit_file(&source.file);
    found.0
}

/// Whether a text looks like the code of an error: words of A-Z and 0-9 with `_` between them, long enough to be no acronym.
/// What Cargo tells a build begins with its name.
fn is_code(text: &str) -> bool {
    let is_word = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(|c| c.is_ascii_uppercase())
            && letters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    text.len() >= 6 && !text.starts_with("CARGO_") && text.split('_').all(is_word)
}

/// The code that is handed to one of the functions that make errors.
fn code_of_call(call: &ExprCall) -> Option<(String, Option<u16>)> {
    let argument = |number: usize| call.args.iter().nth(number);
    let text = |number: usize| match argument(number)? {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    };
    match callee(call)?.as_str() {
        "conflict" => Some((text(0)?, Some(409))),
        "unavailable" => Some((text(0)?, Some(503))),
        // `ApiError::not_found` makes the code of what is not found.
        "not_found" => Some((format!("{}_NOT_FOUND", text(0)?.to_uppercase().replace(' ', "_")), Some(404))),
        "new" => {
            let Expr::Path(status) = argument(0)? else { return None };
            Some((text(1)?, status_number(&status.path.segments.last()?.ident.to_string())))
        }
        _ => None,
    }
}

/// What a status is called in the crate `http`, as a number.
fn status_number(name: &str) -> Option<u16> {
    let named = |status: u16| {
        let status = axum::http::StatusCode::from_u16(status).ok()?;
        Some(status.canonical_reason()?.to_uppercase().replace([' ', '-'], "_"))
    };
    (400..600).find(|status| named(*status).as_deref() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { path: "test.rs".to_owned(), file: syn::parse_str(text).unwrap() }
    }

    #[test]
    fn constants_are_worked_out() {
        let source = source(
            "const KIB: usize = 1024; pub const A: usize = 2 * KIB; const B: u64 = (1 << 20) - 1; const C: Duration = \
             Duration::from_secs(2); const D: &str = \"x\"; #[cfg(test)] mod tests { const E: u8 = 1; } mod more { const F: \
             usize = 16_000 as usize; const G: usize = other::G; }",
        );
        let expected = [
            ("A", Some(2048)),
            ("B", Some(1_048_575)),
            ("C", Some(2_000)),
            ("D", None),
            ("F", Some(16_000)),
            ("G", None),
            ("KIB", Some(1024)),
        ];
        assert_eq!(constants(&source), expected.map(|(name, value)| (name.to_owned(), value)).into());
    }

    #[test]
    fn codes_are_found_with_their_status() {
        let source = source(
            r#"
            #[param(default = "IGNORED")]
            fn fail() {
                ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", "message");
                ApiError::conflict("EVENT_FULL", "No room");
                Self::unavailable("OVERLOADED", message);
                ApiError::not_found("plugin version", id);
                let code = match self { Self::Trap => "RULE_TRAPPED" };
                json!({ "code": "IN_A_MACRO" });
                env!("CARGO_PKG_NAME");
                other("not a code", "ABC", "Mixed_CASE", "_BEHIND");
            }
            #[cfg(test)]
            mod tests { const CODE: &str = "IN_A_TEST"; }
            "#,
        );
        let expected: [(&str, &[u16]); 6] = [
            ("EVENT_FULL", &[409]),
            ("IN_A_MACRO", &[]),
            ("OVERLOADED", &[503]),
            ("PLUGIN_VERSION_NOT_FOUND", &[404]),
            ("RULE_TRAPPED", &[]),
            ("TOO_LARGE", &[413]),
        ];
        let expected = expected.map(|(code, statuses)| (code.to_owned(), statuses.iter().copied().collect()));
        assert_eq!(codes(&source), expected.into());
    }

    #[test]
    fn statuses_are_known_by_their_names() {
        for (name, status) in [("NOT_FOUND", 404), ("UNSUPPORTED_MEDIA_TYPE", 415), ("SERVICE_UNAVAILABLE", 503)] {
            assert_eq!(status_number(name), Some(status), "{name}");
        }
        assert_eq!(status_number("VALIDATION_ERROR"), None);
    }
}
