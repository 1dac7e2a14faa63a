//! Why a rule could not be asked, or gave no answer that holds.

use std::sync::Arc;

use uuid::Uuid;

use crate::rules::{FailedCall, LoadError};
use crate::store::StoreError;

/// Why a rule could not be asked, or gave no answer that holds.
#[derive(Debug, thiserror::Error)]
pub enum RefereeError {
    /// The call failed.
    #[error(transparent)]
    Call(#[from] Box<FailedCall>),
    /// The answer is valid by itself, but cannot be kept.
    #[error("the rule's answer is not valid: {0}")]
    BadOutput(String),
    /// The plugin could not be loaded.
    #[error(transparent)]
    Load(#[from] Arc<LoadError>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The event has no rules at all.
    #[error("the event {0} has no rules")]
    NoRules(Uuid),
    /// The module is not in the database.
    #[error("the module {0} is missing")]
    NoModule(String),
}
