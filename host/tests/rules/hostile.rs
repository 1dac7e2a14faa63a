//! Plugins that mean harm. Each gets an error of its own, and the server goes on.

use world_events::rules::{LogLevel, RuleFailure, Verdict};

use crate::fixture::{Sandbox, application, page, scorecard};
use crate::guest::Guest;

/// A function that never ends, by a name to be found in backtraces.
const SPIN: &str = "(func $spin_forever (loop $again (br $again)))";

#[tokio::test]
async fn an_endless_loop_runs_out_of_fuel() {
    let guest = Guest::new("loop").more(SPIN).check("(call $spin_forever) (i32.const 0)");
    let failed = Sandbox::new().failed_check(guest).await;
    assert_eq!(failed.failure, RuleFailure::OutOfFuel { limit: 10_000_000 });
    assert_eq!(failed.failure.code(), "RULE_OUT_OF_FUEL");
    assert_eq!(failed.usage.fuel, 10_000_000);
    assert!(failed.backtrace[0].contains("spin_forever"), "{:?}", failed.backtrace);
}

#[tokio::test]
async fn fuel_runs_out_at_the_same_instruction_every_time() {
    let sandbox = Sandbox::with(|settings| settings.decision.fuel = 100_000);
    let mut guest = Guest::new("count");
    let tick = guest.put(b"tick");
    // Logs once in a thousand rounds, so that the log tells how far it came.
    let body = format!(
        "(local $n i32)
        (loop $again
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (if (i32.eqz (i32.rem_u (local.get $n) (i32.const 1000)))
                (then (call $log (i32.const 1) (i32.const {tick}) (i32.const 4))))
            (br $again))
        unreachable"
    );
    let plugin = sandbox.admit(guest.check(body)).await;
    let mut lines = Vec::new();
    for _ in 0..5 {
        let failed = sandbox.rules.check(&plugin, application()).await.unwrap_err();
        assert_eq!(failed.failure, RuleFailure::OutOfFuel { limit: 100_000 });
        lines.push(failed.logs.lines.len());
    }
    assert!(lines[0] > 1, "{lines:?}");
    assert!(lines.iter().all(|count| *count == lines[0]), "{lines:?}");
}

#[tokio::test]
async fn a_call_that_fuel_lets_run_is_stopped_by_the_clock() {
    let sandbox = Sandbox::with(|settings| {
        settings.decision.fuel = i64::MAX as u64;
        settings.decision.time_ms = 20;
    });
    let failed = sandbox.failed_check(Guest::new("slow").more(SPIN).check("(call $spin_forever) (i32.const 0)")).await;
    assert_eq!(failed.failure, RuleFailure::TooSlow { limit_ms: 20 });
    assert_eq!(failed.failure.code(), "RULE_TIMEOUT");
    assert!(failed.failure.is_transient());
    assert!(failed.usage.time.as_millis() >= 20);
    assert!(failed.backtrace[0].contains("spin_forever"), "{:?}", failed.backtrace);
}

#[tokio::test]
async fn a_memory_bomb_is_stopped_at_the_limit() {
    let guest = Guest::new("bomb").check("(loop $more (drop (memory.grow (i32.const 1))) (br $more)) unreachable");
    let failed = Sandbox::new().failed_check(guest).await;
    assert_eq!(failed.failure, RuleFailure::OutOfMemory { limit: 16 << 20 });
    assert_eq!(failed.failure.code(), "RULE_OUT_OF_MEMORY");
    assert_eq!(failed.usage.memory_bytes, 16 << 20);
    assert!(failed.backtrace[0].contains("check"), "{:?}", failed.backtrace);
}

#[tokio::test]
async fn all_memory_at_once_is_too_much_as_well() {
    let guest = Guest::new("bomb").check("(drop (memory.grow (i32.const 65000))) (i32.const 0)");
    let failed = Sandbox::new().failed_check(guest).await;
    assert_eq!(failed.failure.code(), "RULE_OUT_OF_MEMORY");
}

#[tokio::test]
async fn a_table_bomb_is_stopped_too() {
    let guest = Guest::new("bomb")
        .more("(table $table 1 funcref)")
        .check("(loop $more (drop (table.grow $table (ref.null func) (i32.const 1000))) (br $more)) unreachable");
    assert_eq!(Sandbox::new().failed_check(guest).await.failure.code(), "RULE_OUT_OF_MEMORY");
}

#[tokio::test]
async fn bulk_memory_pays_by_the_byte() {
    let guest = Guest::new("fill")
        .pages(200)
        .check("(loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 13000000)) (br $again)) unreachable");
    assert_eq!(Sandbox::new().failed_check(guest).await.failure.code(), "RULE_OUT_OF_FUEL");
}

#[tokio::test]
async fn deep_recursion_ends_in_a_trap() {
    let guest = Guest::new("deep")
        .more("(func $deeper (param i32) (result i32) (i32.add (call $deeper (local.get 0)) (i32.const 1)))")
        .check("(call $deeper (i32.const 0))");
    let sandbox = Sandbox::with(|settings| settings.decision.fuel = 1_000_000_000);
    let failed = sandbox.failed_check(guest).await;
    assert_eq!(failed.failure, RuleFailure::Trap { message: "wasm trap: call stack exhausted".into() });
    assert!(failed.backtrace[0].contains("deeper"), "{:?}", failed.backtrace);
    // As many frames as help, not all of them.
    assert!(failed.backtrace.len() < 50);
}

#[tokio::test]
async fn a_trap_shows_where_it_was() {
    let mut guest = Guest::new("trap");
    let last_words = guest.put(b"index 7 of 3");
    let guest =
        guest.more("(func $pick_a_reward (call $roll_the_dice)) (func $roll_the_dice unreachable)").check(format!(
            "(call $log (i32.const 3) (i32.const {last_words}) (i32.const 12)) (call $pick_a_reward) (i32.const 0)"
        ));
    let failed = Sandbox::new().failed_check(guest).await;
    assert_eq!(
        failed.failure,
        RuleFailure::Trap { message: "wasm trap: wasm `unreachable` instruction executed".into() }
    );
    assert_eq!(failed.failure.code(), "RULE_TRAPPED");
    for (line, function) in failed.backtrace.iter().zip(["roll_the_dice", "pick_a_reward", "check"]) {
        assert!(line.contains(function), "{:?}", failed.backtrace);
    }
    assert_eq!(failed.logs.lines[0].level, LogLevel::Error);
    assert_eq!(failed.logs.lines[0].message, "index 7 of 3");

    // Designers see all of it, players nothing.
    let details = failed.details();
    assert!(details["backtrace"][0].as_str().unwrap().contains("roll_the_dice"));
    assert_eq!(details["logs"]["lines"][0]["message"], "index 7 of 3");
    assert_eq!(details["logs"]["lines"][0]["level"], "error");
    assert_eq!(details["limits"]["fuel"], 10_000_000);
    assert!(details["usage"]["fuel"].as_u64().unwrap() > 0);
    assert_eq!(failed.failure.public_message(), "The event's rule broke off.");
}

#[tokio::test]
async fn a_trap_leaves_nothing_behind() {
    // Counts its calls in a global, and breaks off at the second.
    let mut guest = Guest::new("count");
    let admit = guest.admit();
    let guest = guest.more("(global $calls (mut i32) (i32.const 0))").check(format!(
        "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (if (i32.gt_u (global.get $calls) (i32.const 1)) (then unreachable))
        (i32.const {admit})"
    ));
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest).await;
    for _ in 0..3 {
        sandbox.rules.check(&plugin, application()).await.unwrap();
    }
}

#[tokio::test]
async fn out_of_bounds_is_a_trap() {
    let guest = Guest::new("wild").check("(i32.load (i32.const 0x7fffffff))");
    let failed = Sandbox::new().failed_check(guest).await;
    assert_eq!(failed.failure, RuleFailure::Trap { message: "wasm trap: out of bounds memory access".into() });
}

#[tokio::test]
async fn a_list_of_two_billion_is_not_believed() {
    let mut guest = Guest::new("list");
    let list = guest.put(&[0, 0, 0, 0, 0, 0, 0, 0x80]);
    let guest = guest.payout(format!("(i32.const {list})"));
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest).await;
    let failed = sandbox.rules.payout(&plugin, page(&["ann"])).await.unwrap_err();
    assert_eq!(failed.failure.code(), "RULE_BAD_OUTPUT");
    assert!(failed.failure.to_string().contains("out of bounds"), "{}", failed.failure);
}

#[tokio::test]
async fn a_string_of_two_gigabytes_is_not_believed() {
    let mut guest = Guest::new("string");
    let refuse = guest.refuse("NO", (0, 1 << 31));
    let failed = Sandbox::new().failed_check(guest.check(format!("(i32.const {refuse})"))).await;
    assert_eq!(failed.failure.code(), "RULE_BAD_OUTPUT");
    assert!(failed.failure.to_string().contains("out of bounds"), "{}", failed.failure);
}

#[tokio::test]
async fn a_long_list_costs_the_host_nothing() {
    // A list that is really there: its elements would take 100 times the memory in the host.
    let mut guest = Guest::new("list");
    let list = guest.put(&[[0, 0, 0, 0], 300_000_u32.to_le_bytes()].concat());
    let guest = guest.pages(250).payout(format!("(i32.const {list})"));
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest).await;
    let failed = sandbox.rules.payout(&plugin, page(&["ann"])).await.unwrap_err();
    assert_eq!(failed.failure, RuleFailure::OutputTooLarge { bytes: None, limit: 1 << 20 });
}

#[tokio::test]
async fn too_much_output_is_weighed() {
    // 30,000 characters `x`.
    let mut guest = Guest::new("verbose");
    let text = guest.put(&[b'x'; 30_000]);
    let refuse = guest.refuse("NO", (text, 30_000));
    let failed = Sandbox::new().failed_check(guest.check(format!("(i32.const {refuse})"))).await;
    assert_eq!(
        failed.failure,
        RuleFailure::OutputTooLarge { bytes: Some(8 + (8 + 2) + (8 + 30_000) + 8), limit: 20 << 10 }
    );
    assert_eq!(failed.failure.code(), "RULE_OUTPUT_TOO_LARGE");
}

#[tokio::test]
async fn megabytes_of_output_are_not_even_copied() {
    let mut guest = Guest::new("verbose").pages(200);
    let refuse = guest.refuse("NO", (1 << 16, 12_000_000));
    let failed = Sandbox::new().failed_check(guest.check(format!("(i32.const {refuse})"))).await;
    assert_eq!(failed.failure, RuleFailure::OutputTooLarge { bytes: None, limit: 20 << 10 });
}

#[tokio::test]
async fn text_must_be_utf_8() {
    let mut guest = Guest::new("bytes");
    let text = guest.put(b"\xff\xfe");
    let refuse = guest.refuse("NO", (text, 2));
    let failed = Sandbox::new().failed_check(guest.check(format!("(i32.const {refuse})"))).await;
    assert_eq!(failed.failure.code(), "RULE_BAD_OUTPUT");
    assert!(failed.failure.to_string().contains("invalid utf-8"), "{}", failed.failure);
}

#[tokio::test]
async fn an_enum_value_must_exist() {
    let mut guest = Guest::new("enum");
    let verdict = guest.put(&[7; 28]);
    let failed = Sandbox::new().failed_check(guest.check(format!("(i32.const {verdict})"))).await;
    assert_eq!(failed.failure.code(), "RULE_BAD_OUTPUT");
    assert!(failed.failure.to_string().contains("discriminant"), "{}", failed.failure);
}

#[tokio::test]
async fn a_pointer_must_lead_somewhere() {
    let failed = Sandbox::new().failed_check(Guest::new("astray").check("(i32.const 0x7ffffff0)")).await;
    assert_eq!(failed.failure.code(), "RULE_BAD_OUTPUT");
}

#[tokio::test]
async fn an_allocator_must_not_lie() {
    // Replaces the guest's heap by one behind the end of the memory.
    let guest = Guest::welcoming("liar").more("(func $init (global.set $heap (i32.const -65536))) (start $init)");
    let wasm = guest.build();
    let sandbox = Sandbox::new();
    let plugin = sandbox.rules.admit(&wasm).await.unwrap().plugin;
    let failed = sandbox.rules.check(&plugin, application()).await.unwrap_err();
    // Its own `cabi_realloc` tries to grow the memory up to there.
    assert_eq!(failed.failure.code(), "RULE_OUT_OF_MEMORY");
}

#[tokio::test]
async fn a_flood_of_logs_is_cut_and_counted() {
    let mut guest = Guest::new("flood");
    let line = guest.put(&[b'x'; 100]);
    let admit = guest.admit();
    let guest = guest.check(format!(
        "(local $n i32)
        (loop $again
            (call $log (i32.const 0) (i32.const {line}) (i32.const 100))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 10000))))
        (i32.const {admit})"
    ));
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest).await;
    let call = sandbox.rules.check(&plugin, application()).await.unwrap();
    // The answer stands; only the log suffers.
    assert_eq!(call.answer, Verdict::Admit(Default::default()));
    let kept: usize = call.logs.lines.iter().map(|line| line.message.len()).sum();
    assert!((6_000..=8 << 10).contains(&kept), "{kept}");
    // One line was cut, the others were dropped or kept.
    assert_eq!(call.logs.dropped + call.logs.lines.len() as u64 - 1, 10_000);
}

#[tokio::test]
async fn an_endless_flood_of_huge_lines_runs_out_of_fuel_not_of_time() {
    let guest = Guest::new("flood").pages(40).check(
        "(loop $again (call $log (i32.const 0) (i32.const 1000000) (i32.const 1000000)) (br $again)) unreachable",
    );
    let failed = Sandbox::new().failed_check(guest).await;
    assert_eq!(failed.failure.code(), "RULE_OUT_OF_FUEL");
    assert_eq!(failed.logs.lines.len(), 1);
    assert_eq!(failed.logs.lines[0].message.len(), (8 << 10) - 16);
}

#[tokio::test]
async fn calls_to_the_host_cost_fuel() {
    let guest = Guest::new("dice").check("(loop $again (drop (call $random)) (br $again)) unreachable");
    let failed = Sandbox::new().failed_check(guest).await;
    assert_eq!(failed.failure.code(), "RULE_OUT_OF_FUEL");
}

#[tokio::test]
async fn growing_by_nothing_costs_fuel() {
    let mut guest = Guest::new("grow");
    let admit = guest.admit();
    let guest = guest.check(format!("{} (i32.const {admit})", "(drop (memory.grow (i32.const 0)))".repeat(20)));
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest).await;
    let call = sandbox.rules.check(&plugin, application()).await.unwrap();
    assert!(call.usage.fuel > 20 * 50, "{:?}", call.usage);
}

#[tokio::test]
async fn a_log_line_must_be_utf_8() {
    let mut guest = Guest::new("bytes");
    let line = guest.put(b"\xff");
    let guest = guest.check(format!("(call $log (i32.const 0) (i32.const {line}) (i32.const 1)) (i32.const 0)"));
    let failed = Sandbox::new().failed_check(guest).await;
    assert_eq!(failed.failure, RuleFailure::BadOutput { why: "a log line is not valid UTF-8".into() });
    assert!(failed.backtrace.iter().any(|line| line.contains("check")), "{:?}", failed.backtrace);
}

#[tokio::test]
async fn every_capability_is_guarded() {
    let guest = Guest::new("all")
        .more(SPIN)
        .check("unreachable")
        .score("(call $spin_forever) unreachable")
        .payout("(drop (memory.grow (i32.const 65000))) unreachable");
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest).await;
    let code = |failure: RuleFailure| failure.code();
    assert_eq!(code(sandbox.rules.check(&plugin, application()).await.unwrap_err().failure), "RULE_TRAPPED");
    assert_eq!(code(sandbox.rules.score(&plugin, scorecard(1)).await.unwrap_err().failure), "RULE_OUT_OF_FUEL");
    let failed = sandbox.rules.payout(&plugin, page(&["ann"])).await.unwrap_err();
    assert_eq!(failed.failure, RuleFailure::OutOfMemory { limit: 64 << 20 });
}
