//! `world-events demo`: everything that this server is for, played once through its API.
//!
//! The plugins are built from source, a real server is started in this process, and the players come over HTTP with tokens
//! of their own. What has to come out is reckoned beside it and compared.

mod account;
mod client;
mod crowd;
mod expectations;
mod grants;
mod measure;
mod plugins;
mod population;
mod progress;
mod story;
mod wire;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use self::client::Client;
use self::measure::Measurements;
use self::progress::Step;
use self::story::{Chapter, Story};
use crate::auth::{Keys, Role};
use crate::clock::Clock;
use crate::config::{MetricsListen, Settings};
use crate::server::{Server, Signals};

/// The fewest players that the story can be told with.
pub const MIN_PLAYERS: u32 = 50;

/// The most players: beyond, player ids would have more digits, and the demonstration would take hours.
pub const MAX_PLAYERS: u32 = 100_000;

/// How long the building of the plugins may take, waiting for another Cargo included.
const BUILD_LIMIT: Duration = Duration::from_secs(600);

/// What is played.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many players there are, [`MIN_PLAYERS`] to [`MAX_PLAYERS`].
    pub players: u32,
    /// Whether the server stays up until it is told to stop.
    pub keep: bool,
}

/// Runs the demonstration, and prints its account on standard output and its progress on standard error. The server listens
/// on free ports of loopback, whatever the settings say.
///
/// # Errors
///
/// When something is missing that cannot be set up, the server fails, the story cannot go on, it is told to stop before it
/// has ended (SIGTERM, SIGINT), or an expectation does not hold.
pub async fn run(settings: Settings, options: Options) -> anyhow::Result<()> {
    let folder = plugins::find()?;
    let mut signals = Signals::listen()?;
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = Settings { listen: any_port, metrics_listen: MetricsListen::At(any_port), ..settings };
    let measurements = Measurements::new();

    let began = Instant::now();
    let building = tokio::spawn(plugins::build_all(folder));
    let step = Step::begin("starting the server and its database", 0);
    let server = tokio::select! {
        server = Server::start_observed(settings.clone(), Clock::System, Arc::clone(&measurements)) => server?,
        signal = signals.next() => bail!("stopped by {signal}"),
    };
    step.end("");

    let base = format!("http://{}{}", server.address(), settings.path_prefix.as_str());
    let played = tokio::select! {
        played = play(&settings, &base, options, Arc::clone(&measurements), building, began) => played,
        signal = signals.next() => Err(anyhow::anyhow!("stopped by {signal}")),
        failure = server.failure() => Err(failure),
    };
    let kept = match &played {
        Ok(story) if options.keep => keep(story, &base, &server, &mut signals).await,
        _ => Ok(()),
    };
    let stopped = server.stop().await;
    let story = played?;
    kept?;
    stopped?;
    story.expectations.result()
}

/// Plays the story, and prints its account.
async fn play(
    settings: &Settings,
    base: &str,
    options: Options,
    measurements: Arc<Measurements>,
    building: tokio::task::JoinHandle<anyhow::Result<Vec<plugins::Module>>>,
    began: Instant,
) -> anyhow::Result<Story> {
    let keys = Keys::load(&settings.key_source(), settings.jwt_algorithm, settings.jwt_audience.as_deref())?;
    let client = Client::new(base, keys, Arc::clone(&measurements))?;
    let players = population::populate(usize::try_from(options.players)?);
    let mut story = Story::new(client, players)?;

    let step = Step::begin("building the example plugins", 0);
    let built = tokio::time::timeout(BUILD_LIMIT, building).await;
    let built = built.with_context(|| format!("the plugins are not built after {BUILD_LIMIT:?}"))?;
    let modules = built.context("the task that builds the plugins is gone")??;
    step.end("");
    let chapters: Vec<Chapter> = story.play(modules).await?;

    let database = if settings.database_url.is_some() { "the given PostgreSQL" } else { "a private PostgreSQL" };
    let head = format!(
        "World Events: {} players and {database}, played in {:.1} s with the building of the plugins",
        options.players,
        began.elapsed().as_secs_f64()
    );
    print(&account::write(&head, &chapters, &measurements, &story.expectations)?)?;
    Ok(story)
}

/// Says where the server is and how to talk to it, and waits until it is told to stop.
async fn keep(story: &Story, base: &str, server: &Server, signals: &mut Signals) -> anyhow::Result<()> {
    let mut text = format!("\nThe server stays up at {base} until Ctrl-C; its API can be read at {base}/docs\n");
    if let Some(metrics) = server.metrics_address() {
        text.push_str(&format!("Metrics: http://{metrics}/metrics\n"));
    }
    let player = story.player("player-0001")?;
    for (role, session) in [
        (Role::Operator, &story.operator),
        (Role::Designer, &story.designer),
        (Role::GameServer, &story.game),
        (Role::Player, &player),
    ] {
        text.push_str(&format!("\n{role}:\n{}\n", session.token()));
    }
    print(&text)?;
    tokio::select! {
        _ = signals.next() => Ok(()),
        failure = server.failure() => Err(failure),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).context("cannot write to standard output")
}

/// Where the data of a demonstration is when nothing is said: a folder of this form, which goes away with it.
#[must_use]
pub fn default_data_dir() -> PathBuf {
    std::env::temp_dir().join("world-events-demo-XXXXXX")
}
