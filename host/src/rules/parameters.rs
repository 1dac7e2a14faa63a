//! The parameters that a designer sets for a rule, and the schema that its plugin has for them.
//!
//! A schema comes from a stranger and is run against every change of a template or an event, so what it can cost is
//! bounded before it is compiled: its size, its patterns (which run in linear time), and how much it grows when its
//! references are followed. Recursive schemas are refused.

use std::collections::HashMap;

use jsonschema::{Draft, PatternOptions, Validator};
use serde::Serialize;
use serde_json::Value;

use super::text::shortened;

/// Largest schema, in bytes of compact JSON.
pub const MAX_SCHEMA_BYTES: usize = 32 << 10;
/// Most objects in a schema with all of its references followed.
const MAX_OBJECTS: u64 = 2_000;
/// Deepest nesting of a schema, with references followed.
const MAX_DEPTH: usize = 64;
/// Most regular expressions, and the largest of them when compiled, in bytes.
const MAX_PATTERNS: usize = 32;
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// Most errors that are reported at once, and the longest message, in characters.
const MAX_ERRORS: usize = 20;
const MAX_MESSAGE: usize = 300;

/// Keywords that let a schema refer to what is not in plain sight.
const REFUSED_KEYWORDS: [&str; 7] =
    ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"];

/// A compiled schema.
#[derive(Debug)]
pub struct ParametersSchema(Validator);

/// Why a schema is not taken.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadSchema(String);

/// What is wrong with one of the parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadParameter {
    /// Where, as a JSON pointer; `""` is the whole object.
    pub path: String,
    /// What would be right.
    pub message: String,
}

impl ParametersSchema {
    /// Compiles a JSON Schema (draft 2020-12) of an object. Nothing is fetched, whatever it refers to.
    ///
    /// # Errors
    ///
    /// It is no valid schema, not of an object, or costs too much; the error says which and where.
    pub fn compile(schema: &Value) -> Result<Self, BadSchema> {
        let bytes = schema.to_string().len();
        if bytes > MAX_SCHEMA_BYTES {
            return Err(BadSchema(format!("has {bytes} bytes; {MAX_SCHEMA_BYTES} are allowed")));
        }
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err(BadSchema("is not the schema of an object (`\"type\": \"object\"` is missing)".into()));
        }
        Survey::of(schema)?;
        let patterns = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES);
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .offline()
            .with_pattern_options(patterns)
            .build(schema)
            .map(Self)
            .map_err(|error| {
                let at = error.instance_path().as_str();
                BadSchema(format!(
                    "is no valid JSON Schema (draft 2020-12): {} at `{at}`",
                    shortened(&error.to_string(), MAX_MESSAGE)
                ))
            })
    }

    /// Checks parameters.
    ///
    /// # Errors
    ///
    /// Each value that the schema does not allow, up to 20.
    pub fn validate(&self, parameters: &Value) -> Result<(), Vec<BadParameter>> {
        let errors: Vec<_> = self
            .0
            .iter_errors(parameters)
            .take(MAX_ERRORS)
            .map(|error| BadParameter {
                path: error.instance_path().as_str().to_owned(),
                message: shortened(&error.to_string(), MAX_MESSAGE),
            })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// What validating against a part of a schema can cost.
#[derive(Clone, Copy, Default)]
struct Extent {
    /// Its objects, with references followed: each is at most one check of each value.
    objects: u64,
    /// How deep they are nested, with references followed: the validator recurses as deep.
    depth: usize,
}

impl Extent {
    fn and(self, other: Self) -> Self {
        Self { objects: self.objects.saturating_add(other.objects), depth: self.depth.max(other.depth) }
    }

    fn inside(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

/// A walk over a schema that finds out its extent.
///
/// It does not tell keywords from property names: `properties` may well hold a `pattern`, whose value is then an object
/// and no string. Data in `enum` or `default` that looks like a reference is taken for one, and refused if it leads
/// nowhere.
struct Survey<'schema> {
    root: &'schema Value,
    /// The extent of each place that was referred to; `None` while the walk is inside of it.
    referred: HashMap<&'schema str, Option<Extent>>,
    patterns: usize,
}

impl<'schema> Survey<'schema> {
    fn of(root: &'schema Value) -> Result<(), BadSchema> {
        let mut survey = Self { root, referred: HashMap::from([("", None)]), patterns: 0 };
        let Extent { objects, depth } = survey.extent(root, 0)?;
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        if objects > MAX_OBJECTS {
            return Err(BadSchema(format!(
                "has {objects} objects when its references are followed; {MAX_OBJECTS} are allowed"
            )));
        }
        if survey.patterns > MAX_PATTERNS {
            return Err(BadSchema(format!("has {} patterns; {MAX_PATTERNS} are allowed", survey.patterns)));
        }
        Ok(())
    }

    /// `walked` is how deep this walk is. A reference is walked once, so extents can be deeper than any walk.
    fn extent(&mut self, value: &'schema Value, walked: usize) -> Result<Extent, BadSchema> {
        if walked > MAX_DEPTH {
            return Err(too_deep());
        }
        let mut extent = Extent::default();
        match value {
            Value::Object(members) => {
                extent.objects = 1;
                for (key, member) in members {
                    extent = extent.and(self.member_extent(key, member, walked)?.inside());
                }
            }
            Value::Array(items) => {
                for item in items {
                    extent = extent.and(self.extent(item, walked + 1)?.inside());
                }
            }
            _ => {}
        }
        Ok(extent)
    }

    fn member_extent(&mut self, key: &str, member: &'schema Value, walked: usize) -> Result<Extent, BadSchema> {
        match (key, member) {
            ("$ref", Value::String(reference)) => return self.reference_extent(reference, walked),
            ("pattern", Value::String(_)) => self.patterns += 1,
            ("patternProperties", Value::Object(patterns)) => self.patterns += patterns.len(),
            (key, Value::String(_) | Value::Bool(_)) if REFUSED_KEYWORDS.contains(&key) => {
                return Err(BadSchema(format!("uses `{key}`; refer to `$defs` by `$ref` instead")));
            }
            _ => {}
        }
        self.extent(member, walked + 1)
    }

    fn reference_extent(&mut self, reference: &'schema str, walked: usize) -> Result<Extent, BadSchema> {
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(BadSchema(format!("refers to `{}`, outside of itself", shortened(reference, MAX_MESSAGE))));
        };
        match self.referred.get(pointer) {
            Some(Some(extent)) => return Ok(*extent),
            Some(None) => return Err(BadSchema(format!("is recursive at `{}`", shortened(reference, MAX_MESSAGE)))),
            None => {}
        }
        let target = (!pointer.contains('%')).then(|| self.root.pointer(pointer)).flatten();
        let Some(target) = target else {
            return Err(BadSchema(format!(
                "refers to `{}`, where there is nothing",
                shortened(reference, MAX_MESSAGE)
            )));
        };
        self.referred.insert(pointer, None);
        let extent = self.extent(target, walked + 1)?;
        self.referred.insert(pointer, Some(extent));
        Ok(extent)
    }
}

fn too_deep() -> BadSchema {
    BadSchema(format!("is nested more than {MAX_DEPTH} deep when its references are followed"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(schema: Value) -> String {
        ParametersSchema::compile(&schema).unwrap_err().to_string()
    }

    #[test]
    fn parameters_are_checked_with_their_path() {
        let schema = ParametersSchema::compile(&json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Parameters",
            "type": "object",
            "properties": {
                "level": {"type": "integer", "format": "uint32", "minimum": 0, "default": 1},
                "boss": {"$ref": "#/$defs/boss"},
                "tiers": {"type": "array", "items": {"type": "integer"}},
                "pattern": {"type": "string", "pattern": "^[a-z]+$"},
            },
            "required": ["boss"],
            "additionalProperties": false,
            "$defs": {"boss": {"type": "object", "properties": {"health": {"minimum": 1}}}},
        }))
        .unwrap();
        schema.validate(&json!({"boss": {"health": 3}, "tiers": [1, 2], "pattern": "abc"})).unwrap();

        let errors = schema.validate(&json!({"boss": {"health": 0}, "tiers": [1, "x"], "pattern": "A1"})).unwrap_err();
        let mut paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["/boss/health", "/pattern", "/tiers/1"]);
        assert!(errors.iter().any(|error| error.message == "0 is less than the minimum of 1"), "{errors:?}");

        let errors = schema.validate(&json!([])).unwrap_err();
        assert_eq!(errors[0].path, "");
    }

    #[test]
    fn messages_and_errors_are_bounded() {
        let schema = ParametersSchema::compile(&json!({
            "type": "object", "additionalProperties": {"type": "integer"},
        }))
        .unwrap();
        let parameters: Value = (0..100).map(|n| (n.to_string(), Value::from("x".repeat(10_000)))).collect();
        let errors = schema.validate(&parameters).unwrap_err();
        assert_eq!(errors.len(), MAX_ERRORS);
        assert!(errors.iter().all(|error| error.message.chars().count() <= MAX_MESSAGE + 1));
    }

    #[test]
    fn what_is_no_schema_of_an_object_is_refused() {
        assert!(refused(json!({"type": "string"})).contains("not the schema of an object"));
        assert!(refused(json!({"type": "object", "properties": 3})).contains("no valid JSON Schema"));
        assert!(refused(json!({"type": "object", "required": [1]})).contains("at `/required/0`"));
    }

    #[test]
    fn nothing_is_fetched() {
        for reference in ["https://example.com/schema.json", "file:///etc/passwd", "other.json#/x"] {
            assert!(refused(json!({"type": "object", "$ref": reference})).contains("outside of itself"), "{reference}");
        }
        assert!(refused(json!({"type": "object", "$id": "https://example.com/"})).contains("uses `$id`"));
    }

    #[test]
    fn recursion_is_refused() {
        assert!(refused(json!({"type": "object", "$ref": "#"})).contains("recursive"));
        assert!(refused(json!({"type": "object", "allOf": [{"$ref": "#/allOf/0"}]})).contains("recursive"));
        assert!(
            refused(json!({
                "type": "object", "$ref": "#/$defs/a",
                "$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}},
            }))
            .contains("recursive")
        );
        assert!(refused(json!({"type": "object", "$ref": "#/$defs/none"})).contains("nothing"));
    }

    #[test]
    fn growth_by_references_is_bounded() {
        // Each definition is used twice by the one before: 2^12 checks for a few hundred bytes.
        let definitions = |count: usize, width: usize| -> Value {
            let definition = |n: usize| {
                // Named so that the walk meets the last one first.
                let next = json!({"$ref": format!("#/$defs/d{:03}", n - 1)});
                (format!("d{n:03}"), json!({"allOf": vec![next; width]}))
            };
            (1..=count).map(definition).chain([("d000".to_owned(), json!({"minimum": 1}))]).collect()
        };
        let why = refused(json!({"type": "object", "$ref": "#/$defs/d012", "$defs": definitions(12, 2)}));
        assert!(why.contains("objects when its references are followed"), "{why}");
        let why = refused(json!({"type": "object", "$ref": "#/$defs/d040", "$defs": definitions(40, 1)}));
        assert!(why.contains("deep when its references are followed"), "{why}");
    }

    #[test]
    fn size_and_depth_are_bounded() {
        assert!(refused(json!({"type": "object", "title": "x".repeat(40_000)})).contains("bytes"));
        let deep = (0..100).fold(json!({}), |inner, _| json!({"not": inner}));
        assert!(refused(json!({"type": "object", "not": deep})).contains("deep"));
    }

    #[test]
    fn patterns_are_linear_small_and_few() {
        let with = |pattern: &str| {
            ParametersSchema::compile(&json!({"type": "object", "properties": {"a": {"pattern": pattern}}}))
        };
        with("^[a-z]{1,20}$").unwrap();
        with(r"^\w{1,20}$").unwrap();
        with("(a)\\1").unwrap_err();
        with("(?=a)b").unwrap_err();
        with("((a{100}){100}){100}").unwrap_err();
        // Catastrophic for an engine that backtracks.
        let schema = with("^(a+)+$").unwrap();
        schema.validate(&json!({"a": format!("{}b", "a".repeat(100_000))})).unwrap_err();

        let patterns: serde_json::Map<_, _> = (0..33).map(|n| (format!("^{n}"), json!({}))).collect();
        assert!(refused(json!({"type": "object", "patternProperties": patterns})).contains("patterns"));
    }
}
