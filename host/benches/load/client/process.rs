//! What runs in a client process: one thread, many connections.

use std::cell::RefCell;
use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use hdrhistogram::Histogram;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

use super::connection::Connection;
use super::request::{Requests, keys};
use super::spec::{Report, Spec, histogram};

/// Timers wake up to a millisecond late. A request that was sent that late on an idle connection is not late because of
/// the server: its time begins when it is sent.
const TIMER: Duration = Duration::from_millis(2);

/// How many connections are opened at once.
const OPENING: usize = 64;

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
        let all: Vec<u64> = (0..spec.connections).collect();
        for some in all.chunks(OPENING) {
            for index in some {
                let connection = Connection::open(address, spec.source).await.context("cannot connect")?;
                sessions.push((connection, Requests::new(&spec, &keys, *index)?));
            }
        }
        anyhow::Ok(())
    })?;
    println!("ready");
    std::io::stdout().flush()?;
    lines.next().context("no word to start")??;

    let shared = Rc::new(RefCell::new(Shared { report: Report::default(), latencies: histogram()? }));
    let begin = Instant::now();
    let local = LocalSet::new();
    for (index, (connection, requests)) in sessions.into_iter().enumerate() {
        let pace = spec.rate.map(|rate| Pace::new(begin, rate, spec.connections, index));
        let span = Span { measured: begin + spec.warm_up, end: begin + spec.warm_up + spec.run };
        local.spawn_local(session(connection, requests, pace, span, Rc::clone(&shared)));
    }
    runtime.block_on(local);
    let mut shared = shared.borrow_mut();
    let report = std::mem::take(&mut shared.report).with(&shared.latencies);
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

struct Shared {
    report: Report,
    latencies: Histogram<u64>,
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
    shared: Rc<RefCell<Shared>>,
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
        let mut shared = shared.borrow_mut();
        let Shared { report, latencies } = &mut *shared;
        report.sequence = report.sequence.max(requests.sequence);
        match answer {
            Ok((status, body)) => {
                *report.all.entry(status).or_default() += 1;
                if status >= 400 && report.refusal.is_none() {
                    report.refusal = Some(String::from_utf8_lossy(body).chars().take(300).collect());
                }
                if now >= span.measured {
                    *report.statuses.entry(status).or_default() += 1;
                    latencies.saturating_record(u64::try_from((now - from).as_micros()).unwrap_or(u64::MAX));
                    report.seconds = (now - span.measured).as_secs_f64();
                }
            }
            Err(error) => {
                *report.broken.entry(error.to_string()).or_default() += 1;
                break;
            }
        }
    }
}

fn count_broken(shared: &RefCell<Shared>, why: &str) {
    *shared.borrow_mut().report.broken.entry(why.to_owned()).or_default() += 1;
}
