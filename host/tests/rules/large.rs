//! Plugins that need more than a small one has: a pool and limits of their own.

use std::sync::Arc;

use world_events::model::rules::Capability;
use world_events::rules::{AdmitError, RuleFailure, RuleSettings};

use crate::fixture::{COMPILER, Sandbox, application};
use crate::guest::Guest;

/// 5 MiB and more: what no compiled language begins with, and an interpreter does.
const PAGES: usize = 90;

fn endless(name: &str) -> Guest {
    Guest::new(name).check("(loop $again (br $again)) unreachable")
}

#[tokio::test]
async fn a_plugin_that_begins_with_much_memory_has_the_limits_of_large_ones() {
    let defaults = RuleSettings::default();
    let sandbox = Sandbox::new();
    let failed = sandbox.failed_check(endless("large").pages(PAGES)).await;
    assert_eq!(failed.failure, RuleFailure::OutOfFuel { limit: defaults.large.decision.fuel });
    let failed = sandbox.failed_check(endless("small")).await;
    assert_eq!(failed.failure, RuleFailure::OutOfFuel { limit: defaults.decision.fuel });

    let bomb = Guest::new("bomb").check("(loop $more (drop (memory.grow (i32.const 1))) (br $more)) unreachable");
    let failed = sandbox.failed_check(bomb.pages(PAGES)).await;
    assert_eq!(failed.failure, RuleFailure::OutOfMemory { limit: defaults.large.decision.memory_bytes });
    assert_eq!(failed.usage.memory_bytes, defaults.large.decision.memory_bytes);
}

#[tokio::test]
async fn what_goes_in_and_out_is_bounded_as_for_any_other() {
    let sandbox = Sandbox::new();
    let (small, large) = (Guest::welcoming("small"), Guest::welcoming("large").pages(PAGES));
    let (small, large) = (sandbox.admit(small).await, sandbox.admit(large).await);
    for capability in Capability::ALL.iter().copied() {
        let (small, large) = (sandbox.rules.limits(&small, capability), sandbox.rules.limits(&large, capability));
        let bounds = |it: &world_events::rules::RuleLimits| (it.input_bytes, it.output_bytes, it.log_bytes);
        assert_eq!(bounds(small), bounds(large));
        assert!(small.fuel < large.fuel && small.memory_bytes < large.memory_bytes && small.time_ms <= large.time_ms);
    }
}

#[tokio::test]
async fn a_large_plugin_is_large_after_a_restart_too() {
    let sandbox = Sandbox::new();
    let admission = sandbox.admission(Guest::welcoming("large").pages(PAGES)).await;
    let sandbox = sandbox.restarted(COMPILER.as_ref());
    let fetch = || async { Err::<Vec<u8>, _>("it is on disk") };
    let plugin = sandbox.rules.load(admission.digest, "large@1.2.3", fetch).await.unwrap();
    let limits = sandbox.rules.limits(&plugin, Capability::Eligibility);
    assert_eq!(limits.fuel, RuleSettings::default().large.decision.fuel);
    sandbox.rules.check(&plugin, application()).await.unwrap();
}

#[tokio::test]
async fn each_call_begins_with_the_memory_that_the_plugin_has() {
    // Leaves a mark in its last page, and breaks off if one is there.
    let mark = PAGES * (64 << 10) - 8;
    let mut guest = Guest::new("marking").pages(PAGES);
    let admit = guest.admit();
    let guest = guest.check(format!(
        "(if (i32.load (i32.const {mark})) (then unreachable))
        (i32.store (i32.const {mark}) (i32.const 1))
        (i32.const {admit})"
    ));
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest).await;
    // More than there are slots.
    for _ in 0..50 {
        sandbox.rules.check(&plugin, application()).await.unwrap();
    }
}

#[tokio::test]
async fn only_large_plugins_may_have_many_bytes() {
    let padded = |guest: Guest| guest.more(&format!("(@custom \"pad\" \"{}\")", "x".repeat(1 << 20))).build();
    let sandbox = Sandbox::new();
    sandbox.rules.admit(&padded(Guest::welcoming("large").pages(PAGES))).await.unwrap();
    let Err(AdmitError::TooLarge { limit, kind, .. }) = sandbox.rules.admit(&padded(Guest::welcoming("small"))).await
    else {
        panic!("it is taken, or refused for another reason");
    };
    assert_eq!(limit, RuleSettings::default().component_bytes);
    assert!(kind.contains("small"), "{kind}");
}

#[tokio::test]
async fn an_operator_may_take_none() {
    let sandbox = Sandbox::with(|settings| settings.large.component_bytes = 0);
    sandbox.admit(Guest::welcoming("small")).await;
    let refused = sandbox.rules.admit(&Guest::welcoming("large").pages(PAGES).build()).await.unwrap_err();
    assert_eq!(refused.code(), "PLUGIN_TOO_LARGE");
    assert!(refused.to_string().contains("; 0 are allowed for a large one"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_plugins_do_not_take_the_places_of_small_ones() {
    let sandbox = Sandbox::with(|settings| {
        settings.concurrent_decisions = Some(2);
        settings.large.concurrent_decisions = Some(2);
        settings.large.decision.fuel = 2_000_000_000;
        settings.queue_ms = 60_000;
    });
    let large = sandbox.admit(endless("large").pages(PAGES)).await;
    // Long enough for a worker.
    let busy = "(local $n i32) (local.set $n (i32.const 300000)) (loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))";
    let mut guest = Guest::new("small");
    let admit = guest.admit();
    let small = sandbox.admit(guest.check(format!("{busy} (i32.const {admit})"))).await;
    let rules = sandbox.rules.clone();
    let crowd: Vec<_> = (0..4)
        .map(|_| {
            let (rules, large) = (rules.clone(), Arc::clone(&large));
            tokio::spawn(async move { rules.check(&large, application()).await })
        })
        .collect();
    for _ in 0..5 {
        sandbox.rules.check(&small, application()).await.unwrap();
    }
    assert!(crowd.iter().any(|call| !call.is_finished()), "the small plugin waited for all calls of the large one");
    for call in crowd {
        assert_eq!(call.await.unwrap().unwrap_err().failure, RuleFailure::OutOfFuel { limit: 2_000_000_000 });
    }
}
