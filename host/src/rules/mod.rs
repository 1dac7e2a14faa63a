//! Rules: WebAssembly plugins in a sandbox.
//!
//! A plugin is a WebAssembly component that exports some of the interfaces in `wit/`. It is [taken in](Rules::admit) once,
//! when it is published: looked at, compiled (in another process), asked what it is. From then on it is
//! [loaded](Rules::load) by its digest, from memory or from disk, and called:
//!
//! - [`Rules::check`]: may this player join?
//! - [`Rules::score`]: what is this report worth?
//! - [`Rules::payout`]: who on this page is paid what?
//!
//! Each call has a sandbox of its own, made for it and thrown away after it. A rule sees what it is handed and nothing
//! else, and what it takes is bounded: instructions, memory, time, input, output, log. Whatever it does ends in an answer
//! that was checked or in a [`RuleFailure`] that says what happened. The same call gives the same answer, on any
//! machine; only the clock, which is a backstop, is not of that kind.
//!
//! This module knows no SQL and no HTTP.

pub mod abi;
mod admission;
mod answer;
mod breaker;
mod calls;
mod clock;
mod compile;
mod digest;
mod disk_cache;
mod eligibility;
mod engine;
mod exported;
mod failure;
mod function;
mod gate;
mod host;
mod input;
mod journal;
mod lane;
mod limits;
mod manifest;
#[doc(hidden)]
pub mod measure;
mod meter;
mod observe;
mod pace;
mod parameters;
mod plugin;
mod pools;
mod profile;
mod rewards;
mod sandbox;
mod scoring;
mod settings;
mod tally;
mod text;
mod usage;
mod workers;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use moka::future::Cache;
use moka::policy::EvictionPolicy;

pub use self::admission::{Admission, AdmitError, LoadError, RulesError};
pub use self::answer::{JsonObject, Refusal};
pub use self::compile::child as compile_child;
pub use self::digest::{BadDigest, PluginDigest};
pub use self::disk_cache::CacheFolderError;
pub use self::eligibility::{PlayerAdmission, Verdict};
pub use self::failure::{FailedCall, RuleFailure};
pub use self::journal::{LogLevel, LogLine, Logs};
pub use self::limits::{HOST_CALL_FUEL, LargeLimits, RuleLimits};
pub use self::manifest::Manifest;
pub use self::observe::{ObservedCall, Observer, RulesStats};
pub use self::parameters::{BadParameter, BadSchema, MAX_SCHEMA_BYTES, ParametersSchema};
pub use self::plugin::Plugin;
pub use self::profile::Profiler;
pub use self::rewards::Grant;
pub use self::scoring::{Assessment, Outcome};
pub(crate) use self::settings::cores;
pub use self::settings::{BadSetting, LargeSettings, RuleSettings};
pub use self::usage::{Call, Usage};

use self::abi::{Application, Page, Scorecard};
use self::breaker::BreakerSettings;
use self::compile::Compiler;
use self::disk_cache::DiskCache;
use self::eligibility::Check;
use self::gate::Gate;
use self::manifest::Describe;
use self::observe::{CacheCounters, count, counted};
use self::plugin::MachineCode;
use self::pools::Pools;
use self::rewards::Payout;
use self::scoring::Score;
use self::tally::Tallies;
use crate::model::plugin::CallSum;
use crate::model::rules::Capability;

/// What a call comes to.
pub type CallResult<T> = Result<Call<T>, Box<FailedCall>>;

/// What rules need to run.
#[derive(Clone, Debug)]
pub struct RulesConfig {
    /// What the operator set.
    pub settings: RuleSettings,
    /// The folder for compiled plugins. Made if it is missing, and closed to everybody else.
    pub cache_dir: PathBuf,
    /// The program that compiles plugins: run as `<compiler> compile-plugin`, it must call [`compile_child::run`].
    pub compiler: PathBuf,
    /// How many threads compile one plugin. A server has other work for its cores.
    pub compile_threads: usize,
    /// Whether a plugin that was taken in before, with this folder, is not looked at and compiled anew when it is taken in
    /// again.
    pub takes_in_once: bool,
}

impl RulesConfig {
    /// Those of a server: this very program is the compiler, on one thread.
    ///
    /// # Errors
    ///
    /// The system does not tell where this program is.
    pub fn new(cache_dir: PathBuf) -> std::io::Result<Self> {
        // On Linux this is the program that runs, even after the file that it came from was replaced by an update.
        const SELF: &str = "/proc/self/exe";
        let compiler = if Path::new(SELF).exists() { SELF.into() } else { std::env::current_exe()? };
        Ok(Self { settings: RuleSettings::default(), cache_dir, compiler, compile_threads: 1, takes_in_once: false })
    }
}

/// Runs rules. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Rules(Arc<Inner>);

struct Inner {
    compiler: Compiler,
    disk: DiskCache,
    memory: Cache<PluginDigest, Arc<Plugin>>,
    counters: CacheCounters,
    /// Attempts on the threads that ask.
    inline: Gate,
    pools: Pools,
    most_component_bytes: usize,
    takes_in_once: bool,
    breaker: BreakerSettings,
    parkings: AtomicU64,
    tallies: Tallies,
    observer: Box<dyn Observer>,
}

/// How the call of a plugin that is not published yet is counted.
const UNPUBLISHED: &str = "unpublished";

impl Rules {
    /// Sets everything up: engine, caches, places to run.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used, a cache folder that is not ours, or a machine that wasmtime does not run on.
    pub fn new(config: RulesConfig, observer: impl Observer) -> Result<Self, RulesError> {
        let RulesConfig { settings, cache_dir, compiler, compile_threads, takes_in_once } = config;
        settings.check()?;
        let inline = Gate::new(settings::inline_places());
        let pools = Pools::new(&settings, inline.size()).map_err(|error| RulesError::Engine(format!("{error:#}")))?;
        let fingerprint = pools.fingerprint();
        let weight = |_: &PluginDigest, plugin: &Arc<Plugin>| u32::try_from(plugin.code_bytes()).unwrap_or(u32::MAX);

        Ok(Self(Arc::new(Inner {
            compiler: Compiler::new(compiler, &settings, fingerprint.clone(), compile_threads),
            disk: DiskCache::open(cache_dir, fingerprint, settings.disk_cache_bytes)?,
            memory: Cache::builder()
                .weigher(weight)
                .max_capacity(settings.cache_bytes)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            counters: CacheCounters::default(),
            most_component_bytes: settings.most_component_bytes(),
            takes_in_once,
            inline,
            pools,
            breaker: settings.breaker(),
            parkings: AtomicU64::new(0),
            tallies: Tallies::default(),
            observer: Box::new(observer),
        })))
    }

    /// Takes a plugin in: checks what it is, what it imports and exports, compiles it, and asks it for its manifest.
    ///
    /// `wasm` is a component, or a core module with its interfaces described inside, as `wit-bindgen` makes it.
    ///
    /// # Errors
    ///
    /// One kind for each reason to refuse it.
    pub async fn admit(&self, wasm: &[u8]) -> Result<Admission, AdmitError> {
        let limit = self.0.most_component_bytes;
        if wasm.len() > limit {
            return Err(AdmitError::TooLarge { bytes: wasm.len(), limit, kind: "" });
        }
        if !wasm.starts_with(b"\0asm") {
            return Err(AdmitError::NotWasm);
        }
        let (stranger, code) = self.make(wasm, UNPUBLISHED).await?;
        let digest = stranger.digest();
        let stranger = Arc::new(stranger);
        let pool = self.0.pools.of(&stranger);
        let manifest = self.call::<Describe>(&pool.decisions, &pool.describe_limits, &stranger, ()).await?.answer;
        let plugin = Arc::new(stranger.labelled(&manifest.label(), self.0.tallies.of(&manifest.label())));
        if let Some(code) = code {
            self.keep(digest, code).await;
        }
        self.0.memory.insert(digest, Arc::clone(&plugin)).await;
        Ok(Admission { digest, manifest, capabilities: plugin.capabilities(), plugin })
    }

    /// Loads a plugin that was taken in before: from memory, from disk, or by compiling the bytes that `fetch` gives.
    /// However many ask for the same plugin at once, it is loaded once.
    ///
    /// `label` is what it is called in metrics: `name@version`.
    ///
    /// # Errors
    ///
    /// The bytes cannot be had or are other ones, or this server refuses the plugin.
    pub async fn load<Fetch, Bytes, Failure>(
        &self,
        digest: PluginDigest,
        label: &str,
        fetch: Fetch,
    ) -> Result<Arc<Plugin>, Arc<LoadError>>
    where
        Fetch: FnOnce() -> Bytes,
        Bytes: Future<Output = Result<Vec<u8>, Failure>>,
        Failure: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if let Some(plugin) = self.0.memory.get(&digest).await {
            count(&self.0.counters.memory_hits);
            return Ok(plugin);
        }
        let load = async {
            if let Some(plugin) = self.load_from_disk(digest, label).await {
                count(&self.0.counters.disk_hits);
                return Ok(Arc::new(plugin));
            }
            count(&self.0.counters.misses);
            let wasm = fetch().await.map_err(|error| LoadError::Fetch(error.into()))?;
            let actual = PluginDigest::of(&wasm);
            if actual != digest {
                return Err(LoadError::WrongDigest { expected: digest, actual });
            }
            let code = self.0.compiler.compile(&wasm).await.map_err(AdmitError::from)?;
            let (plugin, code) = self.link(code, digest, label, wasm.len()).await?;
            self.keep(digest, code).await;
            Ok(Arc::new(plugin))
        };
        self.0.memory.try_get_with(digest, load).await
    }

    /// Asks whether a player may join.
    ///
    /// # Errors
    ///
    /// The rule gave no answer, or none that is valid.
    pub async fn check(&self, plugin: &Arc<Plugin>, application: Application) -> CallResult<Verdict> {
        self.decide::<Check>(plugin, application).await
    }

    /// Asks what a report is worth.
    ///
    /// # Errors
    ///
    /// The rule gave no answer, or none that is valid.
    pub async fn score(&self, plugin: &Arc<Plugin>, card: Scorecard) -> CallResult<Assessment> {
        self.decide::<Score>(plugin, card).await
    }

    /// Asks who on a page of the final standings is paid what.
    ///
    /// # Errors
    ///
    /// The rule gave no answer, or none that is valid.
    pub async fn payout(&self, plugin: &Arc<Plugin>, page: Page) -> CallResult<Vec<Grant>> {
        let lane = &self.0.pools.of(plugin).payouts;
        self.call::<Payout>(lane, &lane.limits, plugin, page).await
    }

    /// The bounds of a plugin's calls of a capability. Whoever cuts pages of standings must keep each below
    /// [`input_bytes`](RuleLimits::input_bytes), as [`Weigh`](abi::Weigh) measures them.
    pub fn limits(&self, plugin: &Plugin, capability: Capability) -> &RuleLimits {
        self.0.pools.of(plugin).limits(capability)
    }

    /// What happened so far, and what is going on.
    pub fn stats(&self) -> RulesStats {
        let Inner { counters, memory, inline, pools: Pools { small, large }, .. } = &*self.0;
        RulesStats {
            memory_hits: counted(&counters.memory_hits),
            disk_hits: counted(&counters.disk_hits),
            misses: counted(&counters.misses),
            plugins_in_memory: memory.entry_count(),
            decisions_running: inline.in_use() + small.decisions.in_use() + large.decisions.in_use(),
            decision_places: inline.size() + small.decisions.size() + large.decisions.size(),
            payouts_running: small.payouts.in_use() + large.payouts.in_use(),
            payout_places: small.payouts.size() + large.payouts.size(),
            parkings: counted(&self.0.parkings),
        }
    }

    /// What was called since this was asked last, by plugin, capability and outcome. Trials are not counted.
    pub fn take_calls(&self) -> Vec<CallSum> {
        self.0.tallies.take()
    }

    /// The plugins that are parked now, as `name@version`.
    pub fn parked(&self) -> Vec<String> {
        let parked = self.0.memory.iter().filter(|(_, plugin)| plugin.breaker.is_parked());
        let mut labels: Vec<String> = parked.map(|(_, plugin)| plugin.label().to_owned()).collect();
        labels.sort();
        labels
    }

    async fn load_from_disk(&self, digest: PluginDigest, label: &str) -> Option<Plugin> {
        let (inner, label) = (Arc::clone(&self.0), label.to_owned());
        let load = move || {
            let code = inner.disk.read(digest)?;
            let linked = inner.link(&code, digest, &label);
            linked
                .inspect_err(|error| {
                    tracing::warn!(%digest, %error, "a compiled plugin does not load; compiling again");
                    inner.disk.remove(digest);
                })
                .ok()
        };
        tokio::task::spawn_blocking(load).await.ok().flatten()
    }

    /// Makes a plugin that can be called of WebAssembly. Gives the machine code as well, unless that is kept already.
    async fn make(&self, wasm: &[u8], label: &str) -> Result<(Plugin, Option<MachineCode>), AdmitError> {
        let digest = PluginDigest::of(wasm);
        if self.0.takes_in_once
            && let Some(plugin) = self.load_from_disk(digest, label).await
        {
            return Ok((plugin, None));
        }
        let code = self.0.compiler.compile(wasm).await?;
        let (plugin, code) = self.link(code, digest, label, wasm.len()).await?;
        Ok((plugin, Some(code)))
    }

    /// Links a plugin that has just been compiled from so many bytes, if it is no larger than those of its size may be. Gives
    /// the machine code back.
    async fn link(
        &self,
        code: MachineCode,
        digest: PluginDigest,
        label: &str,
        bytes: usize,
    ) -> Result<(Plugin, MachineCode), AdmitError> {
        let (inner, label) = (Arc::clone(&self.0), label.to_owned());
        let linked = tokio::task::spawn_blocking(move || (inner.link(&code, digest, &label), code)).await;
        let (plugin, code) = linked.map_err(|error| AdmitError::Internal { why: error.to_string() })?;
        let plugin = plugin?;
        let limit = self.0.pools.of(&plugin).component_bytes;
        if bytes > limit {
            return Err(AdmitError::TooLarge { bytes, limit, kind: plugin.size().described() });
        }
        Ok((plugin, code))
    }

    async fn keep(&self, digest: PluginDigest, code: MachineCode) {
        let inner = Arc::clone(&self.0);
        if let Err(error) = tokio::task::spawn_blocking(move || inner.disk.write(digest, &code)).await {
            tracing::warn!(%digest, %error, "a compiled plugin was not kept");
        }
    }
}

impl Inner {
    /// Makes a plugin of machine code. Blocks the thread for some milliseconds.
    fn link(&self, code: &MachineCode, digest: PluginDigest, label: &str) -> Result<Plugin, plugin::LinkError> {
        self.pools.link(code, digest, label, self.breaker, self.tallies.of(label))
    }
}
