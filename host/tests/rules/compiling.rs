//! The process that compiles: its limits, and what it is not given.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use world_events::rules::{AdmitError, RuleSettings, Rules};

use crate::fixture::{COMPILER, Sandbox, config};
use crate::guest::Guest;

/// A compiler that is a shell script.
fn script(folder: &TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("compiler");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

async fn refused(compiler: &Path, folder: &TempDir, change: impl FnOnce(&mut RuleSettings)) -> AdmitError {
    let rules = Rules::new(config(folder.path(), compiler, change), ()).unwrap();
    rules.admit(&Guest::welcoming("inn").build()).await.unwrap_err()
}

#[tokio::test]
async fn a_compiler_that_takes_too_long_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let compiler = script(&folder, "exec sleep 1000");
    let error = refused(&compiler, &folder, |settings| settings.compile_ms = 300).await;
    assert_eq!(error.code(), "PLUGIN_COMPILE_TIMEOUT");
    assert_eq!(error.to_string(), "compiling the plugin took longer than 300 ms");
}

#[tokio::test]
async fn a_compiler_that_takes_too_much_memory_is_stopped() {
    // One function of some 200,000 instructions: what the compiler knows of a function it keeps at once.
    let body = "(if (i64.eqz (local.get 0)) (then (local.set 0 (i64.mul (local.get 0) (i64.const 3)))))".repeat(20_000);
    let large = Guest::welcoming("large").more(&format!("(func (param i64) (result i64) {body} (local.get 0))"));
    let sandbox = Sandbox::with(|settings| settings.compile_memory_bytes = 64 << 20);
    let error = sandbox.rules.admit(&large.build()).await.unwrap_err();
    assert_eq!(error.code(), "PLUGIN_COMPILE_OUT_OF_MEMORY", "{error}");
}

#[tokio::test]
async fn a_compiler_that_crashes_is_the_plugins_fault() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(&script(&folder, "kill -SEGV $$"), &folder, |_| {}).await;
    assert_eq!(error.code(), "PLUGIN_DOES_NOT_COMPILE", "{error}");
}

#[tokio::test]
async fn a_compiler_that_is_none_is_the_servers_fault() {
    let folder = tempfile::tempdir().unwrap();
    let scripts = ["echo hello", "exit 3", "cat > /dev/null; echo '\"Compiled'"].map(script_in_its_own);
    for compiler in scripts.iter().map(|(_, path)| path.as_path()).chain([Path::new("/nonexistent/compiler")]) {
        let error = refused(compiler, &folder, |_| {}).await;
        assert_eq!(error.code(), "PLUGIN_INTERNAL", "{error}");
        assert!(!error.is_plugins_fault());
    }
}

fn script_in_its_own(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = script(&folder, text);
    (folder, path)
}

#[tokio::test]
async fn the_compiler_is_not_given_the_environment() {
    // Cargo sets this for tests; a server has its secrets there.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let folder = tempfile::tempdir().unwrap();
    let compiler = script(&folder, "/usr/bin/env >&2; exit 3");
    let error = refused(&compiler, &folder, |_| {}).await.to_string();
    assert!(error.contains("PWD="), "{error}");
    assert!(!error.contains("CARGO_MANIFEST_DIR"), "{error}");
}

#[tokio::test]
async fn the_compiler_refuses_to_work_for_another_build() {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let mut child =
        Command::new(COMPILER).arg("compile-plugin").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let request =
        r#"{"memory_bytes":1073741824,"cpu_seconds":10,"component_bytes":100,"fingerprint":"another","threads":1}"#;
    child.stdin.take().unwrap().write_all(format!("{request}\nwasm").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let reply = String::from_utf8(output.stdout).unwrap();
    assert!(reply.contains("different builds"), "{reply}");
}
