//! What the rules are asked, of the size that a game would ask it.

use world_events::rules::abi::{
    Action, Application, Counter, Difficulty, Event, EventType, Page, ParticipantStatus, Participation, Player, Report,
    Scorecard, Standing,
};

/// How a plugin is asked.
pub(crate) struct Style {
    /// The type of event that it is for.
    pub(crate) event_type: EventType,
    /// What a designer set.
    pub(crate) parameters: &'static str,
    /// What its players have.
    pub(crate) attributes: &'static str,
    /// What its players do.
    pub(crate) kind: &'static str,
    /// What is said about it.
    pub(crate) details: &'static str,
}

const NOW: u64 = 1_790_000_000_000;

fn event(style: &Style) -> Event {
    Event {
        id: "0190a5c4-0000-7000-8000-000000000001".into(),
        type_: style.event_type,
        name: "The hydra of the northern marshes".into(),
        region: "north".into(),
        difficulty: Difficulty::Hard,
        starts_at: NOW - 3_600_000,
        ends_at: Some(NOW + 3_600_000),
        participants: 1_200,
        capacity: Some(5_000),
        objectives: r#"[{"id":"slay","description":"Slay the hydra","target":1000000}]"#.into(),
        rewards: r#"[{"rewardType":"xp","amount":100}]"#.into(),
        data: r#"{"boss":"hydra","heads":9}"#.into(),
        parameters: style.parameters.into(),
        counters: ["boss-damage", "contribution"].map(|name| Counter { name: name.into(), value: 250_000 }).into(),
        extra: "{}".into(),
    }
}

fn player(style: &Style, number: u64) -> Player {
    Player { id: format!("player-{number:06}"), attributes: style.attributes.into(), extra: "{}".into() }
}

fn participation(style: &Style, number: u64, score: u64) -> Participation {
    Participation {
        player: player(style, number),
        status: ParticipantStatus::Active,
        score,
        progress: "{}".into(),
        achievements: "[]".into(),
        joined_at: NOW - 1_800_000,
        last_activity: NOW - 60_000,
        extra: "{}".into(),
    }
}

/// A player at the door.
pub(crate) fn application(style: &Style) -> Application {
    Application { event: event(style).into(), player: player(style, 1), participation: None, now: NOW, seed: 42 }
}

/// A report of so many actions.
pub(crate) fn scorecard(style: &Style, actions: usize) -> Scorecard {
    let action = |amount| Action { kind: style.kind.into(), amount, attributes: style.details.into() };
    Scorecard {
        event: event(style).into(),
        participation: participation(style, 1, 1_000),
        report: Report {
            actions: (1..).take(actions).map(action).collect(),
            progress: None,
            at: NOW,
            extra: "{}".into(),
        },
        seed: 42,
    }
}

/// The best so many players of twice as many.
pub(crate) fn page(style: &Style, rows: u64) -> Page {
    let standing = |rank| Standing { rank, participation: participation(style, rank, 10_000 - rank) };
    Page {
        event: event(style),
        offset: 0,
        total: 2 * rows,
        rows: (1..=rows).map(standing).collect(),
        now: NOW,
        seed: 42,
    }
}
