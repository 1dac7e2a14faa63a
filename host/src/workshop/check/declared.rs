//! What a designer declares about a rule: `check.toml` beside the plugin.
//!
//! ```toml
//! order-matters = true      # the order of actions and reports counts
//! score-may-fall = true     # a report may cost points
//! pages-matter = true       # what somebody is paid depends on where pages end
//! share = 25                # percent of a limit that a call may use
//! players = 100             # the most players that a generated event has
//!
//! [event]                   # as in simulation.toml
//! parameters = { minLevel = 10 }
//!
//! [attributes]
//! level = { integer = [1, 60], absent = 0.1 }
//!
//! [[action]]
//! kind = "hit"
//! amount = { integer = [0, 20_000] }
//!
//! [[budget]]
//! reward-type = "xp"
//! most = 100_000
//! ```
//!
//! Event, actions and attributes that it does not declare are those of `simulation.toml`, if that lies beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::workshop::scenario::{self, ActionPlan, Budget, Draw, EventPlan, ScenarioError, WrongValue, budget};
use crate::workshop::simulate::Population;

/// The most players that a generated event may have: they are to fit one page.
const MAX_PLAYERS: usize = 250;

/// How many a generated event has at most, unless something else is declared.
const PLAYERS: usize = 40;

/// How much of a limit a call may use, in percent, unless something else is declared.
const SHARE: f64 = 50.0;

/// What is declared.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The order of actions and reports counts.
    pub order_matters: bool,
    /// A report may cost points.
    pub score_may_fall: bool,
    /// What somebody is paid depends on where pages end.
    pub pages_matter: bool,
    /// Percent of a limit that a call may use.
    pub share: f64,
    /// The most players that a generated event has.
    pub players: usize,
    /// The event.
    pub event: EventPlan,
    /// The file that the event was read from, if any.
    pub event_file: Option<PathBuf>,
    /// What the game knows of players: for each attribute, the ways in which it is drawn.
    pub attributes: BTreeMap<String, Vec<Draw>>,
    /// What the game reports.
    pub actions: Vec<ActionPlan>,
    /// What may be paid.
    pub budget: Vec<Budget>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Written {
    order_matters: bool,
    score_may_fall: bool,
    pages_matter: bool,
    share: Option<f64>,
    players: Option<usize>,
    event: Option<EventPlan>,
    attributes: BTreeMap<String, Draw>,
    action: Vec<ActionPlan>,
    budget: Vec<Budget>,
}

impl Declared {
    /// Reads what is declared beside a plugin, which may be nothing.
    ///
    /// # Errors
    /// A file cannot be read, or something in it is wrong.
    pub fn load(file: &Path, population: &Path) -> Result<Self, ScenarioError> {
        let written: Written = if file.exists() { scenario::read(file)? } else { Written::default() };
        let wrong = |place: &str, problem: &str| Err(WrongValue::new(place, problem).within(file));
        let (share, players) = (written.share.unwrap_or(SHARE), written.players.unwrap_or(PLAYERS));
        if !(share > 0.0 && share <= 100.0) {
            return wrong("share", "must be a number of percent above 0 and up to 100");
        }
        if !(1..=MAX_PLAYERS).contains(&players) {
            return wrong("players", &format!("must be from 1 to {MAX_PLAYERS}"));
        }
        budget::check(&written.budget).map_err(|wrong| wrong.within(file))?;
        let mut declared = Self {
            order_matters: written.order_matters,
            score_may_fall: written.score_may_fall,
            pages_matter: written.pages_matter,
            share,
            players,
            event_file: written.event.as_ref().map(|_| file.to_owned()),
            event: written.event.unwrap_or_default(),
            attributes: written.attributes.into_iter().map(|(name, draw)| (name, vec![draw])).collect(),
            actions: written.action,
            budget: written.budget,
        };
        if population.exists() {
            declared.complete(Population::load(population)?, population);
        }
        Ok(declared)
    }

    /// Takes from a population what is not declared.
    fn complete(&mut self, population: Population, file: &Path) {
        if self.event_file.is_none() {
            self.event = population.event;
            self.event_file = Some(file.to_owned());
        }
        if self.attributes.is_empty() {
            for (name, draw) in population.groups.iter().flat_map(|group| &group.attributes) {
                self.attributes.entry(name.clone()).or_default().push(draw.clone());
            }
        }
        if self.actions.is_empty() {
            self.actions = population.groups.into_iter().flat_map(|group| group.actions).collect();
        }
    }
}
