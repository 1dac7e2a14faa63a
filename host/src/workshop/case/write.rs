//! Writes a call down as a case, so that it can be had again with `world-events plugin test`.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{CallName, brief};
use crate::model::{Difficulty, EventType, ParticipantStatus};
use crate::rules::abi;

/// A call that a rule was, or is to be, handed.
#[derive(Debug, Clone)]
pub enum Input {
    /// `eligibility.check`
    Check(abi::Application),
    /// `scoring.score`
    Score(abi::Scorecard),
    /// `rewards.payout`
    Payout(abi::Page),
}

impl Input {
    /// What is asked.
    #[must_use]
    pub fn call(&self) -> CallName {
        match self {
            Self::Check(_) => CallName::Check,
            Self::Score(_) => CallName::Score,
            Self::Payout(_) => CallName::Payout,
        }
    }

    /// The call as the member `input` of a case. What has its default is left out.
    #[must_use]
    pub fn written(&self) -> Value {
        match self {
            Self::Check(of) => members([
                ("event", event(&of.event)),
                ("player", Some(player(&of.player))),
                ("participation", of.participation.as_ref().map(|before| members(notes(before)))),
                ("now", number(of.now)),
                ("seed", number(of.seed)),
            ]),
            Self::Score(of) => members([
                ("event", event(&of.event)),
                ("participation", Some(participation(&of.participation))),
                ("report", report(&of.report)),
                ("seed", number(of.seed)),
            ]),
            Self::Payout(of) => {
                let is_all = of.total == of.offset + of.rows.len() as u64;
                let rows = of
                    .rows
                    .iter()
                    .map(|row| json!({ "rank": row.rank, "participation": participation(&row.participation) }));
                members([
                    ("event", event(&of.event)),
                    ("offset", number(of.offset)),
                    ("total", if is_all { None } else { Some(of.total.into()) }),
                    ("rows", Some(rows.collect())),
                    ("now", number(of.now)),
                    ("seed", number(of.seed)),
                ])
            }
        }
    }
}

/// A case as its file has it.
#[derive(Debug, Clone, Serialize)]
pub struct WrittenCase {
    /// What the case shows, in one sentence.
    pub name: String,
    call: String,
    input: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    expect: Option<Value>,
}

impl WrittenCase {
    /// A case of this call. Without an expected answer it waits for one.
    #[must_use]
    pub fn new(name: impl Into<String>, input: &Input, expected: Option<&Value>) -> Self {
        Self { name: name.into(), call: input.call().to_string(), input: input.written(), expect: expected.map(brief) }
    }

    /// The text of its file.
    #[must_use]
    pub fn text(&self) -> String {
        // It holds nothing but JSON, which can always be written.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}

fn members<'a>(of: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    of.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>().into()
}

fn number(number: u64) -> Option<Value> {
    (number != 0).then(|| number.into())
}

/// JSON that goes to rules as text; left out if it is empty.
fn parsed(json: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(json).ok()?;
    let is_empty = value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    (!is_empty).then_some(value)
}

fn event(event: &abi::Event) -> Option<Value> {
    let text = |text: &str| (text != super::input::PLAIN).then(|| text.into());
    let kind = match event.type_ {
        abi::EventType::Disaster => EventType::Disaster,
        abi::EventType::Festival => EventType::Festival,
        abi::EventType::War => EventType::War,
        abi::EventType::Invasion => EventType::Invasion,
        abi::EventType::Tournament => EventType::Tournament,
        abi::EventType::Quest => EventType::Quest,
    };
    let difficulty = match event.difficulty {
        abi::Difficulty::Easy => Difficulty::Easy,
        abi::Difficulty::Medium => Difficulty::Medium,
        abi::Difficulty::Hard => Difficulty::Hard,
        abi::Difficulty::Extreme => Difficulty::Extreme,
    };
    let counters: Map<String, Value> =
        event.counters.iter().map(|counter| (counter.name.clone(), counter.value.into())).collect();
    let written = members([
        ("id", (event.id != uuid::Uuid::nil().to_string()).then(|| event.id.as_str().into())),
        ("type", (kind != EventType::Festival).then(|| json!(kind))),
        ("name", text(&event.name)),
        ("region", text(&event.region)),
        ("difficulty", (difficulty != Difficulty::Medium).then(|| json!(difficulty))),
        ("startsAt", number(event.starts_at)),
        ("endsAt", event.ends_at.map(Value::from)),
        ("participants", number(event.participants.into())),
        ("capacity", event.capacity.map(Value::from)),
        ("objectives", parsed(&event.objectives)),
        ("rewards", parsed(&event.rewards)),
        ("data", parsed(&event.data)),
        ("parameters", parsed(&event.parameters)),
        ("counters", (!counters.is_empty()).then(|| counters.into())),
    ]);
    written.as_object().is_some_and(|event| !event.is_empty()).then_some(written)
}

fn player(player: &abi::Player) -> Value {
    members([("id", Some(player.id.as_str().into())), ("attributes", parsed(&player.attributes))])
}

fn participation(of: &abi::Participation) -> Value {
    let status = match of.status {
        abi::ParticipantStatus::Active => ParticipantStatus::Active,
        abi::ParticipantStatus::Completed => ParticipantStatus::Completed,
        abi::ParticipantStatus::Left => ParticipantStatus::Left,
        abi::ParticipantStatus::Kicked => ParticipantStatus::Kicked,
    };
    let status = (status != ParticipantStatus::Active).then(|| json!(status));
    let who = [("player", Some(player(&of.player))), ("status", status)];
    members(who.into_iter().chain(notes(of)))
}

/// What a participation holds beside who it is about.
fn notes(of: &abi::Participation) -> [(&'static str, Option<Value>); 5] {
    [
        ("score", number(of.score)),
        ("progress", parsed(&of.progress)),
        ("achievements", parsed(&of.achievements)),
        ("joinedAt", number(of.joined_at)),
        ("lastActivity", number(of.last_activity)),
    ]
}

fn report(report: &abi::Report) -> Option<Value> {
    let action = |action: &abi::Action| {
        members([
            ("kind", Some(action.kind.as_str().into())),
            ("amount", Some(action.amount.into())),
            ("attributes", parsed(&action.attributes)),
        ])
    };
    let actions: Vec<Value> = report.actions.iter().map(action).collect();
    let written = members([
        ("actions", (!actions.is_empty()).then(|| actions.into())),
        // An empty patch is a patch.
        ("progress", report.progress.as_ref().and_then(|patch| serde_json::from_str(patch).ok())),
        ("at", number(report.at)),
    ]);
    written.as_object().is_some_and(|report| !report.is_empty()).then_some(written)
}
