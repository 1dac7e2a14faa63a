//! What rules answer, and what of it is believed.

use std::sync::{Arc, Mutex};

use world_events::model::rules::Capability;
use world_events::rules::abi::RewardType;
use world_events::rules::{Assessment, ObservedCall, Observer, Refusal, RuleFailure, Verdict};

use crate::fixture::{Sandbox, application, page, scorecard};
use crate::guest::Guest;

#[tokio::test]
async fn a_player_is_admitted() {
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(Guest::welcoming("inn")).await;
    let call = sandbox.rules.check(&plugin, application()).await.unwrap();
    assert_eq!(call.answer, Verdict::Admit(Default::default()));
    assert!(call.usage.fuel > 0 && call.usage.fuel < 10_000, "{:?}", call.usage);
    assert_eq!(call.usage.memory_bytes, 4 << 16);
    assert!(call.usage.input_bytes > 200 && call.usage.input_bytes < 1_000, "{:?}", call.usage);
    assert_eq!(call.usage.output_bytes, 4 * 8);
}

#[tokio::test]
async fn an_admission_says_what_a_player_begins_with() {
    let mut guest = Guest::new("gate");
    let admit = guest.admit_with(r#"{"side": "dawn"}"#, &[("members-dawn", 1), ("members-dusk", -2)]);
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest.check(format!("(i32.const {admit})"))).await;
    let Verdict::Admit(admission) = sandbox.rules.check(&plugin, application()).await.unwrap().answer else {
        panic!("refused");
    };
    assert_eq!(admission.progress["side"], "dawn");
    let counters: Vec<_> = admission.counters.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(counters, [("members-dawn", 1), ("members-dusk", -2)]);
}

#[tokio::test]
async fn a_player_is_refused_with_a_reason() {
    let mut guest = Guest::new("inn");
    let text = guest.put("Müde?".as_bytes());
    let refuse = guest.refuse("LEVEL_TOO_LOW", (text, 6));
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest.check(format!("(i32.const {refuse})"))).await;
    let call = sandbox.rules.check(&plugin, application()).await.unwrap();
    let refusal = Refusal { code: "LEVEL_TOO_LOW".into(), message: "Müde?".into(), details: Default::default() };
    assert_eq!(call.answer, Verdict::Refuse(refusal));
}

#[tokio::test]
async fn a_refusal_needs_a_proper_word() {
    let mut guest = Guest::new("inn");
    let refuse = guest.refuse("too low", (0, 0));
    let failed = Sandbox::new().failed_check(guest.check(format!("(i32.const {refuse})"))).await;
    let why = r#"`refusal.code`: "too low" is not 1 to 64 characters of A-Z, 0-9 and `_`"#;
    assert_eq!(failed.failure, RuleFailure::BadOutput { why: why.into() });
}

#[tokio::test]
async fn a_report_is_refused_with_a_reason() {
    let mut guest = Guest::new("score");
    let refuse = guest.refuse_report("TOO_MANY", "three a day");
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest.score(format!("(i32.const {refuse})"))).await;
    let Assessment::Refused(refusal) = sandbox.rules.score(&plugin, scorecard(1)).await.unwrap().answer else {
        panic!("scored");
    };
    assert_eq!(refusal.to_string(), "TOO_MANY: three a day");
}

#[tokio::test]
async fn a_report_is_scored() {
    let mut guest = Guest::new("score");
    let name = guest.put(b"boss-damage");
    let counters =
        guest.put(&[u32le(name), u32le(11), (-120_i64).to_le_bytes()[..4].try_into().unwrap(), [0xff; 4]].concat());
    let outcome = guest.outcome(77, r#"{"hits": 3}"#, r#"[{"id": "first-blood"}]"#, (counters, 1));
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest.score(format!("(i32.const {outcome})"))).await;
    let Assessment::Scored(outcome) = sandbox.rules.score(&plugin, scorecard(1)).await.unwrap().answer else {
        panic!("refused");
    };
    assert_eq!(outcome.score, 77);
    assert_eq!(outcome.progress["hits"], 3);
    assert_eq!(outcome.achievements[0]["id"], "first-blood");
    assert_eq!(outcome.counters["boss-damage"], -120);
    assert!(!outcome.completed);
}

fn u32le(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

#[tokio::test]
async fn a_score_must_be_in_range_and_json_must_be_json() {
    for (score, progress, achievements, member) in [
        (1 << 53, "{}", "[]", "`score`"),
        (1, "{", "[]", "`progress`"),
        (1, "[]", "[]", "`progress`"),
        (1, "{}", "{}", "`achievements`"),
    ] {
        let mut guest = Guest::new("score");
        let outcome = guest.outcome(score, progress, achievements, (0, 0));
        let sandbox = Sandbox::new();
        let plugin = sandbox.admit(guest.score(format!("(i32.const {outcome})"))).await;
        let failed = sandbox.rules.score(&plugin, scorecard(1)).await.unwrap_err();
        assert_eq!(failed.failure.code(), "RULE_BAD_OUTPUT");
        assert!(failed.failure.to_string().contains(member), "{}", failed.failure);
    }
}

#[tokio::test]
async fn players_are_paid() {
    let mut guest = Guest::new("pay");
    let grants = guest.grants(&[("ann", 1, Some("gold"), 500), ("ann", 0, None, 3), ("bob", 1, Some(""), 7)]);
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest.payout(format!("(i32.const {grants})"))).await;
    let grants = sandbox.rules.payout(&plugin, page(&["ann", "bob"])).await.unwrap().answer;
    assert_eq!(grants.len(), 3);
    assert_eq!(grants[0].player, "ann");
    assert_eq!(grants[0].reward_type, RewardType::Currency);
    assert_eq!(grants[0].reward_id.as_deref(), Some("gold"));
    assert_eq!(grants[0].amount, 500);
    assert_eq!((grants[1].reward_type, &grants[1].reward_id), (RewardType::Xp, &None));
    // An empty id is none.
    assert_eq!(grants[2].reward_id, None);
}

#[tokio::test]
async fn a_page_with_a_bad_grant_fails_whole() {
    for (grants, why) in [
        (vec![("eve", 0, None, 1)], r#"`player`: "eve" is not a player of this page"#),
        (
            vec![("ann", 2, Some("axe"), 1), ("bob", 2, Some("axe"), 1), ("ann", 2, Some("axe"), 2)],
            r#"`player`: "ann" is granted RewardType::Item "axe" twice"#,
        ),
        (vec![("ann", 0, None, 1), ("ann", 0, Some(""), 1)], r#"`player`: "ann" is granted RewardType::Xp twice"#),
        (vec![("ann", 0, None, 0)], "`amount`: is 0; a grant is of at least 1"),
        (vec![("ann", 0, None, 1 << 53)], "`amount`: 9007199254740992 is larger than 2^53 - 1"),
    ] {
        let mut guest = Guest::new("pay");
        let list = guest.grants(&grants);
        let sandbox = Sandbox::new();
        let plugin = sandbox.admit(guest.payout(format!("(i32.const {list})"))).await;
        let failed = sandbox.rules.payout(&plugin, page(&["ann", "bob"])).await.unwrap_err();
        assert_eq!(failed.failure, RuleFailure::BadOutput { why: why.into() });
    }
}

#[tokio::test]
async fn too_much_input_never_reaches_the_rule() {
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(Guest::welcoming("inn")).await;
    let mut application = application();
    application.player.attributes = format!("{{\"a\": \"{}\"}}", "x".repeat(160 << 10));
    let failed = sandbox.rules.check(&plugin, application).await.unwrap_err();
    assert_eq!(failed.failure.code(), "RULE_INPUT_TOO_LARGE");
    assert_eq!(failed.usage.fuel, 0);
}

#[tokio::test]
async fn as_much_input_as_allowed_does() {
    let sandbox = Sandbox::new();
    let mut guest = Guest::new("pay");
    let none = guest.grants(&[]);
    let plugin = sandbox.admit(guest.payout(format!("(i32.const {none})"))).await;
    let names: Vec<String> = (0..5_000).map(|n| format!("player-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let call = sandbox.rules.payout(&plugin, page(&names)).await.unwrap();
    assert!(call.usage.input_bytes > 500_000, "{:?}", call.usage);
    assert!(call.usage.input_bytes < sandbox.rules.limits(&plugin, Capability::Rewards).input_bytes);
}

#[tokio::test]
async fn what_a_plugin_does_not_decide_it_is_not_asked() {
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(Guest::welcoming("inn")).await;
    assert!(plugin.decides(Capability::Eligibility) && !plugin.decides(Capability::Scoring));
    let failed = sandbox.rules.score(&plugin, scorecard(1)).await.unwrap_err();
    assert_eq!(failed.failure, RuleFailure::NotExported { interface: "scoring" });
}

/// Scores with the upper bits of a random number.
fn dice() -> Guest {
    let mut guest = Guest::new("dice");
    let outcome = guest.outcome(0, "{}", "[]", (0, 0));
    guest.score(format!(
        "(drop (call $random))
        (i64.store (i32.const {}) (i64.shr_u (call $random) (i64.const 11)))
        (i32.const {outcome})",
        outcome + 8
    ))
}

#[tokio::test]
async fn the_same_call_gives_the_same_answer() {
    let first = Sandbox::new();
    let second = Sandbox::new();
    let mut scores = Vec::new();
    for sandbox in [&first, &first, &second] {
        let plugin = sandbox.admit(dice()).await;
        let call = sandbox.rules.score(&plugin, scorecard(42)).await.unwrap();
        scores.push((call.answer, call.usage.fuel));
    }
    assert_eq!(scores[0], scores[1]);
    assert_eq!(scores[0], scores[2]);
    // The second number from the seed 42, as it will be for ever.
    let Assessment::Scored(outcome) = &scores[0].0 else { panic!("refused") };
    assert_eq!(outcome.score, 5_881_210_131_331_364_753 >> 11);

    let plugin = first.admit(dice()).await;
    let other = first.rules.score(&plugin, scorecard(43)).await.unwrap().answer;
    assert_ne!(other, scores[0].0);
}

#[tokio::test]
async fn a_nan_has_the_same_bits_everywhere() {
    let mut guest = Guest::new("nan");
    let outcome = guest.outcome(0, "{}", "[]", (0, 0));
    // The bits of 0/0, cut to what a score can hold: the sign is all that machines disagree on.
    let guest = guest.score(format!(
        "(i64.store (i32.const {})
            (i64.shr_u (i64.reinterpret_f64 (f64.div (f64.const 0) (f64.const 0))) (i64.const 51)))
        (i32.const {outcome})",
        outcome + 8
    ));
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(guest).await;
    let Assessment::Scored(outcome) = sandbox.rules.score(&plugin, scorecard(1)).await.unwrap().answer else {
        panic!("refused");
    };
    assert_eq!(outcome.score, 0b0_1111_1111_1111);
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Observer for Notes {
    fn rule_called(&self, call: &ObservedCall<'_>) {
        let ObservedCall { plugin, interface, outcome, fuel, .. } = call;
        let note = format!("{plugin} {interface} {outcome} {}", if *fuel > 0 { "fuel" } else { "none" });
        self.0.lock().unwrap().push(note);
    }
}

#[tokio::test]
async fn calls_are_observed() {
    let notes = Notes::default();
    let sandbox = Sandbox::watched(|_| {}, notes.clone());
    let mut guest = Guest::new("watched");
    let refuse = guest.refuse("NO", (0, 0));
    let plugin = sandbox.admit(guest.check(format!("(i32.const {refuse})")).score("unreachable")).await;
    sandbox.rules.check(&plugin, application()).await.unwrap();
    sandbox.rules.score(&plugin, scorecard(1)).await.unwrap_err();
    sandbox.rules.payout(&plugin, page(&[])).await.unwrap_err();
    assert_eq!(
        *notes.0.lock().unwrap(),
        [
            "unpublished manifest OK fuel",
            "watched@1.2.3 eligibility REFUSED fuel",
            "watched@1.2.3 scoring RULE_TRAPPED fuel",
            "watched@1.2.3 rewards RULE_NOT_EXPORTED none",
        ]
    );
}
