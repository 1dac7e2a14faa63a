//! The load benchmark of the whole server: `cargo bench --bench load -- [--quick] [names...]`.
//!
//! This process conducts: it starts the real program with its private PostgreSQL, the baselines, and clients in processes
//! of their own, all on this machine, and prints one table.

mod bench;
mod client;
#[path = "../../tests/wat/guest.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with the tests, which use all of it and want it to panic")]
mod guest;
mod machine;
mod naive;
mod pgbench;
mod scenarios;
mod server;
mod table;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Parser;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use self::bench::Bench;
use self::scenarios::SCENARIOS;

/// Drives a server over real sockets, and compares it with baselines of the same run.
#[derive(Debug, Parser)]
#[command(name = "load")]
struct Arguments {
    /// Only scenarios whose name contains one of these.
    names: Vec<String>,
    /// Short phases and small populations: to see that everything works, not to be quoted.
    #[arg(long)]
    quick: bool,
    /// Names the scenarios.
    #[arg(long)]
    list: bool,
    /// Writes the table to this file as well, in Markdown.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some(client::ARGUMENT) => return client::process::run(),
        Some(naive::ARGUMENT) => return naive::run(),
        _ => {}
    }
    let arguments = Arguments::parse();
    let wanted = |name: &str| arguments.names.is_empty() || arguments.names.iter().any(|part| name.contains(part));
    if arguments.list {
        SCENARIOS.iter().for_each(|(name, what)| println!("{name:<12} {what}"));
        return Ok(());
    }
    let names: Vec<&str> = SCENARIOS.iter().map(|(name, _)| *name).filter(|name| wanted(name)).collect();
    if names.is_empty() {
        bail!("no scenario has such a name; --list shows them");
    }
    // Inherited by the server and the clients.
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("cannot raise the limit of open files")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            result = conduct(&arguments, &names, hard) => result,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
            _ = terminated.recv() => bail!("terminated"),
        }
    })
}

/// Runs the scenarios one after the other. One that fails says so, and the others go on.
async fn conduct(arguments: &Arguments, names: &[&str], files: u64) -> anyhow::Result<()> {
    let mut bench = Bench::start(arguments.quick, files).await?;
    let machine = machine::describe(&bench.pool).await?;
    eprintln!("{machine}");
    for name in names {
        eprintln!("-- {name}");
        let began = std::time::Instant::now();
        if let Err(error) = scenarios::run(name, &mut bench).await {
            bench.push(table::Row::new(*name).note(format!("failed: {error:#}")));
            eprintln!("{}", bench.server.log_end());
        }
        eprintln!("   took {:.0} s", began.elapsed().as_secs_f64());
    }
    println!("{machine}\n\n{}", table::plain(&bench.rows));
    if let Some(file) = &arguments.markdown {
        std::fs::write(file, format!("{machine}\n\n{}\n", table::markdown(&bench.rows)))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}
