//! The players: who they are, and what they do next.

use chrono::TimeDelta;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::Distribution as _;
use rand_distr::weighted::WeightedIndex;
use std::sync::Arc;

use super::population::{Group, Leaving, Population};
use crate::model::action::{Action, MAX_ACTIONS};
use crate::model::json::{JsonError, MAX_REPORT_BYTES, encoded_len};
use crate::model::text::TextError;
use crate::model::{Object, Participation, PlayerId, Time};
use crate::referee::Attributes;
use crate::workshop::scenario::action::object;

/// What a player sends.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// What was done.
    pub actions: Vec<Action>,
    /// A merge patch for the progress.
    pub progress: Option<Object>,
}

/// A player.
#[derive(Debug)]
pub struct Player {
    /// Who.
    pub id: PlayerId,
    /// Which of the groups.
    pub group: usize,
    /// What the game knows.
    pub attributes: Arc<Attributes>,
    /// How the player stands, once joined.
    pub participation: Option<Arc<Participation>>,
    /// When the player means to leave.
    pub leaves_at: Option<Time>,
    rng: ChaCha8Rng,
}

/// Why the players of a group cannot be made up.
#[derive(Debug, thiserror::Error)]
pub enum CrowdError {
    /// What is drawn is more than a server takes.
    #[error("group {group}: what is drawn for {what} {source}")]
    TooLarge {
        /// The group.
        group: String,
        /// What of it.
        what: &'static str,
        /// What a server says.
        source: JsonError,
    },
    /// A report would be larger than a server takes.
    #[error(
        "group {group}: a report of {bytes} bytes is drawn, and a server takes {MAX_REPORT_BYTES}; lower actions-per-report, \
         or say less about each action"
    )]
    ReportTooLarge {
        /// The group.
        group: String,
        /// What it has.
        bytes: usize,
    },
    /// A name is no player's id.
    #[error("a player cannot be called {id}: {source}")]
    Id {
        /// The name.
        id: String,
        /// What is wrong with it.
        source: TextError,
    },
    /// The groups' shares cannot be weighed against each other.
    #[error("the shares of the groups {0}")]
    Shares(String),
}

/// The groups, ready to draw players of.
#[derive(Debug)]
pub struct Crowd {
    groups: Vec<Group>,
    shares: WeightedIndex<f64>,
    /// What the players of each group do.
    actions: Vec<Option<WeightedIndex<f64>>>,
    seed: u64,
}

impl Crowd {
    /// The crowd that a population describes.
    ///
    /// # Errors
    /// The shares are not such that one can draw by them.
    pub fn new(population: &Population, seed: u64) -> Result<Self, CrowdError> {
        let weights = |of: Vec<f64>| WeightedIndex::new(of).map_err(|error| CrowdError::Shares(error.to_string()));
        let groups = population.groups.clone();
        let actions = |group: &Group| {
            let of: Vec<f64> = group.actions.iter().map(|action| action.weight).collect();
            if of.is_empty() { Ok(None) } else { weights(of).map(Some) }
        };
        Ok(Self {
            shares: weights(groups.iter().map(|group| group.share).collect())?,
            actions: groups.iter().map(actions).collect::<Result<_, _>>()?,
            groups,
            seed,
        })
    }

    /// The player of this number, from 0. Whatever the others do, it is always the same one.
    ///
    /// # Errors
    /// What is drawn is more than a server takes.
    pub fn player(&self, number: u32) -> Result<Player, CrowdError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::from(number));
        let index = self.shares.sample(&mut rng);
        let (name, attributes) = match self.groups.get(index) {
            Some(group) => (group.name.as_str(), object(&group.attributes, &mut rng)),
            None => ("", Ok(Object::default())),
        };
        let attributes = attributes.map_err(|source| self.too_large(index, "attributes", source))?;
        let id = format!("{name}-{}", number + 1);
        let id = PlayerId::try_from(id.clone()).map_err(|source| CrowdError::Id { id, source })?;
        let attributes = Arc::new(Attributes::new(attributes));
        Ok(Player { id, group: index, attributes, participation: None, leaves_at: None, rng })
    }

    /// The group that a player belongs to.
    pub fn group(&self, player: &Player) -> Option<&Group> {
        self.groups.get(player.group)
    }

    /// When a player joins first, after the start.
    pub fn joins_after(&self, player: &mut Player) -> TimeDelta {
        let minutes = self.groups.get(player.group).map(|group| group.joins_at_minute.number(&mut player.rng));
        span(minutes.unwrap_or_default(), 60.0)
    }

    /// How long it takes to the next report; at least a millisecond.
    pub fn reports_after(&self, player: &mut Player) -> TimeDelta {
        let seconds = self.groups.get(player.group).map(|group| group.reports_every_seconds.number(&mut player.rng));
        span(seconds.unwrap_or(60.0), 1.0).max(TimeDelta::milliseconds(1))
    }

    /// How long a player who joins now stays; `None`: to the end.
    pub fn stays(&self, player: &mut Player) -> Option<TimeDelta> {
        let Leaving { share, after_minutes, .. } = self.groups.get(player.group)?.leaving.as_ref()?;
        let leaves = player.rng.random_bool(*share);
        let stay = span(after_minutes.number(&mut player.rng), 60.0).max(TimeDelta::milliseconds(1));
        leaves.then_some(stay)
    }

    /// After how long a player who leaves now comes back, if ever.
    pub fn returns_after(&self, player: &mut Player) -> Option<TimeDelta> {
        let back = self.groups.get(player.group)?.leaving.as_ref()?.back_after_minutes.as_ref()?;
        Some(span(back.number(&mut player.rng), 60.0).max(TimeDelta::milliseconds(1)))
    }

    /// What a player reports.
    ///
    /// # Errors
    /// It is more than a server takes.
    pub fn report(&self, player: &mut Player) -> Result<Sent, CrowdError> {
        let index = player.group;
        let (Some(group), Some(weights)) = (self.groups.get(index), self.actions.get(index)) else {
            return Ok(Sent::default());
        };
        let rng = &mut player.rng;
        let mut sent = Sent::default();
        if let Some(weights) = weights {
            let count = group.actions_per_report.integer(rng).clamp(0, MAX_ACTIONS as i64);
            for _ in 0..count {
                let plan = group.actions.get(weights.sample(rng));
                let drawn = plan.map(|plan| plan.draw(rng)).transpose();
                sent.actions
                    .extend(drawn.map_err(|source| self.too_large(index, "the attributes of actions", source))?);
            }
        }
        if !group.progress.is_empty() {
            let drawn = object(&group.progress, rng);
            sent.progress = Some(drawn.map_err(|source| self.too_large(index, "progress", source))?);
        }
        let bytes = encoded_len(&sent.actions).saturating_add(encoded_len(&sent.progress));
        if bytes > MAX_REPORT_BYTES {
            return Err(CrowdError::ReportTooLarge { group: group.name.clone(), bytes });
        }
        Ok(sent)
    }

    fn too_large(&self, group: usize, what: &'static str, source: JsonError) -> CrowdError {
        let group = self.groups.get(group).map(|group| group.name.clone()).unwrap_or_default();
        CrowdError::TooLarge { group, what, source }
    }
}

/// So many units of so many seconds; negative ones are none, and none is longer than an event can be.
#[expect(clippy::cast_possible_truncation, reason = "it is brought into a range before")]
fn span(units: f64, seconds: f64) -> TimeDelta {
    const LONGEST_MS: f64 = 1e15;
    TimeDelta::milliseconds((units * seconds * 1_000.0).clamp(0.0, LONGEST_MS).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(seed: u64) -> Crowd {
        let population: Population = toml::from_str(
            "[[group]]\nname = 'many'\nshare = 3\nattributes.level = { integer = [1, 1_000_000] }\n\
             reports-every-seconds = { exponential = 30 }\nactions-per-report = 3\n\
             action = [{ kind = 'hit', amount = { integer = [1, 1_000_000] } }]\n\
             [[group]]\nname = 'few'\nleaving = { share = 0.5, after-minutes = 3 }",
        )
        .unwrap();
        Crowd::new(&population, seed).unwrap()
    }

    #[test]
    fn a_player_depends_on_the_seed_and_the_number_alone() {
        let draw = |seed: u64, number: u32| {
            let crowd = crowd(seed);
            let mut player = crowd.player(number).unwrap();
            let report = crowd.report(&mut player).unwrap().actions;
            (player.id.clone(), player.attributes.object.clone(), report, crowd.reports_after(&mut player))
        };
        let many = (0..20).find(|number| draw(1, *number).0.as_str().starts_with("many")).unwrap();
        assert_eq!(draw(1, many), draw(1, many));
        assert_ne!(draw(1, many).1, draw(2, many).1);
        assert_eq!(draw(1, many).2.len(), 3);
    }

    #[test]
    fn groups_have_their_share_and_some_of_them_leave() {
        let crowd = crowd(5);
        let mut players: Vec<Player> = (0..2_000).map(|number| crowd.player(number).unwrap()).collect();
        let few: Vec<&mut Player> =
            players.iter_mut().filter(|player| player.id.as_str().starts_with("few-")).collect();
        assert!((450..550).contains(&few.len()), "{}", few.len());
        let stays: Vec<_> = few.into_iter().filter_map(|player| crowd.stays(player)).collect();
        assert!((180..320).contains(&stays.len()), "{}", stays.len());
        assert!(stays.iter().all(|stay| *stay == TimeDelta::minutes(3)));
    }

    #[test]
    fn times_are_bounded() {
        assert_eq!(span(1.5, 60.0), TimeDelta::seconds(90));
        assert_eq!(span(-1.0, 60.0), TimeDelta::zero());
        assert_eq!(span(f64::NAN, 1.0).max(TimeDelta::zero()), TimeDelta::zero());
        assert_eq!(span(f64::MAX, 60.0), TimeDelta::milliseconds(1_000_000_000_000_000));
    }
}
