//! The schema of a rule's parameters.

use std::any::TypeId;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

use crate::{NoParameters, Plugin};

/// The JSON Schema (draft 2020-12) of a plugin's parameters; empty if there are none to set.
pub(crate) fn parameters_schema<P: Plugin>() -> String {
    if TypeId::of::<P::Parameters>() == TypeId::of::<NoParameters>() {
        return String::new();
    }
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(bound_integer));
    settings.into_generator().into_root_schema_for::<P::Parameters>().as_value().to_string()
}

/// Says of an integer what its type holds. schemars notes the type as a format only, which no validator looks at: a number
/// that is too large for it would be let in, and end each call.
fn bound_integer(schema: &mut Schema) {
    let Some((min, max)) = schema.get("format").and_then(Value::as_str).and_then(range) else { return };
    for (bound, value) in [("minimum", min), ("maximum", max)] {
        if schema.get(bound).is_none() {
            schema.insert(bound.to_owned(), value);
        }
    }
}

/// The least and the largest integer of a format.
fn range(format: &str) -> Option<(Value, Value)> {
    Some(match format {
        "int8" => (json!(i8::MIN), json!(i8::MAX)),
        "int16" => (json!(i16::MIN), json!(i16::MAX)),
        "int32" => (json!(i32::MIN), json!(i32::MAX)),
        "int64" => (json!(i64::MIN), json!(i64::MAX)),
        // A rule runs where these have 32 bits.
        "int" => (json!(i32::MIN), json!(i32::MAX)),
        "uint8" => (json!(0), json!(u8::MAX)),
        "uint16" => (json!(0), json!(u16::MAX)),
        "uint32" | "uint" => (json!(0), json!(u32::MAX)),
        "uint64" => (json!(0), json!(u64::MAX)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::*;

    /// What a designer can set.
    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Tuning {
        /// The lowest level.
        #[schemars(range(min = 1, max = 99))]
        min_level: u32,
        prices: BTreeMap<String, Vec<u16>>,
        debt: Option<i8>,
        places: usize,
        share: f64,
    }

    struct Tuned;

    impl Plugin for Tuned {
        type Parameters = Tuning;
    }

    fn schema() -> Value {
        serde_json::from_str(&parameters_schema::<Tuned>()).unwrap()
    }

    #[test]
    fn it_is_draft_2020_12_and_has_descriptions_and_bounds() {
        let schema = schema();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["required"], json!(["minLevel", "prices", "places", "share"]));
        assert_eq!(schema["additionalProperties"], false);
        let level = &schema["properties"]["minLevel"];
        assert_eq!(level["description"], "The lowest level.");
        assert_eq!((&level["minimum"], &level["maximum"]), (&json!(1), &json!(99)));
    }

    #[test]
    fn an_integer_is_bound_by_its_type() {
        let properties = &schema()["properties"];
        let bounds = |of: &Value| (of["minimum"].clone(), of["maximum"].clone());
        let prices = &properties["prices"]["additionalProperties"]["items"];
        assert_eq!(bounds(prices), (json!(0), json!(65_535)));
        assert_eq!(bounds(&properties["debt"]), (json!(-128), json!(127)));
        assert_eq!(bounds(&properties["places"]), (json!(0), json!(4_294_967_295_u32)));
        assert_eq!(bounds(&properties["share"]), (Value::Null, Value::Null));
    }
}
