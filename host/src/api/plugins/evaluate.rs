//! `POST /plugins/{name}/versions/{version}/evaluate`, and the same of a draft

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::drafts::find_draft;
use super::version::find_version;
use crate::api::caller::{Caller, Permission};
use crate::api::error::ApiError;
use crate::api::extract::{Body, Path};
use crate::api::{App, events};
use crate::model::action::Action;
use crate::model::plugin::PluginModule;
use crate::model::text::{DraftName, PluginName};
use crate::model::{Object, Participation, PlayerId};
use crate::referee::{Trial, check_parameters};
use crate::rules::{Call, CallResult, LogLine, Logs, Plugin, RuleLimits, Usage};
use crate::workshop::case::write::Input;
use crate::workshop::case::{self, CallName, CaseError, Question};

/// A question to a rule: with an input of any kind, or about a real event and a player of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EvaluateRequest)]
pub struct Evaluate {
    /// What is asked.
    call: CallName,
    /// The input, written as in a case: see the page about plugins. Instead of `eventId`.
    #[schema(value_type = Option<Object>)]
    input: Option<Box<RawValue>>,
    /// The event, as it stands.
    event_id: Option<Uuid>,
    /// The player; for `rewards.payout` nobody, as that is asked about some of those who are in the event.
    player_id: Option<PlayerId>,
    /// The parameters, instead of the event's own.
    parameters: Option<Object>,
    /// For `scoring.score`: what the player did.
    actions: Option<Vec<Action>>,
    /// For `scoring.score`: a JSON merge patch of the progress.
    progress_data: Option<Object>,
}

/// What a rule would do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// The answer, written as in a case. Absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    answer: Option<Value>,
    /// Why there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<EvaluationFailure>,
    /// What the rule wrote to its log.
    #[schema(value_type = Vec<Object>)]
    logs: Vec<LogLine>,
    /// How many lines were dropped, or cut short, as the call had written all that it may.
    dropped_lines: u64,
    /// What the call took.
    usage: Taken,
    /// What it may take.
    limits: Taken,
}

/// A rule that gave no answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvaluationFailure {
    /// The code that a request would be refused with.
    code: &'static str,
    /// What happened.
    message: String,
    /// Where, by functions of the plugin, the innermost first.
    backtrace: Vec<String>,
}

/// What a call takes, or may take.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// Fuel: about one for each WebAssembly instruction.
    fuel: u64,
    /// Memory, in bytes.
    memory_bytes: usize,
    /// Input, in bytes.
    input_bytes: usize,
    /// Output, in bytes.
    output_bytes: usize,
    /// Time, in microseconds.
    time_micros: u64,
}

impl From<&Usage> for Taken {
    fn from(usage: &Usage) -> Self {
        Self {
            fuel: usage.fuel,
            memory_bytes: usage.memory_bytes,
            input_bytes: usage.input_bytes,
            output_bytes: usage.output_bytes,
            time_micros: u64::try_from(usage.time.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

impl From<&RuleLimits> for Taken {
    fn from(limits: &RuleLimits) -> Self {
        Self {
            fuel: limits.fuel,
            memory_bytes: limits.memory_bytes,
            input_bytes: limits.input_bytes,
            output_bytes: limits.output_bytes,
            time_micros: limits.time_ms.saturating_mul(1_000),
        }
    }
}

/// Evaluate a version of a plugin
///
/// Asks the rule without doing what it says: nothing changes. A rule that fails is part of the answer.
#[utoipa::path(
    post,
    path = "/plugins/{name}/versions/{version}/evaluate",
    operation_id = "evaluatePluginVersion",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("version" = String, Path, description = "The version"),
    ),
    request_body = Evaluate,
    responses(
        (status = 200, description = "What the rule would do", body = Evaluation),
        (status = 400, description = "A member is wrong, or the parameters do not fit the plugin's schema"),
        (status = 404, description = "There is no such version, event or participant"),
    )
)]
pub async fn evaluate_plugin_version(
    State(app): State<App>,
    caller: Caller,
    Path((name, version)): Path<(PluginName, Version)>,
    Body(request): Body<Evaluate>,
) -> Result<Json<Evaluation>, ApiError> {
    caller.require(Permission::ManagePlugins)?;
    let module = find_version(&app, &name, &version).await?.module;
    request.evaluate(&app, &caller, &module).await.map(Json)
}

/// Evaluate a draft
///
/// Asks the rule without doing what it says: nothing changes. A rule that fails is part of the answer.
#[utoipa::path(
    post,
    path = "/plugins/{name}/drafts/{draft}/evaluate",
    operation_id = "evaluateDraft",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("draft" = DraftName, Path, description = "The draft"),
    ),
    request_body = Evaluate,
    responses(
        (status = 200, description = "What the rule would do", body = Evaluation),
        (status = 400, description = "A member is wrong, or the parameters do not fit the plugin's schema"),
        (status = 404, description = "There is no such draft, event or participant"),
    )
)]
pub async fn evaluate_draft(
    State(app): State<App>,
    caller: Caller,
    Path((name, draft)): Path<(PluginName, DraftName)>,
    Body(request): Body<Evaluate>,
) -> Result<Json<Evaluation>, ApiError> {
    caller.require(Permission::ManagePlugins)?;
    let module = find_draft(&app, &name, &draft).await?.module;
    request.evaluate(&app, &caller, &module).await.map(Json)
}

impl Evaluate {
    async fn evaluate(self, app: &App, caller: &Caller, module: &PluginModule) -> Result<Evaluation, ApiError> {
        let (plugin, input) = match (&self.input, self.event_id) {
            (Some(input), None) => {
                self.check_unused()?;
                let question = Question::read(self.call, input.get()).map_err(wrong)?;
                check_parameters(module, question.parameters())?;
                let plugin = app.referee.load(module).await.map_err(|error| error.into_api(caller))?;
                (plugin.apart(), Input::from(&question))
            }
            (None, Some(event)) => self.about(app, caller, module, event).await?,
            (Some(_), Some(_)) => return Err(ApiError::invalid("input", "must not be given together with eventId")),
            (None, None) => return Err(ApiError::invalid("input", "is required, or an eventId")),
        };
        let rules = app.referee.rules();
        let limits = rules.limits(&plugin, self.call.capability());
        Ok(Evaluation::of(case::ask(rules, &plugin, input).await, limits))
    }

    /// With an input of its own, nothing else is looked at: whoever says more means something else.
    fn check_unused(&self) -> Result<(), ApiError> {
        for (field, is_given) in [
            ("playerId", self.player_id.is_some()),
            ("parameters", self.parameters.is_some()),
            ("actions", self.actions.is_some()),
            ("progressData", self.progress_data.is_some()),
        ] {
            if is_given {
                return Err(ApiError::invalid(field, "goes with eventId; with input, write it there"));
            }
        }
        Ok(())
    }

    /// The question about a real event.
    async fn about(
        &self,
        app: &App,
        caller: &Caller,
        module: &PluginModule,
        event_id: Uuid,
    ) -> Result<(Arc<Plugin>, Input), ApiError> {
        let live = events::find(app, event_id).await?;
        let trial = app.referee.try_out(&live.event, module, self.parameters.clone()).await;
        let trial = trial.map_err(|error| error.into_api(caller))?;
        check_parameters(module, &trial.parameters())?;
        let input = self.input_about(app, &trial, event_id).await?;
        Ok((Arc::clone(trial.plugin()), input))
    }

    async fn input_about(&self, app: &App, trial: &Trial, event_id: Uuid) -> Result<Input, ApiError> {
        let now = app.clock.now();
        let player = || self.player_id.as_ref().ok_or_else(|| ApiError::invalid("playerId", "is required"));
        let input = match self.call {
            CallName::Check => {
                let player = player()?;
                let known = participation(app, event_id, player).await?;
                // Who is in is asked about as a newcomer would be.
                let before = known.filter(|known| !known.status.is_inside());
                trial.application(player, before.as_deref(), now).await.map(Input::Check)
            }
            CallName::Score => {
                let player = player()?;
                let Some(known) = participation(app, event_id, player).await? else {
                    return Err(ApiError::not_found("participant", player));
                };
                let actions = self.actions.as_deref().unwrap_or_default();
                trial.scorecard(&known, actions, self.progress_data.as_ref(), now).await.map(Input::Score)
            }
            CallName::Payout => trial.page(now).await.map(Input::Payout),
        };
        input.map_err(ApiError::internal)
    }
}

async fn participation(app: &App, event_id: Uuid, player: &PlayerId) -> Result<Option<Arc<Participation>>, ApiError> {
    Ok(app.live.participation((event_id, player.clone())).await?)
}

/// What is wrong with an input, by its place in the request.
fn wrong(error: CaseError) -> ApiError {
    match error {
        CaseError::Wrong { path: Some(path), problem } => ApiError::invalid(format!("input.{path}"), problem),
        error => ApiError::invalid("input", error.to_string()),
    }
}

impl Evaluation {
    fn of(result: CallResult<Value>, limits: &RuleLimits) -> Self {
        let (answer, failure, Logs { lines, dropped }, usage) = match result {
            Ok(Call { answer, logs, usage }) => (Some(answer), None, logs, usage),
            Err(failed) => {
                let failure = EvaluationFailure {
                    code: failed.failure.code(),
                    message: failed.failure.to_string(),
                    backtrace: failed.backtrace,
                };
                (None, Some(failure), failed.logs, failed.usage)
            }
        };
        let (usage, limits) = (Taken::from(&usage), Taken::from(limits));
        Self { answer, failure, logs: lines, dropped_lines: dropped, usage, limits }
    }
}
