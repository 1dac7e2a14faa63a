//! `/plugins/{name}/channels`

use axum::Json;
use axum::extract::State;
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::api::App;
use crate::api::caller::{Caller, Permission};
use crate::api::conditional::{IfMatch, Tagged, WithTag};
use crate::api::error::ApiError;
use crate::api::extract::{Body, Path};
use crate::model::plugin::{Channel, ChannelMove};
use crate::model::text::{ChannelName, PluginName};
use crate::referee::check_parameters;
use crate::store::channels::{Destination, Move, MoveOutcome};

impl Tagged for Channel {
    fn version(&self) -> i64 {
        self.current.number
    }
}

/// The channels of a plugin.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelList {
    /// The channels, by name.
    channels: Vec<ChannelPosition>,
}

/// Where a channel is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelPosition {
    /// The channel's name.
    channel: ChannelName,
    /// The version that it is at.
    #[schema(value_type = String)]
    version: Version,
}

/// List the channels of a plugin
#[utoipa::path(
    get,
    path = "/plugins/{name}/channels",
    operation_id = "listChannels",
    tag = "plugins",
    params(("name" = PluginName, Path, description = "The plugin")),
    responses(
        (status = 200, description = "The channels", body = ChannelList),
        (status = 404, description = "Nothing was published under this name"),
    )
)]
pub async fn list_channels(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<PluginName>,
) -> Result<Json<ChannelList>, ApiError> {
    caller.require(Permission::ReadPlugins)?;
    let plugin = app.live.plugin(&name).await?.ok_or_else(|| ApiError::not_found("plugin", name))?;
    let position = |(channel, version): (&ChannelName, &Version)| ChannelPosition {
        channel: channel.clone(),
        version: version.clone(),
    };
    Ok(Json(ChannelList { channels: plugin.channels.iter().map(position).collect() }))
}

/// A channel and how it came where it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelDetail {
    /// Where it is.
    #[serde(flatten)]
    channel: Channel,
    /// The last 100 moves, the newest first.
    moves: Vec<ChannelMove>,
}

impl Tagged for ChannelDetail {
    fn version(&self) -> i64 {
        self.channel.version()
    }
}

/// Get a channel
///
/// With its last 100 moves: which version, who, when.
#[utoipa::path(
    get,
    path = "/plugins/{name}/channels/{channel}",
    operation_id = "getChannel",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("channel" = ChannelName, Path, description = "The channel"),
    ),
    responses(
        (status = 200, description = "The channel", body = ChannelDetail, headers(("ETag" = String))),
        (status = 404, description = "There is no such channel"),
    )
)]
pub async fn get_channel(
    State(app): State<App>,
    caller: Caller,
    Path((name, channel)): Path<(PluginName, ChannelName)>,
) -> Result<WithTag<ChannelDetail>, ApiError> {
    caller.require(Permission::ReadPlugins)?;
    let found = app.store.channel(&name, &channel).await?;
    let (channel, moves) = found.ok_or_else(|| unknown(&name, &channel))?;
    Ok(WithTag::ok(ChannelDetail { channel, moves }))
}

/// Where a channel is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoveChannel {
    /// A published version that is not yanked.
    #[schema(value_type = String)]
    version: Version,
    /// Whether to move although the parameters of templates that follow the channel do not fit the version's schema. No event
    /// can be made from such a template until its parameters are changed.
    #[serde(default)]
    force: bool,
}

/// Move a channel
///
/// Templates that follow it give the version to the events that are made from now on; events that are there keep theirs. The
/// channel is made if there is none.
#[utoipa::path(
    put,
    path = "/plugins/{name}/channels/{channel}",
    operation_id = "putChannel",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("channel" = ChannelName, Path, description = "The channel"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the channel that was read"),
    ),
    request_body = MoveChannel,
    responses(
        (status = 200, description = "The channel, moved or there already", body = Channel, headers(("ETag" = String))),
        (status = 201, description = "The channel, which is new", body = Channel, headers(("ETag" = String))),
        (status = 400, description = "There is no such version"),
        (status = 404, description = "Nothing was published under this name"),
        (status = 409, description = "The version was yanked, or templates that follow the channel do not fit it"),
        (status = 412, description = "The channel has moved since it was read"),
    )
)]
pub async fn put_channel(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path((name, channel)): Path<(PluginName, ChannelName)>,
    Body(to): Body<MoveChannel>,
) -> Result<WithTag<Channel>, ApiError> {
    let destination = Destination::Version(&to.version);
    move_channel(&app, &caller, &if_match, (&name, &channel), destination, to.force).await
}

/// Roll a channel back
///
/// To the version that it was at before the one that it is at; called again, further back.
#[utoipa::path(
    post,
    path = "/plugins/{name}/channels/{channel}/rollback",
    operation_id = "rollbackChannel",
    tag = "plugins",
    params(
        ("name" = PluginName, Path, description = "The plugin"),
        ("channel" = ChannelName, Path, description = "The channel"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the channel that was read"),
    ),
    responses(
        (status = 200, description = "The channel", body = Channel, headers(("ETag" = String))),
        (status = 404, description = "There is no such channel"),
        (status = 409, description = "It was at no other version before, or that was yanked"),
        (status = 412, description = "The channel has moved since it was read"),
    )
)]
pub async fn rollback_channel(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Path((name, channel)): Path<(PluginName, ChannelName)>,
) -> Result<WithTag<Channel>, ApiError> {
    // Whoever needs to go back needs it now: a template that does not fit is no reason to stay.
    move_channel(&app, &caller, &if_match, (&name, &channel), Destination::Back, true).await
}

async fn move_channel(
    app: &App,
    caller: &Caller,
    if_match: &IfMatch,
    (name, channel): (&PluginName, &ChannelName),
    to: Destination<'_>,
    force: bool,
) -> Result<WithTag<Channel>, ApiError> {
    caller.require(Permission::ManagePlugins)?;
    if app.live.plugin(name).await?.is_none() {
        return Err(ApiError::not_found("plugin", name));
    }
    let check = |step: &Move| {
        if let Some(before) = &step.before {
            if_match.require(before)?;
        }
        if force { Ok(()) } else { check_followers(step) }
    };
    let moved = app.store.move_channel(name, channel, to, caller.subject(), app.clock.now(), check).await?;
    app.live.plugin_changed(name);
    match moved {
        MoveOutcome::Moved(channel, true) => Ok(WithTag::created(channel)),
        MoveOutcome::Moved(channel, false) | MoveOutcome::Unmoved(channel) => Ok(WithTag::ok(channel)),
        MoveOutcome::NoVersion(version) => {
            Err(ApiError::invalid("version", format!("names no published version of {name}: {version}")))
        }
        MoveOutcome::Yanked(version) => {
            let message = format!("{name} {version} was yanked; move the channel to another version");
            Err(ApiError::conflict("VERSION_YANKED", message))
        }
        MoveOutcome::NoChannel => Err(unknown(name, channel)),
        MoveOutcome::NothingBefore(channel) => {
            let ChannelMove { version, .. } = &channel.current;
            let message = format!(
                "nothing is known of an earlier version: {} is at {version} since its move {}",
                channel.channel, channel.current.number
            );
            Err(ApiError::conflict("NOTHING_TO_ROLL_BACK", message))
        }
    }
}

/// Refuses a version for which the parameters of templates that follow the channel are not valid.
fn check_followers(step: &Move) -> Result<(), ApiError> {
    let misfits: Vec<_> = step
        .followers
        .iter()
        .filter_map(|follower| Some((follower, check_parameters(&step.to.module, &follower.parameters).err()?)))
        .map(|(follower, refusal)| json!({ "templateId": follower.id, "name": follower.name, "why": refusal.to_string() }))
        .collect();
    if misfits.is_empty() {
        return Ok(());
    }
    let message = format!(
        "the parameters of {} that {} the channel do not fit the version's schema; change them, or move with force",
        if misfits.len() == 1 { "a template".to_owned() } else { format!("{} templates", misfits.len()) },
        if misfits.len() == 1 { "follows" } else { "follow" },
    );
    Err(ApiError::conflict("PARAMETERS_DO_NOT_FIT", message).with_details(json!({ "templates": misfits })))
}

fn unknown(name: &PluginName, channel: &ChannelName) -> ApiError {
    ApiError::not_found("channel", format!("{name}@{channel}"))
}
