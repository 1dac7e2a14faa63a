//! `world-events plugin simulate`

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;

use super::Source;
use crate::cli::{block_on, print, remark};
use crate::workshop::examine::LocalSandbox;
use crate::workshop::simulate::population::{self, Population};
use crate::workshop::simulate::{Plan, Report, run, svg, text};

/// Simulate a whole event with a plugin, and report who was refused, who scored what, and what it would pay.
///
/// Who comes and what they do is described in a small file, simulation.toml beside the plugin. The event runs in memory, by
/// a clock of its own; the rule runs as WebAssembly in the sandbox that a server has. The same seed gives the same
/// report, byte for byte. It fails if more is paid than the budget allows, or if the rule fails.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// A plugin's folder, or a name: NAME is looked for as plugins/NAME in this folder and those above. It is built
    /// first. Or a file of WebAssembly, from wherever it comes
    #[arg(value_name = "PLUGIN|FILE.wasm", default_value = ".")]
    plugin: PathBuf,
    /// The file that describes event and players. Default: simulation.toml beside the plugin
    #[arg(long, value_name = "FILE")]
    population: Option<PathBuf>,
    /// How many players there are. Default: as the file says, else 10000
    #[arg(long, value_name = "N", value_parser = players)]
    players: Option<u32>,
    /// How long the event lasts. Default: as the file says, else 60
    #[arg(long, value_name = "M", value_parser = minutes)]
    minutes: Option<u32>,
    /// What all chance begins from
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Draw histograms into this folder: scores.svg and payouts.svg
    #[arg(long, value_name = "FOLDER")]
    svg: Option<PathBuf>,
    /// Write the report into this file as well, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the first call of each kind that failed into this folder, as a case for `plugin test`
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,
}

fn players(text: &str) -> Result<u32, String> {
    let players = text.parse().map_err(|error| format!("{error}"))?;
    population::check_players(players).map(|()| players)
}

fn minutes(text: &str) -> Result<u32, String> {
    let minutes = text.parse().map_err(|error| format!("{error}"))?;
    population::check_minutes(minutes).map(|()| minutes)
}

impl Simulate {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let source = Source::of(&self.plugin)?;
        let file = match &self.population {
            Some(file) => file.clone(),
            None => source.trials()?.simulation,
        };
        let population = Population::load(&file)?;
        let sandbox = LocalSandbox::unhurried()?;
        block_on(async {
            let (_, examined) = source.examine(&sandbox).await?;
            let plan = Plan {
                players: self.players.unwrap_or(population.players),
                minutes: self.minutes.unwrap_or(population.minutes),
                population: &population,
                file: &file,
                seed: self.seed,
            };
            let began = Instant::now();
            let simulated = run(&sandbox, &examined.admission, &plan).await?;
            let report = Report::of(simulated, &plan, &examined.admission, &sandbox);
            remark(&format!("simulated in {:.1} s", began.elapsed().as_secs_f64()));
            print(&text::text(&report))?;
            if let Some(file) = &self.json {
                write(file, &report.json())?;
            }
            if let Some(folder) = &self.svg {
                svg::write(&report, folder)?;
            }
            if let Some(folder) = &self.save {
                save(&report, folder)?;
            }
            match report.problems.as_slice() {
                [] => Ok(()),
                problems => bail!("{}", problems.join("; ")),
            }
        })
    }
}

fn save(report: &Report, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for failure in &report.failures {
        let name = format!("simulated-{}-{}.json", failure.call, failure.code).to_lowercase().replace('_', "-");
        write(&folder.join(name), &failure.case.text())?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
