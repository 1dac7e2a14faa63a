//! What runs in a client process: one thread, many connections.

use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use hdrhistogram::Histogram;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::connection::Connection;
use super::request::{Requests, keys};
use super::spec::{Counts, Report, Spec, histogram};

/// Timers wake up to a millisecond late. A request that was sent that late on an idle connection is not late because of
/// the server: its time begins when it is sent.
const TIMER: Duration = Duration::from_millis(2);

/// Reads a [`Spec`] from a line of stdin, opens connections, says `ready`, waits for another line, and works. Prints the
/// [`Report`] as a line of JSON.
pub fn run() -> anyhow::Result<()> {
    let mut lines = std::io::stdin().lock().lines();
    let spec: Spec = serde_json::from_str(&lines.next().context("no spec")??)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let keys = keys(&spec.secret)?;
    let mut sessions = Vec::new();
    let address: SocketAddr = spec.address.parse()?;
    runtime.block_on(async {
        for index in 0..spec.connections {
            let connection = Connection::open(address, spec.source).await.context("cannot connect")?;
            sessions.push((connection, Requests::new(&spec, &keys, index)?));
        }
        anyhow::Ok(())
    })?;
    println!("ready");
    std::io::stdout().flush()?;
    lines.next().context("no word to start")??;

    let shared = Arc::new(Mutex::new(Shared { counts: Counts::default(), latencies: histogram()? }));
    let begin = Instant::now();
    let used = cpu()?;
    let mut tasks = JoinSet::new();
    for (index, (connection, requests)) in sessions.into_iter().enumerate() {
        let pace = spec.rate.map(|rate| Pace::new(begin, rate, spec.connections, index));
        let span = Span { measured: begin + spec.warm_up, end: begin + spec.warm_up + spec.run };
        tasks.spawn_on(session(connection, requests, pace, span, Arc::clone(&shared)), runtime.handle());
    }
    runtime.block_on(tasks.join_all());
    let mut shared = locked(&shared);
    shared.counts.cpu = (cpu()? - used) / begin.elapsed().as_secs_f64();
    let report = Report::new(std::mem::take(&mut shared.counts), &shared.latencies);
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

struct Shared {
    counts: Counts,
    latencies: Histogram<u64>,
}

/// Nothing here panics while it holds the lock, and there is one thread.
fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The processor time that this process has used, in seconds.
fn cpu() -> anyhow::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let seconds = |time: TimeVal| time.num_microseconds() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// When what counts begins, and when no more is sent.
#[derive(Clone, Copy)]
struct Span {
    measured: Instant,
    end: Instant,
}

/// When one connection is to send.
struct Pace {
    due: Instant,
    every: Duration,
}

impl Pace {
    fn new(begin: Instant, rate: f64, connections: u64, index: usize) -> Self {
        let rate = rate.max(1e-3);
        Self {
            due: begin + Duration::from_secs_f64(index as f64 / rate),
            every: Duration::from_secs_f64(connections as f64 / rate),
        }
    }

    /// Waits for the next turn; the time that its latency counts from.
    async fn turn(&mut self) -> Instant {
        let due = self.due;
        self.due += self.every;
        if Instant::now() >= due {
            return due;
        }
        sleep_until(due).await;
        let now = Instant::now();
        if now - due <= TIMER { now } else { due }
    }
}

async fn session(
    mut connection: Connection,
    mut requests: Requests,
    mut pace: Option<Pace>,
    span: Span,
    shared: Arc<Mutex<Shared>>,
) {
    loop {
        if pace.as_ref().map_or_else(Instant::now, |pace| pace.due) >= span.end {
            break;
        }
        let from = match &mut pace {
            Some(pace) => pace.turn().await,
            None => Instant::now(),
        };
        // A paced connection that has fallen behind does not work off its arrears for ever.
        if Instant::now() >= span.end + Duration::from_secs(5) {
            count_broken(&shared, "not sent in time");
            break;
        }
        let Some(request) = requests.next() else { break };
        let answer = connection.exchange(&request).await;
        let now = Instant::now();
        let mut shared = locked(&shared);
        let Shared { counts, latencies } = &mut *shared;
        counts.sequence = counts.sequence.max(requests.sequence);
        match answer {
            Ok((status, body)) => {
                *counts.all.entry(status).or_default() += 1;
                if status >= 400 && counts.refusal.is_none() {
                    counts.refusal = Some(String::from_utf8_lossy(body).chars().take(300).collect());
                }
                if now >= span.measured {
                    *counts.statuses.entry(status).or_default() += 1;
                    latencies.saturating_record(u64::try_from((now - from).as_micros()).unwrap_or(u64::MAX));
                    counts.seconds = (now - span.measured).as_secs_f64();
                }
            }
            Err(error) => {
                *counts.broken.entry(error.to_string()).or_default() += 1;
                break;
            }
        }
    }
}

fn count_broken(shared: &Mutex<Shared>, why: &str) {
    *locked(shared).counts.broken.entry(why.to_owned()).or_default() += 1;
}
