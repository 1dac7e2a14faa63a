//! Final standings, reckoned from what the API shows.

use crate::demo::wire::Participant;

/// A place in the standings.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// From 1. Equal scores share a rank, and the ranks after them are left out.
    pub rank: usize,
    /// Who has it.
    pub participant: Participant,
}

/// Ranks those who are still in: best score first, ties in the order in which the scores were reached.
pub(super) fn rank(mut participants: Vec<Participant>) -> Vec<Ranked> {
    participants.retain(|participant| matches!(&*participant.status, "ACTIVE" | "COMPLETED"));
    participants.sort_by(|a, b| {
        b.score.cmp(&a.score).then_with(|| a.score_at.cmp(&b.score_at)).then_with(|| a.player_id.cmp(&b.player_id))
    });
    let mut standings: Vec<Ranked> = Vec::with_capacity(participants.len());
    for participant in participants {
        let rank = match standings.last() {
            Some(above) if above.participant.score == participant.score => above.rank,
            _ => standings.len() + 1,
        };
        standings.push(Ranked { rank, participant });
    }
    standings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_scores_share_a_rank_and_who_left_has_none() {
        let row = |player: &str, score: i64, second: u32, status: &str| -> Participant {
            let at = format!("2026-01-01T00:00:{second:02}Z");
            serde_json::from_value(
                json!({ "playerId": player, "status": status, "score": score, "scoreAt": at, "version": 1 }),
            )
            .unwrap()
        };
        let standings = rank(vec![
            row("late", 7, 9, "ACTIVE"),
            row("low", 1, 0, "ACTIVE"),
            row("gone", 99, 0, "LEFT"),
            row("early", 7, 1, "COMPLETED"),
        ]);
        let places: Vec<_> = standings.iter().map(|row| (row.rank, &*row.participant.player_id)).collect();
        assert_eq!(places, [(1, "early"), (1, "late"), (3, "low")]);
    }
}
