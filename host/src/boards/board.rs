//! The standings of one event, in an order-statistic set: ranks and pages take a few comparisons, however many players.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::DateTime;
use indexset::BTreeSet;

use crate::model::{Participation, Score};
use crate::store::standings::{Leaderboard, Rank, StandingKey, StandingRow};

/// A player's place: best score first, then who reached it first, then by id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    score: Reverse<i64>,
    /// Unix microseconds.
    score_at: i64,
    player: Arc<str>,
}

/// What is known of a player, also of one who is gone: what comes late must not bring the player back.
#[derive(Debug, Clone, Copy)]
struct Known {
    score: i64,
    score_at: i64,
    /// Twice the participation's version, plus one if the player stands on the board.
    state: i64,
}

impl Known {
    const fn version(self) -> i64 {
        self.state >> 1
    }

    const fn stands(self) -> bool {
        self.state & 1 == 1
    }

    /// Where the player stands, if at all.
    fn place(self, player: &Arc<str>) -> Option<Place> {
        let Self { score, score_at, .. } = self;
        self.stands().then(|| Place { score: Reverse(score), score_at, player: Arc::clone(player) })
    }
}

impl From<&Participation> for Known {
    fn from(Participation { score, score_at, version, status, .. }: &Participation) -> Self {
        let state = version.saturating_mul(2) | i64::from(status.is_inside());
        Self { score: score.get(), score_at: score_at.timestamp_micros(), state }
    }
}

impl From<&StandingRow> for Known {
    fn from(StandingRow { score, score_at, version, stands, .. }: &StandingRow) -> Self {
        let state = version.saturating_mul(2) | i64::from(*stands);
        Self { score: *score, score_at: score_at.timestamp_micros(), state }
    }
}

/// The standings of one event.
#[derive(Debug, Default)]
pub struct Board {
    places: BTreeSet<Place>,
    /// Shares its ids with the places.
    known: HashMap<Arc<str>, Known>,
}

impl Board {
    /// How many players stand on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nobody stands on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The board of rows that were read in one go, at most one of each player. They are sorted once, which costs less
    /// than as many merges.
    #[must_use]
    pub fn of(rows: Vec<StandingRow>) -> Self {
        let mut places: Vec<Place> = rows.iter().filter_map(|row| Known::from(row).place(&row.player)).collect();
        places.sort_unstable();
        let known = rows.into_iter().map(|row| (Arc::clone(&row.player), Known::from(&row))).collect();
        Self { places: places.into_iter().collect(), known }
    }

    /// Takes note of a participation.
    pub fn note(&mut self, participation: &Participation) {
        self.apply(participation.player_id.as_str(), participation.into());
    }

    /// Takes in a row of the database.
    pub fn merge(&mut self, row: &StandingRow) {
        self.apply(Arc::clone(&row.player), row.into());
    }

    /// Takes in all that another board knows.
    pub fn absorb(&mut self, other: &Self) {
        for (player, known) in &other.known {
            self.apply(Arc::clone(player), *known);
        }
    }

    /// Keeps what is new, by the version.
    fn apply(&mut self, player: impl AsRef<str> + Into<Arc<str>>, new: Known) {
        let id = match self.known.get_key_value(player.as_ref()) {
            Some((_, old)) if old.version() >= new.version() => return,
            Some((id, old)) => {
                let (id, old) = (Arc::clone(id), *old);
                if new.stands() && old.stands() && (old.score, old.score_at) == (new.score, new.score_at) {
                    self.known.insert(id, new);
                    return;
                }
                if let Some(place) = old.place(&id) {
                    self.places.remove(&place);
                }
                id
            }
            None => player.into(),
        };
        if let Some(place) = new.place(&id) {
            self.places.insert(place);
        }
        self.known.insert(id, new);
    }

    fn find(&self, player: &str) -> Option<Place> {
        let (id, known) = self.known.get_key_value(player)?;
        known.place(id)
    }

    /// One more than there are players with a higher score.
    fn rank_of(&self, score: Reverse<i64>) -> u64 {
        let first = Place { score, score_at: i64::MIN, player: Arc::default() };
        self.places.rank(&first) as u64 + 1
    }

    /// The rank of a player; equal scores share one.
    #[must_use]
    pub fn rank(&self, player: &str) -> Option<u64> {
        let known = self.known.get(player).filter(|known| known.stands())?;
        Some(self.rank_of(Reverse(known.score)))
    }

    /// Where a player stands.
    #[must_use]
    pub fn standing(&self, player: &str) -> Option<Rank> {
        let place = self.find(player)?;
        rank(self.rank_of(place.score), &place)
    }

    /// The players behind a key, which need not be that of anybody any more.
    #[must_use]
    pub fn page(&self, after: Option<&StandingKey>, limit: u32) -> Leaderboard {
        let start = after.map_or(0, |(score, at, player)| {
            let key = Place {
                score: Reverse(score.get()),
                score_at: at.timestamp_micros(),
                player: Arc::from(player.as_str()),
            };
            let position = self.places.rank(&key);
            position + usize::from(self.at(position) == Some(&key))
        });
        self.slice(start, limit as usize)
    }

    /// The players around one: a page with that player in its middle, or nearer to an end of the standings.
    #[must_use]
    pub fn around(&self, player: &str, limit: u32) -> Option<Leaderboard> {
        let position = self.places.rank(&self.find(player)?);
        let limit = limit as usize;
        let start = position.saturating_sub(limit / 2).min(self.len().saturating_sub(limit));
        Some(self.slice(start, limit))
    }

    /// The set looks beyond its end without a check of its own.
    fn at(&self, position: usize) -> Option<&Place> {
        if position < self.len() { self.places.get_index(position) } else { None }
    }

    fn slice(&self, start: usize, limit: usize) -> Leaderboard {
        let end = start.saturating_add(limit).min(self.len());
        let mut entries: Vec<Rank> = Vec::with_capacity(end.saturating_sub(start));
        for (position, place) in (start..end).filter_map(|position| Some((position, self.at(position)?))) {
            let number = match entries.last() {
                Some(above) if above.score.get() == place.score.0 => above.rank,
                Some(_) => position as u64 + 1,
                None => self.rank_of(place.score),
            };
            entries.extend(rank(number, place));
        }
        Leaderboard { entries, total: self.len() as u64, more: end < self.len() }
    }
}

/// A place as it is shown. What is on the board came from the database or the model, and is therefore within range.
fn rank(rank: u64, place: &Place) -> Option<Rank> {
    Some(Rank {
        rank,
        player_id: place.player.parse().ok()?,
        score: Score::try_from(place.score.0).ok()?,
        score_at: DateTime::from_timestamp_micros(place.score_at)?,
    })
}
