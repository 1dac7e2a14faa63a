//! `POST /events/{eventId}/progress`

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::task::JoinSet;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::ranked::Ranked;
use super::report::Report;
use super::report_body::UpdateParticipation;
use crate::api::App;
use crate::api::caller::{Caller, Permission, Scope};
use crate::api::conditional::IfMatch;
use crate::api::error::{ApiError, ErrorBody};
use crate::api::events;
use crate::api::extract::{Body, BodyLimit, Path, parse};
use crate::model::{Participation, PlayerId};

/// The most reports in one request.
const MAX_REPORTS: usize = 1_000;

/// The largest body, in bytes: enough for so many reports of 16 KiB each.
const MAX_BYTES: usize = MAX_REPORTS * 16 * 1024;

/// The route, with a limit of its own for bodies.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(report_progress)).layer(axum::Extension(BodyLimit(MAX_BYTES)))
}

/// What happened to many players: a game server's tick.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ProgressReports)]
pub struct ProgressReports {
    /// At most 1,000 reports. Those about one player are applied in their order.
    #[schema(value_type = Vec<ProgressReport>, min_items = 1, max_items = 1000)]
    reports: Vec<Box<RawValue>>,
}

// How a report is described, not how it is read.
/// A report about one player.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a description")]
pub struct ProgressReport {
    /// The player.
    player_id: PlayerId,
    /// What a report about one player alone says.
    #[serde(flatten)]
    report: UpdateParticipation,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    player_id: PlayerId,
}

/// What became of the reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressOutcomes {
    /// One for each report, in their order.
    outcomes: Vec<ProgressOutcome>,
}

/// What became of one report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressOutcome {
    /// The status that the report would have been answered with alone.
    status: u16,
    /// The participation, if the report was applied, now or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    participation: Option<Ranked>,
    /// Why it was not applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody>,
}

/// Report progress of many players
///
/// Each report is judged as if it came alone, and gets an outcome of its own: one that is wrong does not fail the others.
#[utoipa::path(
    post,
    path = "/events/{eventId}/progress",
    operation_id = "reportProgress",
    tag = "participants",
    params(("eventId" = Uuid, Path, description = "The event")),
    request_body = ProgressReports,
    responses(
        (status = 200, description = "An outcome for each report, in their order", body = ProgressOutcomes),
        (status = 400, description = "There is no list of reports, or it is empty or too long"),
        (status = 404, description = "There is no such event"),
        (status = 413, description = "The body is too large"),
    )
)]
pub async fn report_progress(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(ProgressReports { reports }): Body<ProgressReports>,
) -> Result<Json<ProgressOutcomes>, ApiError> {
    if Permission::Report.scope(caller.role()) == Scope::Nobody {
        caller.require(Permission::Report)?;
    }
    if !(1..=MAX_REPORTS).contains(&reports.len()) {
        let rule = format!("must have 1 to {MAX_REPORTS} items, has {}", reports.len());
        return Err(ApiError::invalid("reports", rule));
    }
    events::find(&app, id).await?;

    let mut outcomes: Vec<Option<Result<Arc<Participation>, ApiError>>> = Vec::new();
    let mut of_players: HashMap<PlayerId, Vec<(usize, UpdateParticipation)>> = HashMap::new();
    for (number, report) in reports.iter().enumerate() {
        match read(report) {
            Ok((player, report)) => {
                of_players.entry(player).or_default().push((number, report));
                outcomes.push(None);
            }
            Err(error) => outcomes.push(Some(Err(error))),
        }
    }
    // Players do not wait for each other: their reports meet again in the queue to the database.
    let mut players = JoinSet::new();
    for (player, reports) in of_players {
        let (app, caller) = (app.clone(), caller.clone());
        players.spawn(async move {
            let mut outcomes = Vec::with_capacity(reports.len());
            for (number, request) in &reports {
                let report = Report { app: &app, caller: &caller, event_id: id, player: &player, request };
                outcomes.push((*number, report.apply(&IfMatch::none()).await));
            }
            outcomes
        });
    }
    while let Some(done) = players.join_next().await {
        for (number, outcome) in
            done.map_err(|error| ApiError::internal(format!("a report was broken off: {error}")))?
        {
            if let Some(slot) = outcomes.get_mut(number) {
                *slot = Some(outcome);
            }
        }
    }
    let broken_off = || Err(ApiError::internal("a report was left without an outcome"));
    let outcomes = outcomes.into_iter().map(|outcome| ProgressOutcome::of(&app, outcome.unwrap_or_else(broken_off)));
    Ok(Json(ProgressOutcomes { outcomes: outcomes.collect() }))
}

/// Whom a report is about, and what it says.
fn read(report: &RawValue) -> Result<(PlayerId, UpdateParticipation), ApiError> {
    // Not as the whole: reading a flattened struct would hold every member twice, and lose which one is wrong.
    let About { player_id } = parse(report.get().as_bytes())?;
    Ok((player_id, parse(report.get().as_bytes())?))
}

impl ProgressOutcome {
    fn of(app: &App, outcome: Result<Arc<Participation>, ApiError>) -> Self {
        match outcome {
            Ok(participation) => Self {
                status: StatusCode::OK.as_u16(),
                participation: Some(Ranked::of(app, participation)),
                error: None,
            },
            Err(error) => {
                let (status, body) = error.into_parts();
                Self { status: status.as_u16(), participation: None, error: Some(body) }
            }
        }
    }
}
