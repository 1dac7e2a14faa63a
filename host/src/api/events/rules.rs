//! `PUT /events/{eventId}/rules`

use axum::extract::State;
use semver::Version;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::{IfMatch, WithTag};
use crate::api::error::ApiError;
use crate::api::extract::{Body, Path};
use crate::model::event::WorldEvent;
use crate::model::rules::{Capability, FailurePolicy, Goal, PinnedRules, RulesReference};
use crate::model::settlement::SettlementState;
use crate::model::text::{ChannelName, DraftName, PluginName};
use crate::model::{EventStatus, Object};
use crate::referee::{Drafts, Rehearsal};

/// The most misfits that an answer lists.
const MAX_MISFITS: usize = 10;

/// The rules that an event is to have. What is left out stays as it is, but for the parameters where it is to be another
/// plugin, which then has none. Where a plugin is named and neither a version, nor a channel, nor a draft, its newest version
/// is meant that is not yanked.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = PutRulesRequest)]
pub struct PutRules {
    /// The plugin's name.
    plugin: Option<PluginName>,
    /// Its exact version.
    #[schema(value_type = Option<String>)]
    version: Option<Version>,
    /// The channel whose version is taken now.
    channel: Option<ChannelName>,
    /// The draft that is followed; for test events only.
    draft: Option<DraftName>,
    /// The designer's parameters, valid by the plugin's schema.
    parameters: Option<Object>,
    /// What the shared counters are meant to reach; at most 20.
    #[schema(max_items = 20)]
    goals: Option<Vec<Goal>>,
    /// What happens when a rule fails.
    on_failure: Option<FailurePolicy>,
    /// Whether the rules are to be taken though they do not go with some of those who are in the event.
    force: bool,
}

impl PutRules {
    /// Whether the version is to stay that the event has.
    fn keeps_version(&self) -> bool {
        self.plugin.is_none() && self.version.is_none() && self.channel.is_none() && self.draft.is_none()
    }

    /// The rules as they are to be, whole.
    fn over(self, held: Option<&PinnedRules>) -> Result<RulesReference, ApiError> {
        let keeps_version = self.keeps_version();
        let Self { plugin, mut version, channel, mut draft, parameters, goals, on_failure, force: _ } = self;
        if let Some(held) = held.filter(|_| keeps_version) {
            draft.clone_from(&held.draft);
            version = held.draft.is_none().then(|| held.version.clone());
        }
        let is_other = plugin.is_some() && plugin.as_ref() != held.map(|held| &held.plugin);
        let own_parameters = || held.filter(|_| !is_other).map(|held| held.parameters.clone());
        let required = || ApiError::invalid("plugin", "is required, as the event has no rules yet");
        Ok(RulesReference {
            plugin: plugin.or_else(|| Some(held?.plugin.clone())).ok_or_else(required)?,
            version,
            channel,
            draft,
            parameters: parameters.or_else(own_parameters).unwrap_or_default(),
            goals: goals.or_else(|| Some(held?.goals.clone())).unwrap_or_default(),
            on_failure: on_failure.or_else(|| Some(held?.on_failure)).unwrap_or_default(),
        })
    }
}

/// Replace the rules of an event
///
/// Another version or other parameters, for what comes from now on. They are tried first, with the parameters and with some
/// of those who are in the event: what fails there is not taken. After the end only while the settlement is not done: this
/// is how a payout rule that fails is repaired, and then it must be able to pay out.
#[utoipa::path(
    put,
    path = "/events/{eventId}/rules",
    operation_id = "putEventRules",
    tag = "events",
    params(("eventId" = Uuid, Path, description = "The event"), ("If-Match" = Option<String>, Header, description = "The ETag of the event that was read")),
    request_body = PutRules,
    responses(
        (status = 200, description = "The event", body = WorldEvent, headers(("ETag" = String))),
        (status = 400, description = "A member is wrong, or the parameters do not fit the plugin's schema"),
        (status = 404, description = "There is no such event"),
        (status = 409, description = "The rules fail with those who are in the event, the version was yanked, the draft is just being replaced, or the event is settled"),
        (status = 412, description = "The event has changed since it was read"),
    )
)]
pub async fn put_event_rules(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path(id): Path<Uuid>,
    Body(request): Body<PutRules>,
) -> Result<WithTag<WorldEvent>, ApiError> {
    caller.require(Permission::ManageEvents)?;
    let live = super::find_current(&app, id).await?;
    let (now, force, keeps_version) = (app.clock.now(), request.force, request.keeps_version());
    let reference = request.over(live.event.rules.as_ref())?;
    let drafts = if live.event.test { Drafts::Allowed } else { Drafts::Refused };
    let mut pinned = app.referee.repin(&reference, live.event.rules.as_ref(), drafts).await?;
    if let Some(held) = live.event.rules.as_ref().filter(|_| keeps_version) {
        // It is still the version that came from there, wherever the channel has gone since.
        pinned.channel.clone_from(&held.channel);
    }
    if_match.require(&*live.event)?;
    check_open(&live.event, &pinned)?;
    if !force {
        let rehearsal = app.referee.rehearse(&live.event, &pinned, now).await;
        fits(rehearsal.map_err(|error| error.into_api(&caller))?)?;
    }
    let updated = app.store.edit_rules(id, now, pinned, |event, pinned, are_current| {
        if_match.require(event)?;
        check_open(event, &pinned)?;
        if !are_current {
            return Err(super::draft_replaced());
        }
        if event.rules != live.event.rules {
            let message =
                "the event's rules were replaced by somebody else at the same time; look at them and try again";
            return Err(ApiError::conflict("RULES_CHANGED", message));
        }
        event.rules = Some(pinned);
        Ok(())
    });
    let event = updated.await?.ok_or_else(|| super::not_found(id))?;
    super::edited(&app, &event);
    Ok(WithTag::ok(event))
}

/// Whether the event still takes rules, and these.
fn check_open(event: &WorldEvent, rules: &PinnedRules) -> Result<(), ApiError> {
    let unsettled = matches!(event.settlement.state, SettlementState::Running | SettlementState::Failed);
    if event.status.is_final() && !unsettled {
        let message = format!("the event is {} and has nothing left to settle", event.status);
        return Err(ApiError::conflict("EVENT_OVER", message));
    }
    if event.status == EventStatus::Completed && !rules.can(Capability::Rewards) {
        return Err(ApiError::invalid("plugin", "must have a payout rule, as the event is being settled"));
    }
    Ok(())
}

/// Refuses rules that do not go with those who are in the event.
fn fits(Rehearsal { sampled, mut misfits }: Rehearsal) -> Result<(), ApiError> {
    let Some(first) = misfits.first() else { return Ok(()) };
    let about = first.player_id.as_ref().map(|player| format!(" for {player}")).unwrap_or_default();
    let message = format!(
        "the rules do not go with the event: {}{about}: {}; mend them, or put them with force",
        first.call, first.why
    );
    misfits.truncate(MAX_MISFITS);
    Err(ApiError::conflict("RULES_DO_NOT_FIT", message).with_details(json!({ "sampled": sampled, "misfits": misfits })))
}
