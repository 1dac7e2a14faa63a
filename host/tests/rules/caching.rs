//! Compiled once, and then found: in memory, on disk, never half.

use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use world_events::rules::{LoadError, PluginDigest, Rules, Verdict};

use crate::fixture::{COMPILER, Sandbox, application, config};
use crate::guest::Guest;

/// A program that is not there: whoever needs to compile fails.
const NO_COMPILER: &str = "/nonexistent/compiler";

async fn none() -> Result<Vec<u8>, &'static str> {
    Err("nobody has the bytes")
}

fn only_file(folder: &Path) -> PathBuf {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().unwrap()
}

#[tokio::test]
async fn after_admission_a_plugin_is_in_memory() {
    let sandbox = Sandbox::new();
    let digest = sandbox.admission(Guest::welcoming("inn")).await.digest;
    let plugin = sandbox.rules.load(digest, "inn@1.2.3", none).await.unwrap();
    assert_eq!(plugin.digest(), digest);
    assert_eq!((sandbox.rules.stats().memory_hits, sandbox.rules.stats().misses), (1, 0));
}

#[tokio::test]
async fn after_a_restart_it_is_on_disk() {
    let sandbox = Sandbox::new();
    let digest = sandbox.admission(Guest::welcoming("inn")).await.digest;
    let sandbox = sandbox.restarted(NO_COMPILER.as_ref());
    let plugin = sandbox.rules.load(digest, "inn@1.2.3", none).await.unwrap();
    let call = sandbox.rules.check(&plugin, application()).await.unwrap();
    assert_eq!(call.answer, Verdict::Admit(Default::default()));
    assert_eq!(plugin.label(), "inn@1.2.3");
    assert_eq!((sandbox.rules.stats().disk_hits, sandbox.rules.stats().misses), (1, 0));

    sandbox.rules.load(digest, "inn@1.2.3", none).await.unwrap();
    assert_eq!(sandbox.rules.stats().memory_hits, 1);
}

#[tokio::test]
async fn whoever_takes_a_plugin_in_again_need_not_compile_it() {
    let sandbox = Sandbox::new();
    let wasm = Guest::welcoming("inn").build();
    sandbox.rules.admit(&wasm).await.unwrap();
    let again = |takes_in_once| {
        let mut config = config(sandbox.folder().parent().unwrap(), NO_COMPILER.as_ref(), |_| {});
        config.takes_in_once = takes_in_once;
        Rules::new(config, ()).unwrap()
    };
    let rules = again(true);
    let admission = rules.admit(&wasm).await.unwrap();
    assert_eq!((admission.manifest.name.as_str(), admission.plugin.label()), ("inn", "inn@1.2.3"));
    rules.check(&admission.plugin, application()).await.unwrap();
    assert_eq!(rules.admit(&Guest::welcoming("outn").build()).await.unwrap_err().code(), "PLUGIN_INTERNAL");
    assert_eq!(
        again(false).admit(&wasm).await.unwrap_err().code(),
        "PLUGIN_INTERNAL",
        "a server looks at it each time"
    );
}

#[tokio::test]
async fn what_was_not_used_for_longest_makes_room() {
    let sandbox = Sandbox::with(|settings| settings.disk_cache_bytes = 0);
    for name in ["inn", "outn"] {
        sandbox.admit(Guest::welcoming(name)).await;
        only_file(&sandbox.folder());
    }
}

#[tokio::test]
async fn threads_make_no_difference_but_for_the_time() {
    let wasm = Guest::welcoming("inn").build();
    let mut compiled = Vec::new();
    for threads in [1, 4] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path(), COMPILER.as_ref(), |_| {});
        config.compile_threads = threads;
        Rules::new(config, ()).unwrap().admit(&wasm).await.unwrap();
        compiled.push(fs::read(only_file(&folder.path().join("code"))).unwrap());
    }
    assert!(compiled[0] == compiled[1]);
}

#[tokio::test]
async fn a_damaged_file_is_compiled_again() {
    let mut sandbox = Sandbox::new();
    let wasm = Guest::welcoming("inn").build();
    let digest = sandbox.rules.admit(&wasm).await.unwrap().digest;
    let path = only_file(&sandbox.folder());
    let good = fs::read(&path).unwrap();
    let middle = good.len() / 2;

    let mut flipped = good.clone();
    flipped[middle] ^= 0x40;
    for bad in [flipped, good[..middle].to_vec(), Vec::new()] {
        fs::write(&path, bad).unwrap();
        sandbox = sandbox.restarted(COMPILER.as_ref());
        let fetch = async || Ok::<_, Infallible>(wasm.clone());
        let plugin = sandbox.rules.load(digest, "inn@1.2.3", fetch).await.unwrap();
        sandbox.rules.check(&plugin, application()).await.unwrap();
        assert_eq!((sandbox.rules.stats().disk_hits, sandbox.rules.stats().misses), (0, 1));
        // Written again, whole.
        assert_eq!(fs::read(&path).unwrap(), good);
    }
}

#[tokio::test]
async fn the_folder_is_closed_to_others() {
    let sandbox = Sandbox::new();
    let mode = fs::metadata(sandbox.folder()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn many_who_ask_at_once_wait_for_one_compilation() {
    let sandbox = Sandbox::new();
    let wasm = Guest::welcoming("inn").build();
    let digest = PluginDigest::of(&wasm);
    let fetched = AtomicUsize::new(0);
    let load = async || {
        let fetch = async || {
            fetched.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(wasm.clone())
        };
        sandbox.rules.load(digest, "inn@1.2.3", fetch).await.unwrap()
    };
    let plugins = tokio::join!(load(), load(), load(), load());
    assert_eq!(fetched.into_inner(), 1);
    assert_eq!(sandbox.rules.stats().misses, 1);
    assert!(std::sync::Arc::ptr_eq(&plugins.0, &plugins.3));
}

#[tokio::test]
async fn bytes_that_cannot_be_had_are_an_error_that_is_not_kept() {
    let sandbox = Sandbox::new();
    let wasm = Guest::welcoming("inn").build();
    let digest = PluginDigest::of(&wasm);
    let error = sandbox.rules.load(digest, "inn@1.2.3", none).await.unwrap_err();
    assert_eq!(error.to_string(), "the plugin's bytes cannot be had: nobody has the bytes");

    let other = async || Ok::<_, Infallible>(b"other bytes".to_vec());
    let error = sandbox.rules.load(digest, "inn@1.2.3", other).await.unwrap_err();
    assert!(matches!(*error, LoadError::WrongDigest { expected, .. } if expected == digest), "{error}");

    let good = async || Ok::<_, Infallible>(wasm.clone());
    sandbox.rules.load(digest, "inn@1.2.3", good).await.unwrap();
}

#[tokio::test]
async fn what_is_refused_is_not_kept() {
    let sandbox = Sandbox::new();
    let wasm = Guest::welcoming("trap").describe("unreachable").build();
    sandbox.rules.admit(&wasm).await.unwrap_err();
    assert_eq!(fs::read_dir(sandbox.folder()).unwrap().count(), 0);
}
