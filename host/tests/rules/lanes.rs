//! Calls at once and calls on workers: nobody can tell which it was but by the clock.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use world_events::rules::{ObservedCall, Observer, RuleFailure, Verdict, measure};

use crate::fixture::{Sandbox, application, scorecard};
use crate::guest::Guest;

const ENDLESS: &str = "(loop $again (br $again)) unreachable";

/// Counts to a number, which takes some 10 units of fuel each time, writes a line to its log, and admits.
fn counts_to(number: u32) -> Guest {
    let mut guest = Guest::new("counting");
    let (line, admit) = (guest.put(b"counted"), guest.admit());
    guest.check(format!(
        "(local $n i32)
        (loop $again
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const {number}))))
        (call $log (i32.const 1) (i32.const {line}) (i32.const 7))
        (i32.const {admit})"
    ))
}

/// What a call of `check` comes to, without the time that it took.
async fn outcome(sandbox: &Sandbox, plugin: &Arc<world_events::rules::Plugin>, on_worker: bool) -> String {
    let result = if on_worker {
        measure::check_on_worker(&sandbox.rules, plugin, application()).await
    } else {
        sandbox.rules.check(plugin, application()).await
    };
    match result {
        Ok(mut call) => {
            call.usage.time = Duration::ZERO;
            format!("{call:?}")
        }
        Err(mut failed) => {
            failed.usage.time = Duration::ZERO;
            format!("{failed:?}")
        }
    }
}

#[tokio::test]
async fn both_ways_give_the_same_answer_usage_and_failure() {
    let sandbox = Sandbox::new();
    let guests = [
        // Within the budget of an attempt, near its end, and beyond it.
        counts_to(10),
        counts_to(30_000),
        counts_to(100_000),
        Guest::new("endless").check(ENDLESS),
        Guest::new("bomb").check("(loop $more (drop (memory.grow (i32.const 1))) (br $more)) unreachable"),
        // More memory than an attempt may have, from the start and later.
        Guest::welcoming("large").pages(40),
        Guest::welcoming("grows").more("(func $grow (drop (memory.grow (i32.const 100)))) (start $grow)"),
        Guest::new("dice").check("(loop $again (drop (call $random)) (br $again)) unreachable"),
        Guest::new("trap").check("unreachable"),
        Guest::new("astray").check("(i32.const 0x7ffffff0)"),
    ];
    for guest in guests {
        let plugin = sandbox.admit(guest).await;
        let whole = outcome(&sandbox, &plugin, true).await;
        // The first is an attempt; when it fails, the second is none.
        assert_eq!(outcome(&sandbox, &plugin, false).await, whole, "{}", plugin.label());
        assert_eq!(outcome(&sandbox, &plugin, false).await, whole, "{}", plugin.label());
    }
}

#[tokio::test]
async fn every_amount_of_fuel_around_the_budget_is_reported_exactly() {
    let sandbox = Sandbox::new();
    let mut fuel = Vec::new();
    for number in [100, 200, 300] {
        let plugin = sandbox.admit(counts_to(number)).await;
        fuel.push(sandbox.rules.check(&plugin, application()).await.unwrap().usage.fuel);
    }
    let per_round = (fuel[1] - fuel[0]) / 100;
    assert_eq!(fuel[2] - fuel[1], fuel[1] - fuel[0]);
    let base = fuel[0] - 100 * per_round;
    let middle = u32::try_from((200_000 - base) / per_round).unwrap();
    for number in middle - 5..middle + 5 {
        let plugin = sandbox.admit(counts_to(number)).await;
        let used = sandbox.rules.check(&plugin, application()).await.unwrap().usage.fuel;
        assert_eq!(used, base + u64::from(number) * per_round, "{number} rounds");
    }
}

#[tokio::test]
async fn limits_below_the_budget_are_what_counts() {
    let sandbox = Sandbox::with(|settings| {
        settings.decision.fuel = 5_000;
        settings.decision.memory_bytes = 6 << 16;
    });
    let endless = sandbox.admit(Guest::new("endless").check(ENDLESS)).await;
    let failed = sandbox.rules.check(&endless, application()).await.unwrap_err();
    assert_eq!(failed.failure, RuleFailure::OutOfFuel { limit: 5_000 });
    assert_eq!(failed.usage.fuel, 5_000);
    let bomb = sandbox.admit(Guest::new("bomb").check("(drop (memory.grow (i32.const 3))) (i32.const 0)")).await;
    let failed = sandbox.rules.check(&bomb, application()).await.unwrap_err();
    assert_eq!(failed.failure, RuleFailure::OutOfMemory { limit: 6 << 16 });
}

#[tokio::test(flavor = "current_thread")]
async fn slow_calls_do_not_hold_up_the_runtime() {
    let sandbox = Sandbox::with(|settings| {
        settings.queue_ms = 60_000;
        settings.decision.fuel = 1_000_000_000;
    });
    let burning = sandbox.admit(Guest::new("burning").check(ENDLESS)).await;
    let call = {
        let rules = sandbox.rules.clone();
        tokio::spawn(async move { rules.check(&burning, application()).await.unwrap_err().failure })
    };
    let mut turns = 0;
    while !call.is_finished() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        turns += 1;
    }
    assert_eq!(call.await.unwrap(), RuleFailure::OutOfFuel { limit: 1_000_000_000 });
    // A thousand million instructions take a good part of a second.
    assert!(turns > 20, "{turns}");
}

/// The thread of each call, by name.
#[derive(Default)]
struct Threads(Mutex<Vec<String>>);

impl Observer for Threads {
    fn rule_called(&self, _: &ObservedCall<'_>) {
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        self.0.lock().unwrap().push(name);
    }
}

impl Threads {
    fn last_is_worker(&self) -> bool {
        self.0.lock().unwrap().last().unwrap() == "rules-decision"
    }
}

/// Scores quickly, and admits after more work than an attempt may do if the player's name is long.
fn slow_for_long_names() -> Guest {
    let mut guest = Guest::new("mixed");
    let admit = guest.admit();
    let outcome = guest.outcome(1, "{}", "[]", (0, 0));
    guest.score(format!("(i32.const {outcome})")).check(format!(
        "(local $n i32)
        (if (i32.gt_u (global.get $heap) (i32.const 131072)) (then
            (loop $again
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $n) (i32.const 200000))))))
        (i32.const {admit})"
    ))
}

#[tokio::test]
async fn a_rule_that_fell_out_of_the_budget_is_tried_again_later() {
    let threads = Arc::new(Threads::default());
    let sandbox = Sandbox::watched(|_| {}, Arc::clone(&threads));
    let plugin = sandbox.admit(slow_for_long_names()).await;
    let short = application();
    let mut long = application();
    // Fills the guest's heap, which is how it tells.
    long.player.id = "x".repeat(100_000);

    let call = sandbox.rules.check(&plugin, short.clone()).await.unwrap();
    assert_eq!(call.answer, Verdict::Admit(Default::default()));
    assert!(!threads.last_is_worker());

    let fell = Instant::now();
    sandbox.rules.check(&plugin, long).await.unwrap();
    assert!(threads.last_is_worker());
    sandbox.rules.check(&plugin, short.clone()).await.unwrap();
    assert!(threads.last_is_worker() || fell.elapsed() > Duration::from_secs(1));
    // The other rule of the same plugin has nothing to do with it.
    sandbox.rules.score(&plugin, scorecard(1)).await.unwrap();
    assert!(!threads.last_is_worker());

    tokio::time::sleep(Duration::from_millis(1_100)).await;
    sandbox.rules.check(&plugin, short).await.unwrap();
    assert!(!threads.last_is_worker());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn however_many_call_at_once_the_pool_is_not_exhausted() {
    let sandbox = Sandbox::with(|settings| {
        settings.queue_ms = 60_000;
        settings.concurrent_decisions = Some(4);
    });
    let quick = sandbox.admit(counts_to(1_000)).await;
    let slow = sandbox.admit(counts_to(100_000)).await;
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let (rules, plugin) = (sandbox.rules.clone(), Arc::clone(if number % 2 == 0 { &quick } else { &slow }));
            tokio::spawn(async move {
                for _ in 0..20 {
                    assert_eq!(
                        rules.check(&plugin, application()).await.unwrap().answer,
                        Verdict::Admit(Default::default())
                    );
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(sandbox.rules.stats().decisions_running, 0);
}
