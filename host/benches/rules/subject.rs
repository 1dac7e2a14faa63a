//! The example plugins, and each way of asking them.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use world_events::model::rules::Capability;
use world_events::rules::abi::{Application, EventType, Page, Scorecard};
use world_events::rules::measure::{self, WarmInstance};
use world_events::rules::{Plugin, RuleLimits, Rules, Usage};
use world_events::workshop;
use world_events_plugin_sdk as sdk;

use crate::answered;
use crate::inputs::{self, Style};
use crate::native::{self, Native as _};

/// Calls that one warm instance is good for.
const WARM_CALLS: u32 = 50;

/// A plugin, and what it is asked.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) wasm: Vec<u8>,
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) calls: Vec<Call>,
}

/// One question to one plugin.
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) question: Question,
    native: NativeCall,
}

/// What is asked.
#[derive(Clone)]
pub(crate) enum Question {
    Check(Application),
    Score(Scorecard),
    Payout(Page),
}

/// The rule as ordinary Rust.
#[derive(Clone, Copy)]
enum NativeCall {
    Check(fn(sdk::Application) -> NativeCheck),
    Score(fn(sdk::Scorecard) -> NativeScore),
    Payout(fn(sdk::Page) -> Vec<sdk::Grant>),
}

type NativeCheck = Result<native::Admission, sdk::Refusal>;
type NativeScore = Result<native::Outcome, sdk::Refusal>;

/// Makes one call, and says how long it took: the making of its input is not counted.
pub(crate) type Timed<'call> = Box<dyn FnMut() -> Duration + 'call>;

impl Question {
    pub(crate) fn capability(&self) -> Capability {
        match self {
            Self::Check(_) => Capability::Eligibility,
            Self::Score(_) => Capability::Scoring,
            Self::Payout(_) => Capability::Rewards,
        }
    }
}

fn timed<T>(call: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    let answer = black_box(call());
    let time = started.elapsed();
    drop(answer);
    time
}

impl Call {
    pub(crate) fn native(&self) -> Timed<'_> {
        match (&self.question, self.native) {
            (Question::Check(input), NativeCall::Check(rule)) => own_input(input.native(), rule),
            (Question::Score(input), NativeCall::Score(rule)) => own_input(input.native(), rule),
            (Question::Payout(input), NativeCall::Payout(rule)) => own_input(input.native(), rule),
            _ => answered(Err(format!("{} has another native rule", self.name))),
        }
    }

    pub(crate) fn isolated<'call>(&'call self, plugin: &'call Plugin, limits: &'call RuleLimits) -> Timed<'call> {
        match &self.question {
            Question::Check(input) => Box::new(move || timed(|| answered(measure::check(plugin, limits, input)))),
            Question::Score(input) => Box::new(move || timed(|| answered(measure::score(plugin, limits, input)))),
            Question::Payout(input) => Box::new(move || timed(|| answered(measure::payout(plugin, limits, input)))),
        }
    }

    /// What the call takes of its limits.
    pub(crate) fn usage(&self, plugin: &Plugin, limits: &RuleLimits) -> Usage {
        match &self.question {
            Question::Check(input) => answered(measure::check(plugin, limits, input)).usage,
            Question::Score(input) => answered(measure::score(plugin, limits, input)).usage,
            Question::Payout(input) => answered(measure::payout(plugin, limits, input)).usage,
        }
    }

    pub(crate) fn warm<'call>(
        &'call self,
        plugin: &'call Arc<Plugin>,
        limits: &'call RuleLimits,
    ) -> anyhow::Result<Timed<'call>> {
        let mut instance = WarmInstance::new(plugin, limits)?;
        let mut calls = 0;
        Ok(Box::new(move || {
            calls += 1;
            if calls % WARM_CALLS == 0 {
                instance = answered(WarmInstance::new(plugin, limits));
                // The first call finds cold memory; it is another's to show that.
                answered(warm_call(&mut instance, &self.question));
            }
            timed(|| answered(warm_call(&mut instance, &self.question)))
        }))
    }
}

fn own_input<'call, Input: Clone + 'call, Answer>(input: Input, rule: fn(Input) -> Answer) -> Timed<'call>
where
    Answer: 'call,
{
    Box::new(move || {
        let own = input.clone();
        timed(|| rule(black_box(own)))
    })
}

fn warm_call(instance: &mut WarmInstance, question: &Question) -> wasmtime::Result<()> {
    match question {
        Question::Check(input) => instance.check(input),
        Question::Score(input) => instance.score(input),
        Question::Payout(input) => instance.payout(input),
    }
}

/// Asks as the server does, or without the server's fast path.
pub(crate) async fn ask(rules: &Rules, plugin: &Arc<Plugin>, question: Question, on_worker: bool) {
    match question {
        Question::Check(input) if on_worker => drop(answered(measure::check_on_worker(rules, plugin, input).await)),
        Question::Check(input) => drop(answered(rules.check(plugin, input).await)),
        Question::Score(input) if on_worker => drop(answered(measure::score_on_worker(rules, plugin, input).await)),
        Question::Score(input) => drop(answered(rules.score(plugin, input).await)),
        Question::Payout(input) => drop(answered(rules.payout(plugin, input).await)),
    }
}

/// How the invasion is asked, in every language.
const INVASION: Style = Style {
    event_type: EventType::Invasion,
    parameters: r#"{"minLevel":10,"factions":["dawn","dusk"],"elementPercent":{"fire":150,"ice":50}}"#,
    attributes: r#"{"level":12,"faction":"dusk"}"#,
    kind: "hit",
    details: r#"{"element":"fire"}"#,
};

/// The invasion in other languages.
pub(crate) const TWINS: [&str; 2] = ["boss-invasion-ts", "boss-invasion-py"];

/// Builds one of them and takes it in.
pub(crate) async fn twin(rules: &Rules, name: &'static str) -> anyhow::Result<Subject> {
    subject(rules, name, every_rule::<boss_invasion::BossInvasion>(&INVASION)).await
}

/// Builds the example plugins and takes them in.
pub(crate) async fn all(rules: &Rules) -> anyhow::Result<Vec<Subject>> {
    use {boss_invasion::BossInvasion, harvest_festival::HarvestFestival, ranked_tournament::RankedTournament};

    let festival = Style {
        event_type: EventType::Festival,
        parameters: "{}",
        attributes: r#"{"level":12}"#,
        kind: "harvest",
        details: "{}",
    };
    let tournament = Style {
        event_type: EventType::Tournament,
        parameters: r#"{"attempts":100,"minRating":1200,"maxRating":1800}"#,
        attributes: r#"{"rating":1500}"#,
        kind: "attempt",
        details: "{}",
    };
    Ok(vec![
        subject(rules, "harvest-festival", scores(&festival, native::score::<HarvestFestival>)).await?,
        subject(rules, "boss-invasion", every_rule::<BossInvasion>(&INVASION)).await?,
        subject(rules, "ranked-tournament", every_rule::<RankedTournament>(&tournament)).await?,
    ])
}

async fn subject(rules: &Rules, name: &'static str, calls: Vec<Call>) -> anyhow::Result<Subject> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins")).join(name);
    let built = workshop::build::build(&folder)?;
    let wasm = std::fs::read(&built.wasm).with_context(|| format!("cannot read {}", built.wasm.display()))?;
    let plugin = rules.admit(&wasm).await?.plugin;
    Ok(Subject { name, wasm, plugin, calls })
}

fn every_rule<P: native::Eligibility + native::Scoring + native::Rewards>(style: &Style) -> Vec<Call> {
    let check = Call {
        name: "check".into(),
        question: Question::Check(inputs::application(style)),
        native: NativeCall::Check(native::check::<P>),
    };
    let payout = Call {
        name: "payout of 100".into(),
        question: Question::Payout(inputs::page(style, 100)),
        native: NativeCall::Payout(native::payout::<P>),
    };
    [check].into_iter().chain(scores(style, native::score::<P>)).chain([payout]).collect()
}

fn scores(style: &Style, rule: fn(sdk::Scorecard) -> NativeScore) -> Vec<Call> {
    let score = |actions| Call {
        name: format!("score of {actions}"),
        question: Question::Score(inputs::scorecard(style, actions)),
        native: NativeCall::Score(rule),
    };
    [1, 10, 100].map(score).into()
}
