//! Saying no.

use serde::Serialize;

use crate::Refusal;
use crate::outcome::object;

/// The server's bound for the message of a refusal, in characters.
const MAX_MESSAGE: usize = 500;

impl Refusal {
    /// A "no" with a code for programs, 1 to 64 characters of A-Z, 0-9 and `_`, and one sentence for a person, of
    /// which only the first 500 characters are kept.
    ///
    /// ```
    /// use world_events_plugin_sdk::Refusal;
    ///
    /// let refusal = Refusal::new("NO_ATTEMPTS_LEFT", "all 3 attempts are used up");
    /// assert_eq!(refusal.code, "NO_ATTEMPTS_LEFT");
    /// ```
    ///
    /// # Panics
    ///
    /// If the code is not of that form, as the server would take no such answer.
    #[must_use]
    #[track_caller]
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        let code = code.into();
        assert!(
            (1..=64).contains(&code.len())
                && code.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_'),
            "refusal code {code:?}: must be 1 to 64 characters of A-Z, 0-9 and `_`"
        );
        Self { code, message: shortened(message.into(), MAX_MESSAGE), details: String::new() }
    }

    /// Adds what the sentence is made of, so that a game can say it in its own words and language: a JSON object of at
    /// most 4 KiB.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Refusal, json};
    ///
    /// let (level, least) = (4, 10);
    /// let refusal = Refusal::new("LEVEL_TOO_LOW", format!("level {level} is below {least}"))
    ///     .with_details(&json!({"level": level, "minLevel": least}));
    /// assert_eq!(refusal.details, r#"{"level":4,"minLevel":10}"#);
    /// ```
    ///
    /// # Panics
    ///
    /// If they do not make a JSON object, as the server would take no other.
    #[must_use]
    #[track_caller]
    pub fn with_details(mut self, details: &impl Serialize) -> Self {
        self.details = object("a refusal's details", details);
        self
    }
}

/// Cuts a text after so many characters.
pub(crate) fn shortened(mut text: String, max_chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(max_chars) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_between_characters() {
        assert_eq!(Refusal::new("X", "ü".repeat(501)).message, "ü".repeat(500));
        assert_eq!(Refusal::new("X", "ü".repeat(500)).message, "ü".repeat(500));
    }

    #[test]
    fn a_code_that_the_server_would_not_take_panics() {
        for code in ["", "level_too_low", "LEVEL TOO LOW", &"X".repeat(65)] {
            let code = code.to_owned();
            let result = std::panic::catch_unwind(|| Refusal::new(code.clone(), "no"));
            assert!(result.is_err(), "{code:?} was taken");
        }
        assert_eq!(Refusal::new("X".repeat(64), "no").code.len(), 64);
    }
}
