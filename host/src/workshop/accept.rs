//! Writes a rule's answers into its cases, in the place of those that were expected.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use tempfile::NamedTempFile;

use super::case;

/// An answer could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be updated: {source}", file.display())]
pub struct AcceptError {
    /// The file of the case.
    file: PathBuf,
    /// Why not.
    source: io::Error,
}

/// The member that is to be replaced, as it stands in the text.
#[derive(Deserialize)]
struct Expecting<'text> {
    #[serde(borrow, default, deserialize_with = "as_it_stands")]
    expect: Option<&'text RawValue>,
}

/// Also a `null`, which would else pass for a member that is missing, and be there twice.
fn as_it_stands<'text, D: Deserializer<'text>>(deserializer: D) -> Result<Option<&'text RawValue>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Puts an answer into the file of a case. Everything else stays as it was written; the file is replaced in one go.
///
/// # Errors
/// It cannot be read or written, or is no case any more.
pub fn accept(file: &Path, answer: &Value) -> Result<(), AcceptError> {
    let failed = |source| AcceptError { file: file.to_owned(), source };
    let text = fs::read_to_string(file).map_err(failed)?;
    let text = with_answer(&text, answer).map_err(|error| failed(error.into()))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let write = || {
        let mut new = NamedTempFile::new_in(folder)?;
        new.write_all(text.as_bytes())?;
        // A temporary file is its owner's alone.
        fs::set_permissions(new.path(), fs::metadata(file)?.permissions())?;
        new.persist(file)?;
        Ok(())
    };
    write().map_err(failed)
}

fn with_answer(text: &str, answer: &Value) -> Result<String, serde_json::Error> {
    let Expecting { expect } = serde_json::from_str(text)?;
    let pretty = serde_json::to_string_pretty(&case::brief(answer))?;
    let end = text.trim_end().len().saturating_sub(1);
    // Where the old answer stands, if there is one; else before the brace at the end of the text.
    let place = match expect {
        Some(old) => {
            let start = old.get().as_ptr().addr().saturating_sub(text.as_ptr().addr());
            start..start + old.get().len()
        }
        None => end..end,
    };
    let (before, after) = (text.get(..place.start).unwrap_or_default(), text.get(place.end..).unwrap_or_default());
    if expect.is_none() {
        return Ok(format!("{},\n  \"expect\": {}\n{after}", before.trim_end(), pretty.replace('\n', "\n  ")));
    }
    // Its lines begin where the line begins that it stands in.
    let line = before.rsplit('\n').next().unwrap_or_default();
    let indent: String = line.chars().take_while(|space| matches!(space, ' ' | '\t')).collect();
    Ok(format!("{before}{}{after}", pretty.replace('\n', &format!("\n{indent}"))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_answer_changes() {
        let text = "{\n\t\"expect\" : {\"score\": 8}, \"name\": \"expect: {}\",\n\n\t\"input\": [1,  2]\n}\n";
        let answer = json!({ "score": 7, "completed": false, "counters": {}, "progress": { "hits": 0 } });
        let written = "{\n\t\"expect\" : {\n\t  \"progress\": {\n\t    \"hits\": 0\n\t  },\n\t  \"score\": 7\n\t}, \
                       \"name\": \"expect: {}\",\n\n\t\"input\": [1,  2]\n}\n";
        assert_eq!(with_answer(text, &answer).unwrap(), written);
        assert_eq!(with_answer(written, &answer).unwrap(), written);
    }

    #[test]
    fn an_answer_that_is_missing_is_added() {
        let text = "{\n  \"name\": \"n\"\n}\n";
        let written = "{\n  \"name\": \"n\",\n  \"expect\": {\n    \"admit\": true\n  }\n}\n";
        assert_eq!(with_answer(text, &json!({ "admit": true })).unwrap(), written);
        let text = "{\n  \"name\": \"n\",\n  \"expect\": null\n}\n";
        assert_eq!(with_answer(text, &json!({ "admit": true })).unwrap(), written);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        assert!(with_answer("{ \"name\": ", &json!({})).is_err());
    }
}
