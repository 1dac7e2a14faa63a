//! The traits that a plugin implements.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Admission, Application, Grant, Outcome, Page, Refusal, Scorecard};

/// What a plugin is, whatever it decides. Its name, version and description are those of its crate.
///
/// ```
/// use world_events_plugin_sdk::prelude::*;
///
/// struct OpenHouse;
///
/// impl Plugin for OpenHouse {
///     type Parameters = NoParameters;
/// }
/// ```
#[diagnostic::on_unimplemented(note = "write `impl Plugin for {Self} {{ type Parameters = NoParameters; }}`")]
pub trait Plugin {
    /// What a designer can set about the rule, in a template or an event; [`NoParameters`] if there is nothing.
    ///
    /// A struct with named fields. Its JSON Schema goes into the plugin's manifest, where the server validates
    /// parameters with it before any call: doc comments become descriptions, `#[schemars(range(…))]` and
    /// `#[schemars(length(…))]` become bounds, `#[serde(default)]` makes a member optional and shows its default,
    /// `#[serde(deny_unknown_fields)]` makes the server find misspelt members.
    type Parameters: DeserializeOwned + JsonSchema + 'static;
}

/// The parameters of a plugin that has none.
///
/// ```
/// use world_events_plugin_sdk::prelude::*;
///
/// struct Anybody;
///
/// impl Plugin for Anybody {
///     type Parameters = NoParameters;
/// }
///
/// impl Eligibility for Anybody {
///     fn check(_: &Application, _: &NoParameters) -> Result<Admission, Refusal> {
///         Ok(Admission::default())
///     }
/// }
///
/// let application = world_events_plugin_sdk::testing::application("p1");
/// assert!(Anybody::check(&application, &NoParameters {}).is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

/// Decides who may join an event. Without this capability everybody may, as long as there is room.
///
/// ```
/// use world_events_plugin_sdk::{json, prelude::*, testing};
///
/// struct GuildsOnly;
///
/// impl Plugin for GuildsOnly {
///     type Parameters = NoParameters;
/// }
///
/// impl Eligibility for GuildsOnly {
///     fn check(application: &Application, _: &NoParameters) -> Result<Admission, Refusal> {
///         match application.player.attribute::<String>("guild")? {
///             Some(_) => Ok(Admission::default()),
///             None => Err(Refusal::new("GUILD_MISSING", "only members of a guild may join")),
///         }
///     }
/// }
///
/// let member = testing::player("p1").with_attributes(json!({"guild": "owls"}));
/// assert_eq!(GuildsOnly::check(&testing::application(member), &NoParameters {}), Ok(Admission::default()));
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` exports `eligibility`, but does not implement `Eligibility`")]
pub trait Eligibility: Plugin {
    /// Decides whether the player may join, and what the player begins with. Called at every join, and again when somebody
    /// who left comes back.
    ///
    /// # Errors
    ///
    /// The player stays out, and is told why.
    fn check(application: &Application, parameters: &Self::Parameters) -> Result<Admission, Refusal>;
}

/// Decides what actions are worth. With this capability, score, progress and achievements are the rule's to set.
///
/// ```
/// use world_events_plugin_sdk::{prelude::*, testing};
///
/// struct OnePointEach;
///
/// impl Plugin for OnePointEach {
///     type Parameters = NoParameters;
/// }
///
/// impl Scoring for OnePointEach {
///     fn score(card: &Scorecard, _: &NoParameters) -> Result<Outcome, Refusal> {
///         let mut outcome = Outcome::from(&card.participation);
///         outcome.add_score(card.report.actions.len() as i64);
///         Ok(outcome)
///     }
/// }
///
/// let card = testing::scorecard(testing::participation("p1").with_score(5), [("hit", 70), ("heal", 20)]);
/// assert_eq!(OnePointEach::score(&card, &NoParameters {}).unwrap().score, 7);
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` exports `scoring`, but does not implement `Scoring`")]
pub trait Scoring: Plugin {
    /// Scores one report. May be called again for the same report from a newer participation, when two reports arrived
    /// at once; only one of the answers is kept.
    ///
    /// # Errors
    ///
    /// A refusal refuses the report as a whole: nothing changes.
    fn score(card: &Scorecard, parameters: &Self::Parameters) -> Result<Outcome, Refusal>;
}

/// Decides who is paid what when the event is over.
///
/// ```
/// use world_events_plugin_sdk::{prelude::*, testing};
///
/// struct WinnerTakesAll;
///
/// impl Plugin for WinnerTakesAll {
///     type Parameters = NoParameters;
/// }
///
/// impl Rewards for WinnerTakesAll {
///     fn payout(page: &Page, _: &NoParameters) -> Vec<Grant> {
///         let winners = page.rows.iter().filter(|row| row.rank == 1);
///         winners.map(|row| Grant::currency(row.player_id(), "gold", 1_000).because("the first place")).collect()
///     }
/// }
///
/// let page = testing::page([testing::participation("p1").with_score(5), testing::participation("p2").with_score(9)]);
/// assert_eq!(WinnerTakesAll::payout(&page, &NoParameters {})[0].player, "p2");
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` exports `rewards`, but does not implement `Rewards`")]
pub trait Rewards: Plugin {
    /// Decides what the players of one page of the standings are paid. A player may be granted several rewards, but
    /// each pair of reward type and reward id only once: [`Grants`](crate::Grants) sees to that.
    ///
    /// A page is all that a call sees. What is about all participants has to be in the page's `total`, or in the
    /// event's counters.
    fn payout(page: &Page, parameters: &Self::Parameters) -> Vec<Grant>;
}
