//! The same rules as ordinary Rust, called with the same inputs.
//!
//! What is called is what the WebAssembly exports: it is handed an input of its own, and reads the designer's parameters.

use world_events::rules::abi;
use world_events_plugin_sdk as sdk;
pub(crate) use world_events_plugin_sdk::bindings::eligibility::exports::world_events::rules::eligibility::{
    Admission, Guest as Eligibility,
};
pub(crate) use world_events_plugin_sdk::bindings::rewards::exports::world_events::rules::rewards::Guest as Rewards;
pub(crate) use world_events_plugin_sdk::bindings::scoring::exports::world_events::rules::scoring::{
    Guest as Scoring, Outcome, Report,
};

/// `check` of this plugin.
pub(crate) fn check<P: Eligibility>(application: sdk::Application) -> Result<Admission, sdk::Refusal> {
    P::check(application)
}

/// `score` of this plugin.
pub(crate) fn score<P: Scoring>(card: sdk::Scorecard) -> Result<Outcome, sdk::Refusal> {
    P::score(card)
}

/// `payout` of this plugin.
pub(crate) fn payout<P: Rewards>(page: sdk::Page) -> Vec<sdk::Grant> {
    P::payout(page)
}

/// The plugin's view of an input. Every value is bounded and of the same kind on both sides.
pub(crate) trait Native {
    type As: Clone;
    fn native(&self) -> Self::As;
}

impl Native for abi::Event {
    type As = sdk::Event;

    fn native(&self) -> sdk::Event {
        let counter = |counter: &abi::Counter| sdk::Counter { name: counter.name.clone(), value: counter.value };
        sdk::Event {
            id: self.id.clone(),
            type_: match self.type_ {
                abi::EventType::Invasion => sdk::EventType::Invasion,
                abi::EventType::Tournament => sdk::EventType::Tournament,
                _ => sdk::EventType::Festival,
            },
            name: self.name.clone(),
            region: self.region.clone(),
            difficulty: sdk::Difficulty::Hard,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            participants: self.participants,
            capacity: self.capacity,
            objectives: self.objectives.clone(),
            rewards: self.rewards.clone(),
            data: self.data.clone(),
            parameters: self.parameters.clone(),
            counters: self.counters.iter().map(counter).collect(),
            extra: self.extra.clone(),
        }
    }
}

impl Native for abi::Player {
    type As = sdk::Player;

    fn native(&self) -> sdk::Player {
        let Self { id, attributes, extra } = self.clone();
        sdk::Player { id, attributes, extra }
    }
}

impl Native for abi::Participation {
    type As = sdk::Participation;

    fn native(&self) -> sdk::Participation {
        let Self { player, status: _, score, progress, achievements, joined_at, last_activity, extra } = self.clone();
        let (player, status) = (player.native(), sdk::ParticipantStatus::Active);
        sdk::Participation { player, status, score, progress, achievements, joined_at, last_activity, extra }
    }
}

impl Native for abi::Application {
    type As = sdk::Application;

    fn native(&self) -> sdk::Application {
        let Self { event, player, participation, now, seed } = self;
        let participation = participation.as_ref().map(Native::native);
        sdk::Application { event: event.native(), player: player.native(), participation, now: *now, seed: *seed }
    }
}

impl Native for abi::Scorecard {
    type As = sdk::Scorecard;

    fn native(&self) -> sdk::Scorecard {
        let abi::Report { actions, progress, at, extra } = self.report.clone();
        let action = |abi::Action { kind, amount, attributes }| sdk::Action { kind, amount, attributes };
        sdk::Scorecard {
            event: self.event.native(),
            participation: self.participation.native(),
            report: Report { actions: actions.into_iter().map(action).collect(), progress, at, extra },
            seed: self.seed,
        }
    }
}

impl Native for abi::Page {
    type As = sdk::Page;

    fn native(&self) -> sdk::Page {
        let standing =
            |row: &abi::Standing| sdk::Standing { rank: row.rank, participation: row.participation.native() };
        sdk::Page {
            event: self.event.native(),
            offset: self.offset,
            total: self.total,
            rows: self.rows.iter().map(standing).collect(),
            now: self.now,
            seed: self.seed,
        }
    }
}
