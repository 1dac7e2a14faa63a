//! The story: what is played, one file for each part.

mod cancelled;
mod claims;
mod festival;
mod invasion;
mod preparation;
mod standings;
mod tournament;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use chrono::Utc;
use serde_json::{Value, json};
use uuid::Uuid;

pub use self::claims::RewardLine;
pub use self::standings::Ranked;
use super::client::{Answer, Client, Session};
use super::crowd;
use super::expectations::Expectations;
use super::plugins::Module;
use super::population::Player;
use super::progress::Step;
use super::wire::{Event, Participant, Participants, Template};
use crate::auth::Role;

/// How long a payout may take.
const SETTLEMENT_LIMIT: Duration = Duration::from_secs(60);

/// How often to look whether it is done.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Everybody who plays, and what they know.
#[derive(Debug)]
pub struct Story {
    client: Client,
    /// Publishes plugins, makes templates and events.
    pub designer: Session,
    /// Runs the world.
    pub operator: Session,
    /// Tells the server what players are and do.
    pub game: Session,
    players: Vec<Player>,
    /// What has to be true.
    pub expectations: Expectations,
}

/// What happened in one event.
#[derive(Debug, Default)]
pub struct Chapter {
    /// The event's name.
    pub name: String,
    /// A few sentences about it.
    pub facts: Vec<String>,
    /// The best, best first.
    pub standings: Vec<Ranked>,
    /// Refused requests, by code: how many, and what one of them was told.
    pub refusals: BTreeMap<String, Refusals>,
    /// What was granted, by reason and kind.
    pub rewards: Vec<RewardLine>,
}

/// Requests that were refused for the same reason.
#[derive(Debug, Default)]
pub struct Refusals {
    /// How many.
    pub count: usize,
    /// What one of them was told.
    pub example: String,
}

impl Chapter {
    fn new(event: &Event) -> Self {
        Self { name: event.name.clone(), ..Self::default() }
    }

    /// Notes an answer if it is a refusal, and gives its outcome.
    fn note(&mut self, answer: &Answer) -> String {
        let outcome = answer.outcome();
        if let Some(refusal) = answer.refusal() {
            let message = refusal.details.reason.map_or(refusal.message, |reason| reason.message);
            let refusals = self.refusals.entry(outcome.clone()).or_default();
            refusals.count += 1;
            if refusals.example.is_empty() {
                refusals.example = message;
            }
        }
        outcome
    }

    /// Notes many answers, and counts their outcomes.
    fn tally<'a>(&mut self, answers: impl IntoIterator<Item = &'a Answer>) -> Tally {
        let mut tally = Tally::new();
        for answer in answers {
            *tally.entry(self.note(answer)).or_default() += 1;
        }
        tally
    }
}

/// How often there was each outcome.
type Tally = BTreeMap<String, usize>;

/// A tally as it should be; outcomes that never happen do not stand in it.
fn tally<const N: usize>(outcomes: [(&str, usize); N]) -> Tally {
    outcomes.into_iter().filter(|(_, count)| *count > 0).map(|(code, count)| (code.to_owned(), count)).collect()
}

impl Story {
    /// Everybody gets a token.
    ///
    /// # Errors
    ///
    /// When no tokens can be minted.
    pub fn new(client: Client, players: Vec<Player>) -> anyhow::Result<Self> {
        Ok(Self {
            designer: client.login(Role::Designer, "demo-designer")?,
            operator: client.login(Role::Operator, "demo-operator")?,
            game: client.login(Role::GameServer, "demo-game-server")?,
            client,
            players,
            expectations: Expectations::default(),
        })
    }

    /// Plays it all.
    ///
    /// # Errors
    ///
    /// When the server does not answer, or refuses what the rest of the story needs.
    pub async fn play(&mut self, modules: Vec<Module>) -> anyhow::Result<Vec<Chapter>> {
        self.prepare(modules).await?;
        let (invasion, template) = self.play_invasion().await?;
        let tournament = self.play_tournament().await?;
        let festival = self.play_festival().await?;
        let cancelled = self.play_cancelled(template).await?;
        Ok(vec![invasion, tournament, festival, cancelled])
    }

    /// A player's own client.
    ///
    /// # Errors
    ///
    /// When no tokens can be minted.
    pub fn player(&self, player: &str) -> anyhow::Result<Session> {
        self.client.login(Role::Player, player)
    }

    async fn create_template(&mut self, template: &Value) -> anyhow::Result<Uuid> {
        let answer = self.designer.post("create template", "/templates", template).await?;
        Ok(answer.success::<Template>()?.id)
    }

    /// Creates an event from a template, which starts at once.
    async fn create_event(&mut self, template: Uuid, region: &str, more: Value) -> anyhow::Result<Event> {
        let mut request = json!({ "templateId": template, "region": region, "startTime": Utc::now() });
        if let (Value::Object(request), Value::Object(more)) = (&mut request, more) {
            request.extend(more);
        }
        let event: Event = self.designer.post("create event", "/events", &request).await?.success()?;
        self.expectations.equal(&format!("status of \"{}\" at its start", event.name), &*event.status, "ACTIVE");
        Ok(event)
    }

    async fn event(&self, id: Uuid) -> anyhow::Result<Event> {
        self.designer.get("get event", &format!("/events/{id}")).await?.success()
    }

    /// All of these players try to join, each with a token of its own. `what` tells it apart for whoever watches.
    async fn join_all(&self, event: &Event, players: &[Player], what: &str) -> anyhow::Result<Vec<Answer>> {
        let step = Step::begin(format!("{}: {what}", event.name), players.len());
        let id = event.id;
        let joining = players.iter().map(|player| Ok((self.player(&player.id)?, player.id.clone())));
        let joining: Vec<_> = joining.collect::<anyhow::Result<_>>()?;
        let answers = crowd::each(joining, |(session, player)| {
            let step = step.clone();
            async move {
                let body = json!({ "playerId": player });
                let answer = session.post("join", &format!("/events/{id}/participants"), &body).await;
                step.advance();
                answer
            }
        })
        .await?;
        let joined = answers.iter().filter(|answer| answer.refusal().is_none()).count();
        step.end(&format!("{joined} of {} are in", players.len()));
        Ok(answers)
    }

    /// The game server reports something about each of these players.
    async fn report_all(&self, event: Uuid, reports: Vec<(String, Value)>, step: &Step) -> anyhow::Result<Vec<Answer>> {
        crowd::each(reports, |(player, report)| {
            let (game, step) = (self.game.clone(), step.clone());
            async move {
                let answer = game.put("report", &format!("/events/{event}/participants/{player}"), &report).await;
                step.advance();
                answer
            }
        })
        .await
    }

    /// All who take part, page by page.
    async fn participants(&self, event: Uuid) -> anyhow::Result<Vec<Participant>> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/events/{event}/participants?limit=100{cursor}");
            let page: Participants = self.game.get("list participants", &path).await?.success()?;
            all.extend(page.participants);
            match page.pagination.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }

    /// Waits until everybody is paid.
    async fn settled(&mut self, event: Uuid) -> anyhow::Result<Event> {
        let deadline = Instant::now() + SETTLEMENT_LIMIT;
        loop {
            let event = self.event(event).await?;
            match &*event.settlement.state {
                "done" => return Ok(event),
                "running" if Instant::now() < deadline => tokio::time::sleep(LOOK_EVERY).await,
                "running" => bail!("the payout of \"{}\" is not done after {SETTLEMENT_LIMIT:?}", event.name),
                state => {
                    let why = event.settlement.error.map(|error| format!(": {}: {}", error.code, error.message));
                    bail!("the payout of \"{}\" is {state}{}", event.name, why.unwrap_or_default())
                }
            }
        }
    }

    /// Ends an event by hand.
    async fn end(&mut self, event: Uuid) -> anyhow::Result<Event> {
        let body = json!({ "status": "COMPLETED" });
        self.designer
            .put("end event", &format!("/events/{event}"), &body)
            .await?
            .success()
            .context("cannot end an event")
    }
}
