//! The domain's "no": what is wrong, and what would be right.

use serde_json::{Value, json};

/// Why a request was refused although it was well-formed JSON of the right shape.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// A member has a value that it must not have.
    #[error("{field} {rule}")]
    Invalid {
        /// The member, as a path in the request.
        field: String,
        /// The rule that it breaks, in words that say what would be right.
        rule: String,
    },
    /// The request does not fit the state that things are in.
    #[error("{message}")]
    Conflict {
        /// A stable upper-case word.
        code: &'static str,
        /// One sentence for a person.
        message: String,
        /// What a program can use: a JSON object, or null.
        details: Value,
    },
}

impl Refusal {
    /// A member has a value that it must not have.
    #[must_use]
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), rule: rule.into() }
    }

    /// The request does not fit the state that things are in.
    #[must_use]
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into(), details: Value::Null }
    }
}

impl<S: Into<&'static str> + std::fmt::Display> From<super::status::IllegalTransition<S>> for Refusal {
    fn from(illegal: super::status::IllegalTransition<S>) -> Self {
        let message = illegal.to_string();
        let legal: Vec<&'static str> = illegal.legal.into_iter().map(Into::into).collect();
        let (from, to): (&'static str, &'static str) = (illegal.from.into(), illegal.to.into());
        Self::Conflict {
            code: "ILLEGAL_TRANSITION",
            message,
            details: json!({ "from": from, "to": to, "legal": legal }),
        }
    }
}
