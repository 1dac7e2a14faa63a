//! Asks a rule, and writes its answer down.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::write::Input;
use super::{Assessment, Payout, Verdict, comparable};
use crate::rules::{Call, CallResult, Plugin, Rules};

/// Asks a rule; the answer comes back in the form that cases have.
///
/// # Errors
/// The call fails.
pub async fn ask(rules: &Rules, plugin: &Arc<Plugin>, input: Input) -> CallResult<Value> {
    match input {
        Input::Check(application) => rules.check(plugin, application).await.map(|call| written(call, Verdict::from)),
        Input::Score(card) => rules.score(plugin, card).await.map(|call| written(call, Assessment::from)),
        Input::Payout(page) => rules.payout(plugin, page).await.map(|call| written(call, Payout::from)),
    }
}

fn written<Answer, Written: Serialize>(call: Call<Answer>, write: fn(Answer) -> Written) -> Call<Value> {
    Call { answer: comparable(&write(call.answer)), logs: call.logs, usage: call.usage }
}
