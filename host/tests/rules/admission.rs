//! What is published, and what is refused and why.

use wit_component::ComponentEncoder;
use wit_parser::Resolve;
use world_events::model::rules::Capability;
use world_events::rules::{AdmitError, PluginDigest, RuleFailure, Verdict};

use crate::fixture::{Sandbox, application};
use crate::guest::{Guest, SCHEMA, described};

async fn refused(wasm: &[u8]) -> AdmitError {
    Sandbox::new().rules.admit(wasm).await.unwrap_err()
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[tokio::test]
async fn a_core_module_is_taken_in() {
    let wasm = Guest::welcoming("inn").score("unreachable").build();
    let admission = Sandbox::new().rules.admit(&wasm).await.unwrap();
    assert_eq!(admission.digest, PluginDigest::of(&wasm));
    assert_eq!(admission.manifest.name, "inn");
    assert_eq!(admission.manifest.version.to_string(), "1.2.3");
    assert_eq!(admission.manifest.description, "For a test.");
    assert_eq!(
        admission.manifest.parameters_schema.unwrap(),
        serde_json::from_str::<serde_json::Value>(SCHEMA).unwrap()
    );
    assert_eq!(Vec::from_iter(admission.capabilities), [Capability::Eligibility, Capability::Scoring]);
    assert_eq!(admission.plugin.label(), "inn@1.2.3");
}

#[tokio::test]
async fn a_component_is_taken_in_as_it_is() {
    let module = Guest::welcoming("inn").build();
    let wasm = ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
    let admission = Sandbox::new().rules.admit(&wasm).await.unwrap();
    assert_eq!(admission.digest, PluginDigest::of(&wasm));
    assert_eq!(Vec::from_iter(admission.capabilities), [Capability::Eligibility]);
}

#[tokio::test]
async fn what_is_no_wasm_is_refused() {
    for bytes in [&b""[..], b"\0asm", b"\x7fELF and so on", b"(module)", b"\0asm\x07\0\0\0"] {
        let error = refused(bytes).await;
        assert_eq!(error.code(), "PLUGIN_NOT_WASM", "{bytes:?}: {error}");
        assert!(error.is_plugins_fault());
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let error = refused(&vec![0; (32 << 20) + 1]).await;
    assert_eq!(error.code(), "PLUGIN_TOO_LARGE");
    assert_eq!(error.to_string(), "the plugin has 33554433 bytes; 33554432 are allowed");
}

#[tokio::test]
async fn what_does_not_compile_is_refused() {
    let ill_typed = wat::parse_str("(module (func (result i32) (i64.const 0)))").unwrap();
    let cut = Guest::welcoming("inn").build()[..200].to_vec();
    for bytes in [ill_typed, cut, component("(component (core module (func (result i32) (i64.const 0))))")] {
        let error = refused(&bytes).await;
        assert_eq!(error.code(), "PLUGIN_DOES_NOT_COMPILE", "{error}");
    }
}

#[tokio::test]
async fn imports_that_are_not_granted_are_named() {
    let wasi = wat::parse_str(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
            (import "env" "now" (func (result i64)))
            (import "world-events:rules/host@0.1.0" "open" (func (result i32)))
            (import "world-events:rules/host@0.1.0" "log" (func (param i32 i32 i32))))"#,
    )
    .unwrap();
    let AdmitError::ForbiddenImports { names } = refused(&wasi).await else { panic!("another error") };
    assert_eq!(names, ["env#now", "wasi_snapshot_preview1#fd_write", "world-events:rules/host@0.1.0#open"]);

    let wasi = component(
        r#"(component
            (import "wasi:clocks/wall-clock@0.2.0" (instance (export "now" (func (result u64)))))
            (import "world-events:rules/host@0.1.0" (instance
                (export "random-u64" (func (result u64)))
                (export "now" (func (result u64)))))
            (import "world-events:rules/host@2.0.0" (instance))
            (import "fetch" (func)))"#,
    );
    let error = refused(&wasi).await;
    assert_eq!(error.code(), "PLUGIN_FORBIDDEN_IMPORTS");
    assert_eq!(
        error.to_string(),
        "the plugin imports what plugins are not given: fetch, wasi:clocks/wall-clock@0.2.0, \
         world-events:rules/host@0.1.0#now, world-events:rules/host@2.0.0; \
         only `log` and `random-u64` of `world-events:rules/host` are granted"
    );
}

#[tokio::test]
async fn exports_that_are_missing_are_told() {
    assert_eq!(refused(&wat::parse_str("(module)").unwrap()).await.code(), "PLUGIN_MANIFEST_MISSING");
    assert_eq!(refused(&component("(component)")).await.code(), "PLUGIN_MANIFEST_MISSING");
    assert_eq!(refused(&Guest::new("idle").build()).await.code(), "PLUGIN_NO_RULE");
}

/// A plugin that keeps to an ABI of its own.
fn other_abi(eligibility: &str, module: &str) -> Vec<u8> {
    let wit = format!(
        "package world-events:rules@0.1.0;
        interface manifest {{
            record description {{
                name: string, version: string, description: string, parameters-schema: string, extra: string,
            }}
            describe: func() -> description;
        }}
        interface eligibility {{ {eligibility} }}
        world plugin {{ export manifest; export eligibility; }}"
    );
    let module = format!(
        r#"(module
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "world-events:rules/manifest@0.1.0#describe") (result i32) (i32.const 0))
            {module})"#
    );
    described(&module, Resolve::default(), &wit)
}

#[tokio::test]
async fn another_minor_version_of_the_abi_fits() {
    let newer = Guest::welcoming("newer").version("0.1.7").build();
    let sandbox = Sandbox::new();
    let plugin = sandbox.rules.admit(&newer).await.unwrap().plugin;
    assert_eq!(sandbox.rules.check(&plugin, application()).await.unwrap().answer, Verdict::Admit(Default::default()));

    let breaking = Guest::welcoming("breaking").version("0.2.0").build();
    let error = refused(&breaking).await;
    assert_eq!(error.code(), "PLUGIN_FORBIDDEN_IMPORTS");
    assert!(error.to_string().contains("world-events:rules/host@0.2.0"), "{error}");
}

#[tokio::test]
async fn a_plugin_for_a_newer_abi_runs_unless_it_calls_what_is_not_here() {
    let newer = |name: &str| {
        Guest::welcoming(name).version("0.1.7").wit(|text| {
            let text = text.replace("random-u64: func", "now: func() -> u64;\n\n    random-u64: func");
            text.replace(
                "interface host {",
                "interface replay {\n    again: func(at: u32) -> u32;\n}\n\ninterface host {",
            )
        })
    };
    let sandbox = Sandbox::new();
    let plugin = sandbox.admit(newer("careful").export("replay", "again", "(local.get $in)")).await;
    assert_eq!(sandbox.rules.check(&plugin, application()).await.unwrap().answer, Verdict::Admit(Default::default()));

    let error = refused(&newer("eager").import("now").build()).await;
    assert_eq!(error.code(), "PLUGIN_FORBIDDEN_IMPORTS");
    assert!(error.to_string().contains("world-events:rules/host@0.1.7#now"), "{error}");
}

#[tokio::test]
async fn exports_must_have_the_abis_types() {
    let other_type = other_abi(
        "check: func(player: string) -> bool;",
        r#"(func (export "world-events:rules/eligibility@0.1.0#check") (param i32 i32) (result i32) (i32.const 1))"#,
    );
    let error = refused(&other_type).await;
    assert_eq!(error.code(), "PLUGIN_WRONG_TYPE");
    assert!(error.to_string().contains("interface `eligibility`"), "{error}");

    let other_name = other_abi(
        "judge: func() -> bool;",
        r#"(func (export "world-events:rules/eligibility@0.1.0#judge") (result i32) (i32.const 1))"#,
    );
    let error = refused(&other_name).await;
    assert_eq!(error.code(), "PLUGIN_WRONG_TYPE");
    assert!(error.to_string().contains("does not have export `check`"), "{error}");
}

#[tokio::test]
async fn a_plugin_that_fails_to_describe_itself_is_refused() {
    let AdmitError::DescribeFailed { failure } =
        refused(&Guest::welcoming("trap").describe("unreachable").build()).await
    else {
        panic!("another error");
    };
    assert_eq!(failure.failure.code(), "RULE_TRAPPED");
    assert!(failure.backtrace[0].contains("describe"), "{:?}", failure.backtrace);

    let endless = Guest::welcoming("loop").describe("(loop $again (br $again)) unreachable").build();
    let AdmitError::DescribeFailed { failure } = refused(&endless).await else { panic!("another error") };
    assert_eq!(failure.failure, RuleFailure::OutOfFuel { limit: 10_000_000 });

    let started = Guest::welcoming("start").more("(func $boom unreachable) (start $boom)").build();
    let AdmitError::DescribeFailed { failure } = refused(&started).await else { panic!("another error") };
    assert!(failure.backtrace[0].contains("boom"), "{:?}", failure.backtrace);
}

#[tokio::test]
async fn a_plugin_that_wants_too_much_from_the_start_is_refused() {
    // More than a decision may have, though a payout might.
    let AdmitError::DescribeFailed { failure } = refused(&Guest::welcoming("large").pages(1_100).build()).await else {
        panic!("another error");
    };
    assert_eq!(failure.failure, RuleFailure::OutOfMemory { limit: 64 << 20 });

    // More than any call may have.
    assert_eq!(refused(&Guest::welcoming("huge").pages(5_000).build()).await.code(), "PLUGIN_EXCEEDS_SANDBOX");
    let tables = Guest::welcoming("tables").more("(table 1000000 funcref)");
    assert_eq!(refused(&tables.build()).await.code(), "PLUGIN_EXCEEDS_SANDBOX");
}

#[tokio::test]
async fn a_malformed_manifest_is_refused_by_member() {
    type Change = fn(&mut [String; 5]);
    let cases: [(Change, &str); 6] = [
        (|it| it[0] = "The Inn".into(), "`name`"),
        (|it| it[1] = "1".into(), "`version`"),
        (|it| it[2] = "x".repeat(3_000), "`description`"),
        (|it| it[3] = "{".into(), "`parameters-schema`"),
        (|it| it[3] = r##"{"type": "object", "$ref": "#"}"##.into(), "`parameters-schema`"),
        (|it| it[4] = "[]".into(), "`extra`"),
    ];
    for (change, member) in cases {
        let error = refused(&Guest::welcoming("inn").manifest(change).build()).await;
        assert_eq!(error.code(), "PLUGIN_MANIFEST_MALFORMED", "{error}");
        assert!(error.to_string().contains(member), "{error}");
    }
}

#[tokio::test]
async fn a_plugin_may_have_no_parameters() {
    let sandbox = Sandbox::new();
    let admission = sandbox.admission(Guest::welcoming("inn").manifest(|it| it[3].clear())).await;
    assert_eq!(admission.manifest.parameters_schema, None);
}
