//! One plugin's trouble is not another's.

use std::sync::Arc;

use tokio::task::JoinHandle;
use world_events::rules::{Plugin, Verdict};

use crate::fixture::{Sandbox, application, page};
use crate::guest::Guest;

const ENDLESS: &str = "(loop $again (br $again)) unreachable";

/// A sandbox with four places in which bad calls take as long as the clock lets them.
fn small(queue_ms: u64) -> Sandbox {
    Sandbox::with(|settings| {
        settings.concurrent_decisions = Some(4);
        settings.concurrent_payouts = Some(1);
        settings.queue_ms = queue_ms;
        settings.decision.fuel = i64::MAX as u64;
        settings.decision.time_ms = 1_000;
    })
}

/// Calls `check` in the background.
fn calls(sandbox: &Sandbox, plugin: &Arc<Plugin>, count: usize) -> Vec<JoinHandle<&'static str>> {
    let call = || {
        let (rules, plugin) = (sandbox.rules.clone(), Arc::clone(plugin));
        tokio::spawn(async move {
            rules.check(&plugin, application()).await.map_or_else(|failed| failed.failure.code(), |_| "OK")
        })
    };
    (0..count).map(|_| call()).collect()
}

/// A plugin that decides endlessly, though it describes itself well.
async fn hostile(sandbox: &Sandbox) -> Arc<Plugin> {
    sandbox.admit(Guest::new("hostile").check(ENDLESS)).await
}

#[tokio::test]
async fn a_healthy_plugin_answers_while_hostile_ones_run() {
    let sandbox = small(60_000);
    let healthy = sandbox.admit(Guest::welcoming("healthy")).await;
    let hostile = hostile(&sandbox).await;
    let bad = calls(&sandbox, &hostile, 6);
    while sandbox.rules.stats().decisions_running < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        let call = sandbox.rules.check(&healthy, application()).await.unwrap();
        assert_eq!(call.answer, Verdict::Admit(Default::default()));
    }
    // Six bad calls take two of the four places, in three turns of a second each.
    assert!(bad.iter().any(|call| !call.is_finished()), "the hostile calls did not outlast the healthy ones");
    for call in bad {
        assert_eq!(call.await.unwrap(), "RULE_TIMEOUT");
    }
    assert_eq!(sandbox.rules.stats().decisions_running, 0);
}

#[tokio::test]
async fn who_finds_no_place_is_told_so() {
    let sandbox = small(1);
    let hostile = hostile(&sandbox).await;
    let mut codes = Vec::new();
    for call in calls(&sandbox, &hostile, 5) {
        codes.push(call.await.unwrap());
    }
    codes.sort_unstable();
    assert_eq!(codes, ["RULE_BUSY", "RULE_BUSY", "RULE_BUSY", "RULE_TIMEOUT", "RULE_TIMEOUT"]);
}

#[tokio::test]
async fn payouts_have_places_of_their_own() {
    let sandbox = Sandbox::with(|settings| {
        settings.concurrent_decisions = Some(2);
        settings.queue_ms = 60_000;
        settings.payout.fuel = i64::MAX as u64;
        settings.payout.time_ms = 1_000;
    });
    let slow = sandbox.admit(Guest::new("slow").payout(ENDLESS)).await;
    let healthy = sandbox.admit(Guest::welcoming("healthy")).await;
    let payout = {
        let rules = sandbox.rules.clone();
        tokio::spawn(async move { rules.payout(&slow, page(&["ann"])).await.unwrap_err().failure.code() })
    };
    while sandbox.rules.stats().payouts_running == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(sandbox.rules.stats().decisions_running, 0);
    sandbox.rules.check(&healthy, application()).await.unwrap();
    assert!(!payout.is_finished());
    assert_eq!(payout.await.unwrap(), "RULE_TIMEOUT");
}

#[tokio::test]
async fn many_calls_at_once_share_the_pool() {
    let sandbox = Sandbox::with(|settings| settings.queue_ms = 60_000);
    let first = sandbox.admit(Guest::welcoming("first")).await;
    let second = sandbox.admit(Guest::welcoming("second")).await;
    let all: Vec<_> = calls(&sandbox, &first, 200).into_iter().chain(calls(&sandbox, &second, 200)).collect();
    for call in all {
        assert_eq!(call.await.unwrap(), "OK");
    }
    assert_eq!(sandbox.rules.stats().decisions_running, 0);
}
