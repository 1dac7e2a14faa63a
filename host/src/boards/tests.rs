//! The board against a plain sort.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::DateTime;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::Board;
use crate::model::{PlayerId, Score};
use crate::store::standings::{Rank, StandingRow};

/// The standings as anybody would write them down.
fn sorted(rows: &HashMap<Arc<str>, StandingRow>) -> Vec<Rank> {
    let mut standing: Vec<_> = rows.values().filter(|row| row.stands).collect();
    standing.sort_by(|one, other| {
        (other.score, one.score_at, &one.player).cmp(&(one.score, other.score_at, &other.player))
    });
    let rank = |row: &StandingRow| standing.iter().filter(|other| other.score > row.score).count() as u64 + 1;
    let entry = |row: &&StandingRow| Rank {
        rank: rank(row),
        player_id: row.player.parse().unwrap(),
        score: Score::try_from(row.score).unwrap(),
        score_at: row.score_at,
    };
    standing.iter().map(entry).collect()
}

fn any_row(random: &mut StdRng) -> StandingRow {
    StandingRow {
        player: format!("p{}", random.random_range(0..1_500)).into(),
        score: random.random_range(0..40),
        score_at: DateTime::from_timestamp_micros(random.random_range(0..5)).unwrap(),
        stands: random.random_bool(0.8),
        version: random.random_range(1..30),
    }
}

/// Keeps the newest row of a player.
fn keep(rows: &mut HashMap<Arc<str>, StandingRow>, row: StandingRow) {
    if rows.get(&row.player).is_none_or(|known| known.version < row.version) {
        rows.insert(Arc::clone(&row.player), row);
    }
}

fn key(entry: &Rank) -> (Score, crate::model::Time, PlayerId) {
    (entry.score, entry.score_at, entry.player_id.clone())
}

#[test]
fn it_is_what_a_sort_gives_in_whatever_order_changes_arrive() {
    let mut random = StdRng::seed_from_u64(7);
    let (mut board, mut rows) = (Board::default(), HashMap::<Arc<str>, StandingRow>::new());
    for step in 0..6_000 {
        let row = any_row(&mut random);
        board.merge(&row);
        keep(&mut rows, row);
        if step % 500 != 0 {
            continue;
        }
        let all = sorted(&rows);
        assert_eq!(board.len(), all.len());
        let mut paged: Vec<Rank> = Vec::new();
        loop {
            let page = board.page(paged.last().map(key).as_ref(), 7);
            paged.extend(page.entries);
            assert_eq!(page.total, all.len() as u64);
            if !page.more {
                break;
            }
        }
        assert_eq!(paged, all);
        for (position, entry) in all.iter().enumerate() {
            let player = entry.player_id.as_str();
            assert_eq!(board.rank(player), Some(entry.rank));
            assert_eq!(board.standing(player).as_ref(), Some(entry));
            let around = board.around(player, 5).unwrap();
            let start = position.saturating_sub(2).min(all.len().saturating_sub(5));
            assert_eq!(around.entries, all[start..all.len().min(start + 5)]);
        }
        for gone in rows.values().filter(|row| !row.stands) {
            assert_eq!(board.rank(&gone.player), None);
        }
    }
    // Down to nobody, and up again.
    for row in rows.values_mut() {
        (row.stands, row.version) = (false, 100);
        board.merge(row);
    }
    assert!(board.is_empty());
    assert_eq!(board.page(None, 10).entries, []);
    for row in rows.values_mut() {
        (row.stands, row.version) = (true, 101);
        board.merge(row);
    }
    assert_eq!(board.page(None, 5_000).entries, sorted(&rows));
}

#[test]
fn what_was_loaded_takes_in_what_was_noted_meanwhile() {
    let mut random = StdRng::seed_from_u64(11);
    let (mut rows, mut noted, mut notes) = (HashMap::new(), Board::default(), HashMap::new());
    for _ in 0..2_000 {
        keep(&mut rows, any_row(&mut random));
        let note = any_row(&mut random);
        noted.merge(&note);
        keep(&mut notes, note);
    }
    let mut loaded = Board::of(rows.values().cloned().collect());
    assert_eq!(loaded.page(None, 5_000).entries, sorted(&rows));
    loaded.absorb(&noted);
    notes.into_values().for_each(|note| keep(&mut rows, note));
    assert_eq!(loaded.page(None, 5_000).entries, sorted(&rows));
    for row in rows.values() {
        assert_eq!(loaded.rank(&row.player).is_some(), row.stands);
    }
}
