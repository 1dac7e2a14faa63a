//! A sandbox of one's own for each test, and things to hand to rules.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use world_events::rules::abi::{
    Action, Application, Difficulty, Event, EventType, Page, ParticipantStatus, Participation, Player, Report,
    Scorecard, Standing,
};
use world_events::rules::{Admission, FailedCall, Observer, Plugin, RuleSettings, Rules, RulesConfig};

use crate::guest::Guest;

/// The real server's program, which is the real compiler.
pub(crate) const COMPILER: &str = env!("CARGO_BIN_EXE_world-events");

/// Rules with a cache folder that lives as long as they do.
pub(crate) struct Sandbox {
    pub(crate) rules: Rules,
    folder: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// With other settings than the defaults.
    pub(crate) fn with(change: impl FnOnce(&mut RuleSettings)) -> Self {
        Self::watched(change, ())
    }

    pub(crate) fn watched(change: impl FnOnce(&mut RuleSettings), observer: impl Observer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = Rules::new(config(folder.path(), COMPILER.as_ref(), change), observer).unwrap();
        Self { rules, folder }
    }

    /// The cache folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("code")
    }

    /// The same folder after a restart of the server, now perhaps with another compiler.
    pub(crate) fn restarted(self, compiler: &Path) -> Self {
        let rules = Rules::new(config(self.folder.path(), compiler, |_| {}), ()).unwrap();
        Self { rules, folder: self.folder }
    }

    pub(crate) async fn admit(&self, guest: Guest) -> Arc<Plugin> {
        self.admission(guest).await.plugin
    }

    pub(crate) async fn admission(&self, guest: Guest) -> Admission {
        self.rules.admit(&guest.build()).await.unwrap()
    }

    /// Why `check` fails.
    pub(crate) async fn failed_check(&self, guest: Guest) -> FailedCall {
        let plugin = self.admit(guest).await;
        *self.rules.check(&plugin, application()).await.unwrap_err()
    }
}

pub(crate) fn config(folder: &Path, compiler: &Path, change: impl FnOnce(&mut RuleSettings)) -> RulesConfig {
    let mut config = RulesConfig::new(folder.join("code")).unwrap();
    config.compiler = compiler.to_owned();
    // Tests share the machine with others: only those about the clock may be stopped by it.
    config.settings.decision.time_ms = 10_000;
    config.settings.payout.time_ms = 10_000;
    config.settings.large.decision.time_ms = 10_000;
    config.settings.large.payout.time_ms = 10_000;
    change(&mut config.settings);
    config
}

pub(crate) fn event() -> Event {
    Event {
        id: "0190a5c4-0000-7000-8000-000000000001".into(),
        type_: EventType::Invasion,
        name: "The hydra".into(),
        region: "north".into(),
        difficulty: Difficulty::Hard,
        starts_at: 1_700_000_000_000,
        ends_at: None,
        participants: 3,
        capacity: Some(50),
        objectives: "[]".into(),
        rewards: "[]".into(),
        data: "{}".into(),
        parameters: "{}".into(),
        counters: vec![],
        extra: "{}".into(),
    }
}

pub(crate) fn player(id: &str) -> Player {
    Player { id: id.into(), attributes: r#"{"level": 3}"#.into(), extra: "{}".into() }
}

pub(crate) fn application() -> Application {
    Application { event: event().into(), player: player("ann"), participation: None, now: 1_700_000_100_000, seed: 42 }
}

pub(crate) fn participation(id: &str) -> Participation {
    Participation {
        player: player(id),
        status: ParticipantStatus::Active,
        score: 10,
        progress: "{}".into(),
        achievements: "[]".into(),
        joined_at: 1_700_000_050_000,
        last_activity: 1_700_000_060_000,
        extra: "{}".into(),
    }
}

pub(crate) fn scorecard(seed: u64) -> Scorecard {
    let action = Action { kind: "hit".into(), amount: 5, attributes: "{}".into() };
    let report = Report { actions: vec![action], progress: None, at: 1_700_000_100_000, extra: "{}".into() };
    Scorecard { event: event().into(), participation: participation("ann"), report, seed }
}

pub(crate) fn page(players: &[&str]) -> Page {
    let rows: Vec<_> =
        (1..).zip(players).map(|(rank, id)| Standing { rank, participation: participation(id) }).collect();
    Page { event: event(), offset: 0, total: rows.len() as u64, rows, now: 1_700_000_200_000, seed: 1 }
}
