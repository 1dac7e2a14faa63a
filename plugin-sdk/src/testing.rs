//! Calls for unit tests, in one line each.
//!
//! What a test does not mention has a plain default. The records' members are public, so what has no method here is
//! set by hand:
//!
//! ```
//! use world_events_plugin_sdk::{Difficulty, Event, testing};
//!
//! let event = Event { difficulty: Difficulty::Hard, ..testing::event().with_counter("boss-damage", 120) };
//! assert_eq!((event.difficulty, event.counter("boss-damage")), (Difficulty::Hard, 120));
//! ```

use serde_json::Value;

use crate::{
    Action, Application, Counter, Difficulty, Event, EventType, Page, ParticipantStatus, Participation, Player, Plugin,
    Report, Scorecard, Standing, Timestamp,
};

/// A festival named "test" that started at 0 and has no end, no cap, no counters and no data.
///
/// ```
/// use world_events_plugin_sdk::{Difficulty, Event, json, testing};
///
/// let event = testing::event().with_counter("boss-damage", 40).with_data(json!({"boss": "hydra"}));
/// let hard = Event { difficulty: Difficulty::Hard, capacity: Some(100), ..event };
/// assert_eq!((hard.counter("boss-damage"), hard.participants, hard.starts_at), (40, 0, 0));
/// ```
#[must_use]
pub fn event() -> Event {
    Event {
        id: "00000000-0000-0000-0000-000000000000".to_owned(),
        type_: EventType::Festival,
        name: "test".to_owned(),
        region: "test".to_owned(),
        difficulty: Difficulty::Medium,
        starts_at: 0,
        ends_at: None,
        participants: 0,
        capacity: None,
        objectives: "[]".to_owned(),
        rewards: "[]".to_owned(),
        data: "{}".to_owned(),
        parameters: "{}".to_owned(),
        counters: Vec::new(),
        extra: "{}".to_owned(),
    }
}

/// A player of whom nothing is known but the id.
///
/// ```
/// use world_events_plugin_sdk::{json, testing};
///
/// assert_eq!(testing::player("p1").attribute::<u32>("level").unwrap(), None);
/// let veteran = testing::player("p2").with_attributes(json!({"level": 60, "guild": "owls"}));
/// assert_eq!(veteran.attribute::<u32>("level").unwrap(), Some(60));
/// ```
#[must_use]
pub fn player(id: &str) -> Player {
    Player { id: id.to_owned(), attributes: "{}".to_owned(), extra: "{}".to_owned() }
}

/// A participation that has just begun: active, score 0, no progress, no achievements.
///
/// ```
/// use world_events_plugin_sdk::{json, testing};
///
/// let mage = testing::player("p1").with_attributes(json!({"element": "fire"}));
/// let participation = testing::participation(mage)
///     .with_score(120)
///     .with_progress(json!({"hits": 2}))
///     .with_achievements(json!([{"id": "first-blood"}]));
/// assert_eq!((participation.player.id.as_str(), participation.score), ("p1", 120));
/// ```
#[must_use]
pub fn participation(player: impl Into<Player>) -> Participation {
    Participation {
        player: player.into(),
        status: ParticipantStatus::Active,
        score: 0,
        progress: "{}".to_owned(),
        achievements: "[]".to_owned(),
        joined_at: 0,
        last_activity: 0,
        extra: "{}".to_owned(),
    }
}

/// A newcomer at the door of [`event`], at the time 0.
///
/// ```
/// use world_events_plugin_sdk::{Application, json, testing};
///
/// let player = testing::player("p1").with_attributes(json!({"faction": "dusk"}));
/// let event = testing::event().with_counter("members-dusk", 12);
/// let application = Application { now: 60_000, ..testing::application(player).with_event(event) };
/// assert_eq!(application.event.counter("members-dusk"), 12);
/// ```
#[must_use]
pub fn application(player: impl Into<Player>) -> Application {
    Application { event: event(), player: player.into(), participation: None, now: 0, seed: 0 }
}

/// Somebody who left [`event`] and comes back, at the time 0.
///
/// ```
/// use world_events_plugin_sdk::{ParticipantStatus, testing};
///
/// let application = testing::coming_back(testing::participation("p1").with_score(40));
/// let before = application.participation.unwrap();
/// assert_eq!((before.status, before.score), (ParticipantStatus::Left, 40));
/// ```
#[must_use]
pub fn coming_back(participation: Participation) -> Application {
    let before = Participation { status: ParticipantStatus::Left, ..participation };
    Application { participation: Some(before.clone()), ..application(before.player) }
}

/// A report about a participation in [`event`], at the time 0. An action is `("hit", 70)` or, with attributes,
/// `("hit", 70, json!({"element": "fire"}))`.
///
/// ```
/// use world_events_plugin_sdk::{json, testing};
///
/// let event = testing::event().with_times(0, Some(3_600_000));
/// let actions = [("hit", 70, json!({"element": "fire"})), ("hit", 20, json!({}))];
/// let mut card = testing::scorecard(testing::participation("p1"), actions).with_event(event);
/// card.report.at = 1_800_000;
/// assert_eq!((card.report.actions.len(), card.report.actions[1].amount), (2, 20));
/// ```
#[must_use]
pub fn scorecard(participation: Participation, actions: impl IntoIterator<Item = impl Into<Action>>) -> Scorecard {
    let actions = actions.into_iter().map(Into::into).collect();
    let report = Report { actions, progress: None, at: 0, extra: "{}".to_owned() };
    Scorecard { event: event(), participation, report, seed: 0 }
}

/// The final standings of [`event`], all on one page: ordered by score, equal scores sharing a rank.
///
/// ```
/// use world_events_plugin_sdk::testing;
///
/// let players = [("p1", 5), ("p2", 9), ("p3", 5), ("p4", 1)];
/// let page = testing::page(players.map(|(id, score)| testing::participation(id).with_score(score)));
/// assert_eq!(page.rows.iter().map(|row| row.rank).collect::<Vec<_>>(), [1, 2, 2, 4]);
/// ```
#[must_use]
pub fn page(participations: impl IntoIterator<Item = Participation>) -> Page {
    let mut participations: Vec<_> = participations.into_iter().collect();
    participations.sort_by_key(|participation| std::cmp::Reverse(participation.score));
    let mut rows: Vec<Standing> = Vec::new();
    for (place, participation) in (1..).zip(participations) {
        let shared = rows.last().filter(|above| above.participation.score == participation.score);
        rows.push(Standing { rank: shared.map_or(place, |above| above.rank), participation });
    }
    Page { event: event(), offset: 0, total: rows.len() as u64, rows, now: 0, seed: 0 }
}

/// Reads a plugin's parameters as in a call, defaults filled in.
///
/// ```
/// use world_events_plugin_sdk::{NoParameters, Plugin, json, testing};
///
/// struct Rule;
///
/// impl Plugin for Rule {
///     type Parameters = NoParameters;
/// }
///
/// assert_eq!(testing::parameters::<Rule>(json!({})), NoParameters {});
/// ```
///
/// # Panics
///
/// If they do not read as the plugin's parameters. Bounds of the JSON Schema are not checked here; see [`schema`].
#[must_use]
pub fn parameters<P: Plugin>(parameters: Value) -> P::Parameters {
    crate::export::parameters::<P>(&event().with_parameters(parameters))
}

/// The JSON Schema of a plugin's parameters, as servers have it: no event has parameters that are not valid by it. For a
/// validator of your choice. Null if there are none to set.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use world_events_plugin_sdk::{Plugin, testing};
///
/// #[derive(Default, Deserialize, JsonSchema)]
/// #[serde(default, rename_all = "camelCase")]
/// struct Parameters {
///     /// The most damage of one hit.
///     #[schemars(range(min = 1))]
///     max_hit: u32,
/// }
///
/// struct Boss;
///
/// impl Plugin for Boss {
///     type Parameters = Parameters;
/// }
///
/// let hit = &testing::schema::<Boss>()["properties"]["maxHit"];
/// assert_eq!((hit["minimum"].as_u64(), hit["maximum"].as_u64()), (Some(1), Some(u64::from(u32::MAX))));
/// ```
#[must_use]
pub fn schema<P: Plugin>() -> Value {
    serde_json::from_str(&crate::schema::parameters_schema::<P>()).unwrap_or_default()
}

/// Sets what [`random_u64`](crate::random_u64) starts from in this thread; 0 in every new thread, so that every test
/// has the same numbers in every run.
///
/// ```
/// use world_events_plugin_sdk::{random_range, testing};
///
/// testing::seed(3);
/// let rolls: Vec<u64> = (0..4).map(|_| random_range(1..=6)).collect();
/// testing::seed(3);
/// assert_eq!(rolls, [random_range(1..=6), random_range(1..=6), random_range(1..=6), random_range(1..=6)]);
/// ```
#[cfg(not(target_arch = "wasm32"))]
pub fn seed(seed: u64) {
    crate::random::source::seed(seed);
}

/// For unit tests, see [`testing`](crate::testing).
impl Event {
    /// Sets a shared counter.
    #[must_use]
    pub fn with_counter(mut self, name: &str, value: i64) -> Self {
        self.counters.retain(|counter| counter.name != name);
        self.counters.push(Counter { name: name.to_owned(), value });
        self.counters.sort_by(|a, b| a.name.cmp(&b.name));
        self
    }

    /// Sets what else the designer attached.
    #[must_use]
    pub fn with_data(self, data: Value) -> Self {
        Self { data: data.to_string(), ..self }
    }

    /// Sets the designer's parameters.
    ///
    /// ```
    /// use world_events_plugin_sdk::{json, testing};
    ///
    /// // What a designer has set, as a call hands it to the rule.
    /// let event = testing::event().with_parameters(json!({"minLevel": 10}));
    /// assert_eq!(event.parameters, r#"{"minLevel":10}"#);
    /// ```
    #[must_use]
    pub fn with_parameters(self, parameters: Value) -> Self {
        Self { parameters: parameters.to_string(), ..self }
    }

    /// Sets start and end.
    #[must_use]
    pub fn with_times(self, starts_at: Timestamp, ends_at: Option<Timestamp>) -> Self {
        Self { starts_at, ends_at, ..self }
    }
}

/// For unit tests, see [`testing`](crate::testing).
impl Player {
    /// Sets all that is known about the player.
    #[must_use]
    pub fn with_attributes(self, attributes: Value) -> Self {
        Self { attributes: attributes.to_string(), ..self }
    }
}

impl From<&str> for Player {
    /// The [`testing::player`](crate::testing::player) of this id.
    fn from(id: &str) -> Self {
        player(id)
    }
}

/// For unit tests, see [`testing`](crate::testing).
impl Participation {
    /// Sets the score.
    #[must_use]
    pub fn with_score(self, score: u64) -> Self {
        Self { score, ..self }
    }

    /// Sets the rule's notes about the player.
    #[must_use]
    pub fn with_progress(self, progress: Value) -> Self {
        Self { progress: progress.to_string(), ..self }
    }

    /// Sets what was achieved so far, a JSON array.
    #[must_use]
    pub fn with_achievements(self, achievements: Value) -> Self {
        Self { achievements: achievements.to_string(), ..self }
    }
}

/// For unit tests, see [`testing`](crate::testing).
impl Application {
    /// Puts another event in place of [`testing::event`](crate::testing::event).
    #[must_use]
    pub fn with_event(self, event: Event) -> Self {
        Self { event, ..self }
    }
}

/// For unit tests, see [`testing`](crate::testing).
impl Scorecard {
    /// Puts another event in place of [`testing::event`](crate::testing::event).
    #[must_use]
    pub fn with_event(self, event: Event) -> Self {
        Self { event, ..self }
    }
}

/// For unit tests, see [`testing`](crate::testing).
impl Page {
    /// Puts another event in place of [`testing::event`](crate::testing::event).
    #[must_use]
    pub fn with_event(self, event: Event) -> Self {
        Self { event, ..self }
    }
}

impl From<(&str, i64)> for Action {
    /// An action of this kind and amount, without attributes.
    fn from((kind, amount): (&str, i64)) -> Self {
        Self { kind: kind.to_owned(), amount, attributes: "{}".to_owned() }
    }
}

impl From<(&str, i64, Value)> for Action {
    /// An action of this kind and amount, with attributes.
    fn from((kind, amount, attributes): (&str, i64, Value)) -> Self {
        Self { kind: kind.to_owned(), amount, attributes: attributes.to_string() }
    }
}
