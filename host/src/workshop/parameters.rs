//! Whether parameters are such as a server would hand to a plugin.

use serde_json::Value;

use super::scenario::WrongValue;
use crate::model::Object;
use crate::rules::ParametersSchema;

/// Checks parameters that stand at `place` against the schema of a plugin, if it has one.
///
/// # Errors
/// The schema does not allow them: the first wrong value, with the others in the lines behind it.
pub fn check(parameters: &Object, schema: Option<&ParametersSchema>, place: &str) -> Result<(), WrongValue> {
    let Some(schema) = schema else {
        if parameters.is_empty() {
            return Ok(());
        }
        return Err(WrongValue::new(place, "must be empty, as the plugin has no parameters"));
    };
    let Err(bad) = schema.validate(&Value::Object((**parameters).clone())) else { return Ok(()) };
    // One line for each; the first has its place in front like every other error.
    let mut lines = bad.iter().map(|bad| (format!("{place}{}", bad.path.replace('/', ".")), &bad.message));
    let Some((first, message)) = lines.next() else { return Ok(()) };
    let problem = lines.fold(message.clone(), |problem, (place, message)| format!("{problem}\n{place}: {message}"));
    Err(WrongValue::new(first, problem))
}
