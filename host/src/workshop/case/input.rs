//! What a case hands to the rule.
//!
//! The members are those of the records in `wit/`, in camelCase, with the server's own bounds: a case cannot ask what a
//! server never asks. What is left out has a plain default, the same as in the SDK's `testing`.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use serde::Deserialize;
use uuid::Uuid;

use crate::model::number::Delta;
use crate::model::text::{ActionKind, CounterName};
use crate::model::{
    Capacity, Difficulty, EventType, Name, Object, ObjectList, ParticipantStatus, PlayerId, Region, Score,
};
use crate::referee::input::{difficulty, event_type, json, nothing, status};
use crate::rules::abi;

/// The name and the region of an event that a case says nothing about.
pub(super) const PLAIN: &str = "test";

/// Unix time in milliseconds, as rules have it.
type Timestamp = u64;

/// The event. By default a festival of medium difficulty that started at 0 and has no end, no cap and no counters.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Event {
    id: Uuid,
    #[serde(rename = "type")]
    kind: EventType,
    name: Option<Name>,
    region: Option<Region>,
    difficulty: Difficulty,
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
    participants: u32,
    capacity: Option<Capacity>,
    objectives: ObjectList,
    rewards: ObjectList,
    data: Object,
    pub(super) parameters: Object,
    counters: BTreeMap<CounterName, Delta>,
}

impl Default for Event {
    fn default() -> Self {
        Self {
            id: Uuid::nil(),
            kind: EventType::Festival,
            name: None,
            region: None,
            difficulty: Difficulty::Medium,
            starts_at: 0,
            ends_at: None,
            participants: 0,
            capacity: None,
            objectives: ObjectList::default(),
            rewards: ObjectList::default(),
            data: Object::default(),
            parameters: Object::default(),
            counters: BTreeMap::new(),
        }
    }
}

impl From<&Event> for abi::Event {
    fn from(event: &Event) -> Self {
        let text = |text: Option<String>| text.unwrap_or_else(|| PLAIN.to_owned());
        Self {
            id: event.id.to_string(),
            type_: event_type(event.kind),
            name: text(event.name.as_ref().map(Name::to_string)),
            region: text(event.region.as_ref().map(Region::to_string)),
            difficulty: difficulty(event.difficulty),
            starts_at: event.starts_at,
            ends_at: event.ends_at,
            participants: event.participants,
            capacity: event.capacity.map(|capacity| capacity.get().unsigned_abs()),
            objectives: json(&event.objectives),
            rewards: json(&event.rewards),
            data: json(&event.data),
            // As a server does when it pins them.
            parameters: json(&event.parameters.with_plain_integers()),
            counters: event
                .counters
                .iter()
                .map(|(name, value)| abi::Counter { name: name.to_string(), value: value.get() })
                .collect(),
            extra: nothing(),
        }
    }
}

/// A player. Only the id is needed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Player {
    id: PlayerId,
    #[serde(default)]
    attributes: Object,
}

impl From<&Player> for abi::Player {
    fn from(player: &Player) -> Self {
        Self { id: player.id.to_string(), attributes: json(&player.attributes), extra: nothing() }
    }
}

/// A participation. Only the player is needed; by default it has just begun.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Participation {
    player: Player,
    #[serde(default = "active")]
    status: ParticipantStatus,
    #[serde(default = "no_points")]
    score: Score,
    #[serde(default)]
    progress: Object,
    #[serde(default)]
    achievements: ObjectList,
    #[serde(default)]
    joined_at: Timestamp,
    #[serde(default)]
    last_activity: Timestamp,
}

fn active() -> ParticipantStatus {
    ParticipantStatus::Active
}

fn no_points() -> Score {
    Score::ZERO
}

impl From<&Participation> for abi::Participation {
    fn from(participation: &Participation) -> Self {
        Self {
            player: (&participation.player).into(),
            status: status(participation.status),
            score: participation.score.get().unsigned_abs(),
            progress: json(&participation.progress),
            achievements: json(&participation.achievements),
            joined_at: participation.joined_at,
            last_activity: participation.last_activity,
            extra: nothing(),
        }
    }
}

/// How somebody stands who comes back. Nothing is needed: the player is the one who applies.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Before {
    score: Score,
    progress: Object,
    achievements: ObjectList,
    joined_at: Timestamp,
    last_activity: Timestamp,
}

impl Default for Before {
    fn default() -> Self {
        Self {
            score: Score::ZERO,
            progress: Object::default(),
            achievements: ObjectList::default(),
            joined_at: 0,
            last_activity: 0,
        }
    }
}

impl Before {
    fn of(&self, player: &Player) -> Participation {
        let Self { score, progress, achievements, joined_at, last_activity } = self.clone();
        let (player, status) = (player.clone(), ParticipantStatus::Left);
        Participation { player, status, score, progress, achievements, joined_at, last_activity }
    }
}

/// The input of `eligibility.check`. Only the player is needed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    #[serde(default)]
    pub(super) event: Event,
    player: Player,
    participation: Option<Before>,
    #[serde(default)]
    now: Timestamp,
    #[serde(default)]
    seed: u64,
}

impl From<&Application> for abi::Application {
    fn from(application: &Application) -> Self {
        Self {
            event: Arc::new((&application.event).into()),
            player: (&application.player).into(),
            participation: application.participation.as_ref().map(|before| (&before.of(&application.player)).into()),
            now: application.now,
            seed: application.seed,
        }
    }
}

/// Something that the player did.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    kind: ActionKind,
    amount: Delta,
    #[serde(default)]
    attributes: Object,
}

/// What is reported. By default nothing, at the time 0.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    actions: Vec<Action>,
    progress: Option<Object>,
    at: Timestamp,
}

impl From<&Report> for abi::Report {
    fn from(report: &Report) -> Self {
        let action = |action: &Action| abi::Action {
            kind: action.kind.to_string(),
            amount: action.amount.get(),
            attributes: json(&action.attributes),
        };
        Self {
            actions: report.actions.iter().map(action).collect(),
            progress: report.progress.as_ref().map(json),
            at: report.at,
            extra: nothing(),
        }
    }
}

/// The input of `scoring.score`. Only the participation is needed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scorecard {
    #[serde(default)]
    pub(super) event: Event,
    participation: Participation,
    #[serde(default)]
    report: Report,
    #[serde(default)]
    seed: u64,
}

impl From<&Scorecard> for abi::Scorecard {
    fn from(card: &Scorecard) -> Self {
        Self {
            event: Arc::new((&card.event).into()),
            participation: (&card.participation).into(),
            report: (&card.report).into(),
            seed: card.seed,
        }
    }
}

/// A row of the standings. Rank and participation are needed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    rank: NonZeroU64,
    participation: Participation,
}

/// The input of `rewards.payout`. Only the rows are needed; by default they are all that there are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    #[serde(default)]
    pub(super) event: Event,
    #[serde(default)]
    offset: u32,
    total: Option<u32>,
    rows: Vec<Standing>,
    #[serde(default)]
    now: Timestamp,
    #[serde(default)]
    seed: u64,
}

impl From<&Page> for abi::Page {
    fn from(page: &Page) -> Self {
        let row = |row: &Standing| abi::Standing { rank: row.rank.get(), participation: (&row.participation).into() };
        let offset = u64::from(page.offset);
        Self {
            event: (&page.event).into(),
            offset,
            total: page.total.map_or(offset + page.rows.len() as u64, u64::from),
            rows: page.rows.iter().map(row).collect(),
            now: page.now,
            seed: page.seed,
        }
    }
}
