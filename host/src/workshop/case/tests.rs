use serde_json::json;

use super::*;
use crate::rules::abi;

fn problem(case: &Value) -> String {
    Case::parse(&case.to_string()).expect_err("not a case").to_string()
}

#[test]
fn what_is_left_out_has_a_plain_default() {
    let case = json!({
        "name": "n", "call": "scoring.score",
        "input": { "participation": { "player": { "id": "p1" } } },
        "expect": { "score": 5 },
    });
    let case = Case::parse(&case.to_string()).expect("a case");
    let Question::Score(card) = &case.question else { panic!("another call") };
    let card = abi::Scorecard::from(card);
    assert_eq!((card.event.type_, card.event.name.as_str()), (abi::EventType::Festival, "test"));
    assert_eq!((card.event.objectives.as_str(), card.event.parameters.as_str()), ("[]", "{}"));
    assert_eq!((card.participation.status, card.participation.score), (abi::ParticipantStatus::Active, 0));
    assert_eq!((card.report.actions.len(), card.report.progress, card.seed), (0, None, 0));
    let expected = json!({ "score": 5, "progress": {}, "achievements": [], "completed": false, "counters": {} });
    assert_eq!(case.expected, Some(expected));
}

#[test]
fn members_are_written_as_on_the_wire() {
    let case = json!({
        "name": "n", "call": "rewards.payout",
        "input": {
            "event": {
                "id": "0190a5c4-0000-7000-8000-000000000001", "type": "INVASION", "name": "Hydra", "region": "north",
                "difficulty": "EXTREME", "startsAt": 1, "endsAt": 2, "participants": 3, "capacity": 4,
                "objectives": [{ "o": 1 }], "rewards": [{ "r": 1 }], "data": { "d": 1 }, "parameters": { "p": 1.0 },
                "counters": { "b": -2, "a": 1 },
            },
            "offset": 10,
            "rows": [{
                "rank": 11,
                "participation": {
                    "player": { "id": "p1", "attributes": { "level": 3 } }, "status": "COMPLETED", "score": 7,
                    "progress": { "hits": 1 }, "achievements": [{ "id": "x" }], "joinedAt": 5, "lastActivity": 6,
                },
            }],
            "now": 8, "seed": 9,
        },
        "expect": { "grants": [{ "player": "p1", "rewardType": "item", "rewardId": "scale", "amount": 1 }] },
    });
    let case = Case::parse(&case.to_string()).expect("a case");
    let Question::Payout(page) = &case.question else { panic!("another call") };
    let page = abi::Page::from(page);
    assert_eq!((page.offset, page.total, page.now, page.seed), (10, 11, 8, 9));
    assert_eq!((page.event.type_, page.event.difficulty), (abi::EventType::Invasion, abi::Difficulty::Extreme));
    assert_eq!((page.event.starts_at, page.event.ends_at, page.event.capacity), (1, Some(2), Some(4)));
    assert_eq!((page.event.data.as_str(), page.event.parameters.as_str()), (r#"{"d":1}"#, r#"{"p":1}"#));
    let counters: Vec<_> = page.event.counters.iter().map(|it| (it.name.as_str(), it.value)).collect();
    assert_eq!(counters, [("a", 1), ("b", -2)]);
    let row = &page.rows[0];
    assert_eq!((row.rank, row.participation.status), (11, abi::ParticipantStatus::Completed));
    assert_eq!((row.participation.joined_at, row.participation.last_activity), (5, 6));
    assert_eq!(row.participation.player.attributes, r#"{"level":3}"#);
    let grant = json!({ "player": "p1", "rewardType": "item", "rewardId": "scale", "amount": 1, "reason": "" });
    assert_eq!(case.expected, Some(json!({ "grants": [grant] })));
}

#[test]
fn equal_numbers_look_the_same() {
    let outcome = |progress: &str| {
        let text = format!(
            r#"{{"name": "n", "call": "scoring.score", "input": {{"participation": {{"player": {{"id": "p"}}}}}},
                "expect": {{"score": 1, "progress": {progress}}}}}"#
        );
        Case::parse(&text).expect("a case").expected
    };
    assert_eq!(outcome(r#"{"share": 5.0}"#), outcome(r#"{"share": 5}"#));
    assert_ne!(outcome(r#"{"share": 5.5}"#), outcome(r#"{"share": 5}"#));
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let check = |input: Value, expect: Value| json!({ "name": "n", "call": "eligibility.check", "input": input, "expect": expect });
    let score = |report: Value, expect: Value| {
        let input = json!({ "participation": { "player": { "id": "p" } }, "report": report });
        json!({ "name": "n", "call": "scoring.score", "input": input, "expect": expect })
    };
    let (player, admit) = (json!({ "player": { "id": "p" } }), json!({ "admit": true }));
    for (case, beginning) in [
        (json!({}), "missing field `call`"),
        (
            json!({ "call": "eligibility.ask" }),
            "call: unknown variant `eligibility.ask`, expected one of `eligibility.check`",
        ),
        (json!({ "call": "eligibility.check", "nam": "n" }), "nam: unknown field `nam`, expected one of `name`"),
        (check(json!({ "player": {} }), admit.clone()), "input.player: missing field `id`"),
        (check(json!({ "player": { "id": "" } }), admit.clone()), "input.player.id: must not be empty"),
        (
            check(json!({ "player": { "id": "p" }, "event": { "type": "invasion" } }), admit.clone()),
            "input.event.type: unknown variant `invasion`, expected one of `DISASTER`",
        ),
        (check(json!({ "player": { "id": "p" }, "event": { "counters": { "": 1 } } }), admit), "input.event.counters"),
        (check(player.clone(), json!({ "admit": false })), "expect.admit: must be true; a refusal is written"),
        (
            check(player.clone(), json!({ "allow": true })),
            "expect: unknown variant `allow`, expected `admit` or `refuse`",
        ),
        (check(player, json!({ "refuse": { "code": "NO" } })), "expect.refuse: missing field `message`"),
        (
            score(json!({ "action": [] }), json!({ "score": 1 })),
            "input.report.action: unknown field `action`, expected one of `actions`",
        ),
        (
            score(json!({ "actions": [{ "kind": "hit", "amount": 1_i64 << 53 }] }), json!({ "score": 1 })),
            "input.report.actions[0].amount: must be an integer from -9007199254740991",
        ),
        (score(json!({}), json!({ "score": -1 })), "expect.score: invalid value: integer `-1`, expected u64"),
        (score(json!({}), json!({})), "expect: must have `score`, or `refuse` for a refusal"),
        (
            score(json!({}), json!({ "refuse": { "code": "A", "message": "" }, "score": 1 })),
            "expect: must have no other member beside `refuse`",
        ),
        (
            json!({ "name": " ", "call": "rewards.payout", "input": { "rows": [] }, "expect": { "grants": [] } }),
            "name: must say",
        ),
        (
            json!({ "name": "n", "call": "rewards.payout", "input": { "rows": [] }, "expect": { "grants": [{ "player": "p", "rewardType": "XP", "amount": 1 }] } }),
            "expect.grants[0].rewardType: unknown variant `XP`, expected one of `xp`",
        ),
    ] {
        let problem = problem(&case);
        assert!(problem.starts_with(beginning), "{problem}\ndoes not begin with\n{beginning}");
    }
    let broken = Case::parse("{\n  \"name\": \n}").expect_err("no JSON").to_string();
    assert!(broken.starts_with("it is not valid JSON: ") && broken.contains("line 3"), "{broken}");
}

#[test]
fn the_documented_cases_are_cases() {
    let page = include_str!("../../../../docs/plugins.md");
    let mut examples = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().expect("an end")).peekable();
    assert!(examples.peek().is_some());
    for example in examples {
        Case::parse(example).unwrap_or_else(|error| panic!("{error}: {example}"));
    }
}

/// A call that was written down is, read again, the same call.
#[test]
fn what_is_written_down_is_the_same_call() {
    let event = json!({
        "id": "0190a5c4-0000-7000-8000-000000000001", "type": "WAR", "name": "Gate", "region": "north",
        "difficulty": "EASY", "startsAt": 1, "endsAt": 2, "participants": 3, "capacity": 4, "objectives": [{ "o": 1 }],
        "rewards": [{ "r": 1 }], "data": { "d": 1 }, "parameters": { "p": 1 }, "counters": { "a": 1, "b": -2 },
    });
    let participation = json!({
        "player": { "id": "p1", "attributes": { "level": 3 } }, "status": "COMPLETED", "score": 5,
        "progress": { "n": 1 }, "achievements": [{ "id": "x" }], "joinedAt": 6, "lastActivity": 7,
    });
    let report = json!({
        "actions": [{ "kind": "hit", "amount": -3, "attributes": { "a": 1 } }, { "kind": "x", "amount": 0 }],
        "progress": {}, "at": 8,
    });
    let least = json!({ "player": { "id": "p1" } });
    for (call, input) in [
        ("eligibility.check", json!({ "event": event, "player": { "id": "p1" }, "now": 5, "seed": 6 })),
        (
            "eligibility.check",
            json!({ "player": { "id": "p1" }, "participation": { "score": 4, "progress": { "n": 1 } } }),
        ),
        ("eligibility.check", json!({ "player": { "id": "p1" }, "participation": {} })),
        ("eligibility.check", least.clone()),
        ("scoring.score", json!({ "event": event, "participation": participation, "report": report, "seed": 9 })),
        ("scoring.score", json!({ "participation": least })),
        (
            "rewards.payout",
            json!({
                "event": event, "offset": 3, "total": 9, "rows": [{ "rank": 2, "participation": participation }], "now": 1,
                "seed": 2,
            }),
        ),
        ("rewards.payout", json!({ "rows": [] })),
    ] {
        let read = |case: &str| match Case::parse(case).expect("a case").question {
            Question::Check(of) => write::Input::Check((&of).into()),
            Question::Score(of) => write::Input::Score((&of).into()),
            Question::Payout(of) => write::Input::Payout((&of).into()),
        };
        let call = read(&json!({ "name": "n", "call": call, "input": input }).to_string());
        let case = write::WrittenCase::new("n", &call, None).text();
        assert_eq!(format!("{:?}", read(&case)), format!("{call:?}"), "{case}");
        assert_eq!(serde_json::from_str::<Value>(&case).expect("JSON")["input"], input);
    }
}
