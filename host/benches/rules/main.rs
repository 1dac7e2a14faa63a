//! What a call of a rule costs: `cargo bench -p world-events --bench rules`.
//!
//! The example plugins are built from source, as WebAssembly and into this program, and asked the same questions in each
//! way: isolated (a sandbox of its own for each call, as the server does it), native (the same rule as ordinary Rust) and
//! warm (one instance, again and again: the floor). After criterion's output, one table has the percentiles, and another
//! what the same rule costs in other languages.

#![allow(missing_docs, reason = "a program")]

mod inputs;
mod languages;
mod native;
mod subject;
mod table;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use criterion::{BatchSize, Criterion, Throughput};
use tokio::runtime::Runtime;
use world_events::rules::{Rules, RulesConfig};

use subject::Subject;

/// The server's own, as making an instance allocates a lot.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Calls of one batch.
const BATCH: u64 = 1_000;

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let rules = rules(&folder)?;
    let subjects = runtime.block_on(subject::all(&rules))?;

    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(900))
        .sample_size(50)
        .nresamples(10_000)
        .configure_from_args();
    for subject in &subjects {
        single_calls(&mut criterion, &rules, subject)?;
    }
    for subject in &subjects {
        batches(&mut criterion, &runtime, &rules, subject);
    }
    for subject in &subjects {
        loading(&mut criterion, &runtime, &folder, subject)?;
    }
    criterion.final_summary();

    // Cargo says `--bench` when it measures; without it, or with `--test`, everything is only tried once.
    let said = |flag: &str| std::env::args().any(|argument| argument == flag);
    if said("--bench") && !["--test", "--list", "--profile-time"].into_iter().any(said) {
        table::print(&runtime, &rules, &subjects)?;
        languages::print(&runtime, &rules, &subjects)?;
    }
    Ok(())
}

/// Rules with the settings of a server, whose compiled plugins go into this folder.
fn rules(folder: &tempfile::TempDir) -> anyhow::Result<Rules> {
    let mut config = RulesConfig::new(folder.path().join("code"))?;
    config.compiler = env!("CARGO_BIN_EXE_world-events").into();
    // The machine may be busy with other things.
    config.settings.queue_ms = 60_000;
    Ok(Rules::new(config, ())?)
}

/// One call at a time, of each rule, in each way.
fn single_calls(criterion: &mut Criterion, rules: &Rules, subject: &Subject) -> anyhow::Result<()> {
    for call in &subject.calls {
        let mut group = criterion.benchmark_group(format!("{}/{}", subject.name, call.name));
        let limits = rules.limits(&subject.plugin, call.question.capability());
        for (way, mut time) in [
            ("native", call.native()),
            ("warm", call.warm(&subject.plugin, limits)?),
            ("isolated", call.isolated(&subject.plugin, limits)),
        ] {
            group.bench_function(way, |bencher| bencher.iter_custom(|count| (0..count).map(|_| time()).sum()));
        }
    }
    Ok(())
}

/// Many calls, one after the other, by one task of the server's.
fn batches(criterion: &mut Criterion, runtime: &Runtime, rules: &Rules, subject: &Subject) {
    let Some(call) = subject.calls.first() else { return };
    let mut group = criterion.benchmark_group(format!("{}/{} x {BATCH}", subject.name, call.name));
    group.throughput(Throughput::Elements(BATCH)).sample_size(10).measurement_time(Duration::from_secs(1));
    for (lane, on_worker) in [("inline", false), ("worker", true)] {
        group.bench_function(lane, |bencher| {
            bencher.iter(|| {
                let (rules, plugin, question) = (rules.clone(), Arc::clone(&subject.plugin), call.question.clone());
                let batch = async move {
                    for _ in 0..BATCH {
                        subject::ask(&rules, &plugin, question.clone(), on_worker).await;
                    }
                };
                runtime.block_on(runtime.spawn(batch))
            });
        });
    }
}

/// What comes before the first call: compiling at publication, and loading what is on disk after a restart.
fn loading(
    criterion: &mut Criterion,
    runtime: &Runtime,
    folder: &tempfile::TempDir,
    subject: &Subject,
) -> anyhow::Result<()> {
    let mut group = criterion.benchmark_group(format!("{}/taking in", subject.name));
    group.sample_size(10).measurement_time(Duration::from_secs(1));
    let rules = rules(folder)?;
    group.bench_function("publish", |bencher| {
        bencher.iter(|| runtime.block_on(rules.admit(&subject.wasm)).map(|admission| admission.digest));
    });
    let digest = runtime.block_on(rules.admit(&subject.wasm)).context("the plugin was taken in before")?.digest;
    let restarted = || self::rules(folder);
    group.bench_function("load from disk", |bencher| {
        let load = |rules: anyhow::Result<Rules>| {
            let rules = rules?;
            let missing = || async { Err::<Vec<u8>, _>("it is not on disk") };
            let plugin = runtime.block_on(rules.load(digest, subject.name, missing))?;
            anyhow::Ok((rules, plugin))
        };
        // What is returned is dropped after the clock was stopped.
        bencher.iter_batched(restarted, load, BatchSize::PerIteration);
    });
    Ok(())
}

/// A call that failed would be measured as a fast one.
fn answered<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(answer) => answer,
        Err(error) => {
            eprintln!("a call failed, so there is nothing to measure: {error}");
            std::process::exit(1)
        }
    }
}
