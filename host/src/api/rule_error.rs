//! What clients are told when a rule refuses or fails.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use crate::referee::{ExamineError, PinError, RefereeError};
use crate::rules::{AdmitError, FailedCall, LoadError, Refusal};

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let mut reason = json!({ "code": refusal.code, "message": refusal.message });
        if let (Some(reason), false) = (reason.as_object_mut(), refusal.details.is_empty()) {
            reason.insert("details".to_owned(), Value::Object(refusal.details));
        }
        // A rule may leave its message out; an error has one.
        let message = match refusal.message {
            message if message.trim().is_empty() => format!("the event's rule refuses this: {}", refusal.code),
            message => message,
        };
        Self::conflict("NOT_ELIGIBLE", message).with_details(json!({ "reason": reason }))
    }
}

impl From<PinError> for ApiError {
    fn from(error: PinError) -> Self {
        match error {
            PinError::Refused(refusal) => refusal.into(),
            PinError::Store(error) => error.into(),
        }
    }
}

impl RefereeError {
    /// The answer for this caller: what is inside a rule is for designers and operators only.
    pub(super) fn into_api(self, caller: &Caller) -> ApiError {
        match self {
            Self::Call(failed) => failed_call(&failed, caller.may_see_rules_inside()),
            Self::BadOutput(why) => {
                let error = ApiError::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "RULE_BAD_OUTPUT",
                    "the event's rule gave an answer that is not valid",
                );
                let details = if caller.may_see_rules_inside() { json!({ "failure": why }) } else { Value::Null };
                error.with_details(details)
            }
            Self::Load(error) => not_loaded(&error),
            Self::Store(error) => error.into(),
            error @ (Self::NoRules(_) | Self::NoModule(_)) => ApiError::internal(error),
        }
    }
}

fn failed_call(failed: &FailedCall, inside: bool) -> ApiError {
    let failure = &failed.failure;
    tracing::warn!(code = failure.code(), %failure, "a rule failed");
    let error = if failure.is_transient() {
        ApiError::unavailable(failure.code(), failure.public_message())
    } else {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, failure.code(), failure.public_message())
    };
    error.with_details(if inside { failed.details() } else { Value::Null })
}

fn not_loaded(error: &LoadError) -> ApiError {
    tracing::error!(%error, "a plugin could not be loaded");
    ApiError::unavailable("RULE_UNAVAILABLE", "the event's rule cannot be loaded at the moment; try again")
}

impl From<ExamineError> for ApiError {
    fn from(error: ExamineError) -> Self {
        match error {
            ExamineError::OtherName { .. } => {
                Self::new(StatusCode::BAD_REQUEST, "PLUGIN_NAME_MISMATCH", error.to_string())
            }
            ExamineError::Plugin(error) => refused_plugin(&error),
        }
    }
}

fn refused_plugin(error: &AdmitError) -> ApiError {
    let (code, message) = (error.code(), error.to_string());
    match error {
        AdmitError::TooLarge { .. } => ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, code, message),
        AdmitError::DescribeFailed { failure } => {
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, message).with_details(failure.details())
        }
        error if error.is_plugins_fault() => ApiError::new(StatusCode::BAD_REQUEST, code, message),
        error => {
            tracing::error!(%error, "a plugin could not be examined");
            ApiError::unavailable(code, message)
        }
    }
}
