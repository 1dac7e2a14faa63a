//! The records and enums of the ABI, with an example of each.
//!
//! They are made from `wit/`. What it says about each follows the example.

/// Something that a report says about a player: [`attribute`](Action::attribute) reads what is known about it.
///
/// ```
/// use world_events_plugin_sdk::{Action, Malformed, json};
///
/// /// A blow from behind does double damage.
/// fn damage(action: &Action) -> Result<i64, Malformed> {
///     let from_behind = action.attribute("fromBehind")?.unwrap_or(false);
///     Ok(if from_behind { 2 * action.amount } else { action.amount })
/// }
///
/// assert_eq!(damage(&Action::from(("hit", 30, json!({"fromBehind": true})))).unwrap(), 60);
/// assert_eq!(damage(&Action::from(("hit", 30))).unwrap(), 30);
/// ```
pub use crate::bindings::scoring::exports::world_events::rules::scoring::Action;

/// What [`Eligibility::check`](crate::Eligibility::check) decides about.
///
/// ```
/// use world_events_plugin_sdk::{Application, testing};
///
/// /// The door closes ten minutes before the end.
/// fn comes_too_late(application: &Application) -> bool {
///     application.event.remaining(application.now).is_some_and(|left| left.as_secs() < 600)
/// }
///
/// let event = testing::event().with_times(0, Some(3_600_000));
/// let application = Application { now: 3_300_000, ..testing::application("p1").with_event(event) };
/// assert!(comes_too_late(&application));
/// ```
pub use crate::bindings::eligibility::exports::world_events::rules::eligibility::Application;

/// One of an event's shared counters. A rule mostly asks for one by its name, with [`Event::counter`].
///
/// ```
/// use world_events_plugin_sdk::testing;
///
/// let event = testing::event().with_counter("votes-north", 120).with_counter("votes-south", 95);
/// let votes = event.counters.iter().filter(|counter| counter.name.starts_with("votes-"));
/// assert_eq!(votes.map(|counter| counter.value).sum::<i64>(), 215);
/// ```
pub use crate::bindings::manifest::world_events::rules::types::Counter;

/// How hard the designer means an event to be, for a rule that goes by it.
///
/// ```
/// use world_events_plugin_sdk::{Difficulty, Event, testing};
///
/// fn lives(event: &Event) -> u32 {
///     match event.difficulty {
///         Difficulty::Easy => 5,
///         Difficulty::Medium => 3,
///         Difficulty::Hard | Difficulty::Extreme => 1,
///     }
/// }
///
/// assert_eq!(lives(&Event { difficulty: Difficulty::Easy, ..testing::event() }), 5);
/// ```
pub use crate::bindings::manifest::world_events::rules::types::Difficulty;

/// What every call says about its event. The open-ended members have methods that read them as types of the rule's.
///
/// ```
/// use world_events_plugin_sdk::{Event, testing};
///
/// /// What is left of the boss, from 100 to 0; its health is in what the designer attached.
/// fn health_percent(event: &Event) -> i64 {
///     let health = event.datum::<i64>("health").ok().flatten().unwrap_or(10_000).max(1);
///     (health - event.counter("boss-damage")).max(0) * 100 / health
/// }
///
/// let event = testing::event().with_counter("boss-damage", 4_000);
/// assert_eq!(health_percent(&event), 60);
/// ```
pub use crate::bindings::manifest::world_events::rules::types::Event;

/// The kind of an event, for a rule that serves several.
///
/// ```
/// use world_events_plugin_sdk::{Event, EventType, testing};
///
/// fn greeting(event: &Event) -> &'static str {
///     match event.type_ {
///         EventType::War | EventType::Invasion => "to arms",
///         EventType::Disaster => "hands are needed",
///         EventType::Festival | EventType::Tournament | EventType::Quest => "welcome",
///     }
/// }
///
/// assert_eq!(greeting(&Event { type_: EventType::War, ..testing::event() }), "to arms");
/// ```
pub use crate::bindings::manifest::world_events::rules::types::EventType;

/// What a rule pays: [`Rewards::payout`](crate::Rewards::payout) returns a list of them.
///
/// ```
/// use world_events_plugin_sdk::{Grant, RewardType};
///
/// let grant = Grant::item("p1", "dragon-scale", 3).because("the last blow");
/// assert_eq!((grant.reward_type, grant.amount), (RewardType::Item, 3));
/// assert_eq!((grant.reward_id.as_deref(), grant.reason.as_str()), (Some("dragon-scale"), "the last blow"));
/// ```
pub use crate::bindings::rewards::exports::world_events::rules::rewards::Grant;

/// What [`Rewards::payout`](crate::Rewards::payout) decides about. There may be more pages, which the call does not
/// see: what is about all players is in `total` and in the event's counters.
///
/// ```
/// use world_events_plugin_sdk::{Page, testing};
///
/// /// Who is in the better half of all players.
/// fn better_half(page: &Page) -> Vec<&str> {
///     page.rows.iter().filter(|row| row.rank * 2 <= page.total).map(|row| row.player_id()).collect()
/// }
///
/// let rows = [("p1", 30), ("p2", 20), ("p3", 10)].map(|(id, score)| testing::participation(id).with_score(score));
/// let page = testing::page(rows);
/// assert_eq!(better_half(&page), ["p1"]);
/// assert_eq!(better_half(&Page { total: 5, ..page }), ["p1", "p2"]);
/// ```
pub use crate::bindings::rewards::exports::world_events::rules::rewards::Page;

/// Whether a player is in, has got everything there is to get, or is gone.
///
/// ```
/// use world_events_plugin_sdk::{ParticipantStatus, Participation, testing};
///
/// let finisher = Participation { status: ParticipantStatus::Completed, ..testing::participation("p1") };
/// let page = testing::page([finisher, testing::participation("p2")]);
/// let finishers = page.rows.iter().filter(|row| row.participation.status == ParticipantStatus::Completed);
/// assert_eq!(finishers.count(), 1);
/// ```
pub use crate::bindings::manifest::world_events::rules::types::ParticipantStatus;

/// A player in an event. [`progress`](Participation::progress) reads the notes that the rule itself has left.
///
/// ```
/// use world_events_plugin_sdk::{Participation, testing};
///
/// /// Points for each hour that the player has been in.
/// fn pace(participation: &Participation) -> u64 {
///     let hours = participation.last_activity.saturating_sub(participation.joined_at) / 3_600_000;
///     participation.score / hours.max(1)
/// }
///
/// let participation = Participation { last_activity: 7_200_000, ..testing::participation("p1").with_score(300) };
/// assert_eq!(pace(&participation), 150);
/// ```
pub use crate::bindings::manifest::world_events::rules::types::Participation;

/// A player, of whom a rule knows the id and what game servers have told. [`attribute`](Player::attribute) reads one
/// thing of that.
///
/// ```
/// use world_events_plugin_sdk::{Malformed, Player, json, testing};
///
/// fn is_veteran(player: &Player) -> Result<bool, Malformed> {
///     Ok(player.attribute::<u32>("seasons")?.unwrap_or(0) >= 3)
/// }
///
/// assert!(is_veteran(&testing::player("p1").with_attributes(json!({"seasons": 5}))).unwrap());
/// assert!(!is_veteran(&testing::player("p2")).unwrap());
/// ```
pub use crate::bindings::manifest::world_events::rules::types::Player;

/// A rule's "no": [`Refusal::new`] makes one, and `?` makes one of a [`Malformed`](crate::Malformed).
///
/// ```
/// use world_events_plugin_sdk::{Action, Refusal};
///
/// fn result(action: &Action) -> Result<u64, Refusal> {
///     u64::try_from(action.amount).map_err(|_| Refusal::new("NEGATIVE_RESULT", "a result cannot be negative"))
/// }
///
/// assert_eq!(result(&Action::from(("attempt", 70))), Ok(70));
/// assert_eq!(result(&Action::from(("attempt", -1))).unwrap_err().code, "NEGATIVE_RESULT");
/// ```
pub use crate::bindings::manifest::world_events::rules::types::Refusal;

/// What a game server, or a player, tells about a player: in `actions` what was done, in `at` when the server heard of
/// it.
///
/// ```
/// use world_events_plugin_sdk::{Report, testing};
///
/// fn total(report: &Report, kind: &str) -> i64 {
///     report.actions.iter().filter(|action| action.kind == kind).map(|action| action.amount).sum()
/// }
///
/// let card = testing::scorecard(testing::participation("p1"), [("fish", 2), ("shell", 9), ("fish", 1)]);
/// assert_eq!(total(&card.report, "fish"), 3);
/// ```
pub use crate::bindings::scoring::exports::world_events::rules::scoring::Report;

/// The four things that can be paid. In JSON, and so in a rule's parameters, they are in lower case.
///
/// ```
/// use world_events_plugin_sdk::{RewardType, json};
///
/// let parameter: RewardType = serde_json::from_value(json!("currency")).unwrap();
/// assert_eq!(parameter, RewardType::Currency);
/// ```
pub use crate::bindings::manifest::world_events::rules::types::RewardType;

/// What [`Scoring::score`](crate::Scoring::score) decides about.
///
/// ```
/// use world_events_plugin_sdk::{Scorecard, testing};
///
/// /// Points count double in the first half hour.
/// fn factor(card: &Scorecard) -> i64 {
///     if card.event.elapsed(card.report.at).as_secs() < 1_800 { 2 } else { 1 }
/// }
///
/// let mut card = testing::scorecard(testing::participation("p1"), [("hit", 70)]);
/// assert_eq!(factor(&card), 2);
/// card.report.at = 1_800_000;
/// assert_eq!(factor(&card), 1);
/// ```
pub use crate::bindings::scoring::exports::world_events::rules::scoring::Scorecard;

/// A row of the final standings: a player's place, and how the player ended.
///
/// ```
/// use world_events_plugin_sdk::{Grant, Standing, testing};
///
/// fn prize(row: &Standing) -> Option<Grant> {
///     (row.rank <= 3).then(|| Grant::currency(row.player_id(), "gold", 100 / row.rank))
/// }
///
/// let row = Standing { rank: 2, participation: testing::participation("p7") };
/// assert_eq!(prize(&row), Some(Grant::currency("p7", "gold", 50)));
/// ```
pub use crate::bindings::rewards::exports::world_events::rules::rewards::Standing;

/// A time. The difference of two is a number of milliseconds.
///
/// ```
/// use world_events_plugin_sdk::Timestamp;
///
/// /// Saturdays and Sundays, by UTC. The first day of Unix time was a Thursday.
/// fn is_weekend(at: Timestamp) -> bool {
///     let weekday = (at / 86_400_000 + 3) % 7;
///     weekday >= 5
/// }
///
/// assert!(!is_weekend(0));
/// assert!(is_weekend(1_767_398_400_000)); // 3 January 2026
/// ```
pub use crate::bindings::manifest::world_events::rules::types::Timestamp;
