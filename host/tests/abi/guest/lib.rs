//! A plugin that answers with what it is handed. It is built with a released copy of the ABI in `wit/`, and without the SDK.

wit_bindgen::generate!({
    path: "wit",
    inline: "
        package test:released;

        world plugin {
            import world-events:rules/host@VERSION;
            export world-events:rules/manifest@VERSION;
            export world-events:rules/eligibility@VERSION;
            export world-events:rules/scoring@VERSION;
            export world-events:rules/rewards@VERSION;
        }
    ",
    world: "test:released/plugin",
    generate_all,
});

use exports::world_events::rules::{eligibility, manifest, rewards, scoring};
use world_events::rules::host::{self, Level};
use world_events::rules::types::{Counter, Refusal, RewardType};

struct Released;

export!(Released);

impl manifest::Guest for Released {
    fn describe() -> manifest::Description {
        manifest::Description {
            name: "released-guest".into(),
            version: "1.0.0".into(),
            description: "Built from a released copy of the ABI.".into(),
            parameters_schema: r#"{"type": "object", "properties": {"level": {"type": "integer"}}}"#.into(),
            extra: "{}".into(),
        }
    }
}

impl eligibility::Guest for Released {
    fn check(application: eligibility::Application) -> Result<eligibility::Admission, Refusal> {
        let player = application.player;
        host::log(Level::Warn, &format!("{} is at the door", player.id));
        if let Some(before) = application.participation {
            return Err(Refusal {
                code: "HAS_PLAYED".into(),
                message: format!("{} left with {} points", before.player.id, before.score),
                details: player.attributes,
            });
        }
        Ok(eligibility::Admission {
            progress: format!(r#"{{"region": "{}", "now": {}}}"#, application.event.region, application.now),
            counters: vec![Counter { name: "joined".into(), value: 1 }],
            extra: String::new(),
        })
    }
}

impl scoring::Guest for Released {
    fn score(card: scoring::Scorecard) -> Result<scoring::Outcome, Refusal> {
        let Some(first) = card.report.actions.first() else {
            return Err(Refusal {
                code: "NOTHING_DONE".into(),
                message: "a report says what was done".into(),
                details: String::new(),
            });
        };
        let roll = host::random_u64();
        Ok(scoring::Outcome {
            score: card.participation.score + first.amount.unsigned_abs(),
            progress: card.report.progress.unwrap_or(card.participation.progress),
            achievements: format!(r#"[{{"first": "{}", "roll": "{roll}"}}]"#, first.kind),
            completed: true,
            counters: vec![Counter { name: "damage".into(), value: -first.amount }],
            extra: "{}".into(),
        })
    }
}

impl rewards::Guest for Released {
    fn payout(page: rewards::Page) -> Vec<rewards::Grant> {
        let total = page.total;
        let grant = |row: rewards::Standing| rewards::Grant {
            player: row.participation.player.id,
            reward_type: RewardType::Item,
            reward_id: Some(format!("cup-{}", row.rank)),
            amount: row.participation.score * (total + 1 - row.rank),
            reason: page.event.name.clone(),
            extra: String::new(),
        };
        page.rows.into_iter().map(grant).collect()
    }
}
