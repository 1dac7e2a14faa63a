//! The layers, and what is said about what is wrong in them.

use std::{collections::BTreeSet, ffi::OsString, fs, path::PathBuf, time::Duration};

use figment::{
    Figment,
    providers::Serialized,
    value::{Dict, Value},
};

use super::*;
use crate::auth::{Algorithm, KeySource};

/// Settings from a file's text, environment variables and flags.
fn load_from(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    fs::write(&path, file).unwrap();
    let flags: Vec<Given> = flags
        .iter()
        .map(|(key, value)| Given { setting: Setting::find(key).unwrap(), value: (*value).to_owned() })
        .collect();
    load(Settings::default(), Some(&path), &flags, |name| {
        env.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    })
}

fn error_from(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> String {
    load_from(file, env, flags).unwrap_err().to_string()
}

fn leaves(prefix: &str, values: &Dict, keys: &mut BTreeSet<String>) {
    for (key, value) in values {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Dict(_, inner) => leaves(&key, inner, keys),
            _ => assert!(keys.insert(key)),
        }
    }
}

#[test]
fn the_table_has_every_setting_once() {
    let values: Dict = Figment::from(Serialized::defaults(Settings::default())).extract().unwrap();
    let mut keys = BTreeSet::new();
    leaves("", &values, &mut keys);
    assert_eq!(SETTINGS.iter().map(|setting| setting.key.to_owned()).collect::<BTreeSet<_>>(), keys);
    let flags: BTreeSet<String> = SETTINGS.iter().map(Setting::flag).collect();
    let variables: BTreeSet<String> = SETTINGS.iter().map(Setting::env).collect();
    assert_eq!((flags.len(), variables.len()), (SETTINGS.len(), SETTINGS.len()));
    assert!(!variables.contains(CONFIG_ENV));
}

#[test]
fn defaults_hold_when_nothing_is_said() {
    let settings = load(Settings::default(), None, &[], |_| None).unwrap();
    assert_eq!(settings, Settings { data_dir: settings.data_dir.clone(), ..Settings::default() });
    assert_eq!(load_from("", &[], &[]).unwrap(), settings);
}

#[test]
fn flags_over_environment_over_file() {
    let file = "database_pool_size = 5\njson_body_bytes = 5_000\nlog = \"warn\"\nlisten = \"127.0.0.1:5\"";
    let env = [("WORLD_EVENTS_JSON_BODY_BYTES", "6_000"), ("WORLD_EVENTS_LOG", "error"), ("WORLD_EVENTS_LISTEN", "")];
    let settings = load_from(file, &env, &[("log", "debug")]).unwrap();
    assert_eq!(settings.database_pool_size, 5);
    assert_eq!(settings.json_body_bytes, 6000);
    assert_eq!(settings.log.to_string(), "debug");
    assert_eq!(settings.listen.port(), 5, "an empty variable counts as not set");
}

#[test]
fn every_kind_of_value_from_every_layer() {
    let file = r#"
        path_prefix = "api/v1/world-events/"
        metrics_listen = "off"
        request_timeout = "1m 30s"
        log_format = "json"
        jwt_algorithm = "EdDSA"
        jwt_public_key = "keys/public.pem"
        [rules]
        concurrent_decisions = 4
        [rules.payout]
        time_ms = 2_000
    "#;
    let env = [
        ("DATABASE_URL", "postgres://one@a/x"),
        ("PG_BIN_DIR", "/opt/pg"),
        ("WORLD_EVENTS_RULES_DECISION_FUEL", "12345"),
    ];
    let settings = load_from(file, &env, &[("rules.decision.time_ms", "75")]).unwrap();
    assert_eq!(settings.path_prefix.as_str(), "/api/v1/world-events");
    assert_eq!(settings.metrics_listen, MetricsListen::Off);
    assert_eq!(settings.request_timeout, Duration::from_secs(90));
    assert_eq!(settings.jwt_algorithm, Some(Algorithm::EdDSA));
    assert_eq!(settings.database_url.unwrap().expose(), "postgres://one@a/x");
    assert_eq!(settings.pg_bin_dir, Some(PathBuf::from("/opt/pg")));
    assert_eq!((settings.rules.concurrent_decisions, settings.rules.payout.time_ms), (Some(4), 2000));
    assert_eq!((settings.rules.decision.fuel, settings.rules.decision.time_ms), (12345, 75));
    assert_eq!(settings.rules.decision.memory_bytes, Settings::default().rules.decision.memory_bytes);
}

#[test]
fn our_variable_goes_before_the_common_one() {
    let env = [("DATABASE_URL", "postgres://a/x"), ("WORLD_EVENTS_DATABASE_URL", "postgres://b/x")];
    assert_eq!(load_from("", &env, &[]).unwrap().database_url.unwrap().expose(), "postgres://b/x");
}

#[test]
fn text_that_looks_like_a_number_stays_text() {
    let secret = "1".repeat(40);
    let settings = load_from("", &[("WORLD_EVENTS_JWT_SECRET", &secret)], &[("data_dir", "7")]).unwrap();
    assert_eq!(settings.jwt_secret.unwrap().expose(), secret);
    assert!(settings.data_dir.is_absolute() && settings.data_dir.ends_with("7"));
}

#[test]
fn the_environment_can_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    fs::write(&path, "database_pool_size = 7").unwrap();
    let env = |name: &str| (name == CONFIG_ENV).then(|| path.clone().into_os_string());
    assert_eq!(load(Settings::default(), None, &[], env).unwrap().database_pool_size, 7);
    fs::remove_file(&path).unwrap();
    let error = load(Settings::default(), None, &[], env).unwrap_err();
    assert!(matches!(error, SettingsError::Read { .. }) && error.to_string().contains("settings.toml"), "{error}");
}

#[test]
fn unknown_keys_in_the_file_are_errors() {
    let error = error_from("lisen = \"127.0.0.1:1\"", &[], &[]);
    assert!(error.contains("`lisen`") && error.contains("settings.toml") && error.contains("`listen`"), "{error}");
    let error = error_from("[rules.decision]\nfule = 1", &[], &[]);
    assert!(error.contains("`rules.decision.fule`") && error.contains("`fuel`"), "{error}");
    let error = error_from("[rule]\nconcurrency = 1", &[], &[]);
    assert!(error.contains("`rule`") && error.contains("`rules`"), "{error}");
}

#[test]
fn a_file_that_is_no_toml_says_where() {
    let error = error_from("listen = ", &[], &[]);
    assert!(error.contains("settings.toml") && error.contains("line 1"), "{error}");
    let error = error_from("rules = 5", &[], &[]);
    assert!(error.contains("`rules`") && error.contains("settings.toml"), "{error}");
}

#[test]
fn errors_name_the_setting_its_source_and_what_is_right() {
    for (key, value, parts) in [
        ("listen", "localhost", ["`listen`", "\"localhost\"", "127.0.0.1:8080"]),
        ("metrics_listen", "9464", ["`metrics_listen`", "\"9464\"", "`off`"]),
        ("path_prefix", "/a b", ["`path_prefix`", "\"/a b\"", "/api/v1/world-events"]),
        ("request_timeout", "30", ["`request_timeout`", "\"30\"", "30s"]),
        ("request_timeout", "0s", ["`request_timeout`", "\"0s\"", "1ms"]),
        ("shutdown_grace", "2h", ["`shutdown_grace`", "\"2h\"", "3600s"]),
        ("json_body_bytes", "1MiB", ["`json_body_bytes`", "\"1MiB\"", "a whole number from 1024 to 67108864"]),
        ("database_pool_size", "0", ["`database_pool_size`", " 0;", "from 2 to 1000"]),
        ("rules.concurrent_decisions", "-1", ["`rules.concurrent_decisions`", "-1", "from 2 to 1000"]),
        ("rules.payout.memory_bytes", "1", ["`rules.payout.memory_bytes`", " 1;", "from 65536 to"]),
        ("jwt_algorithm", "none", ["`jwt_algorithm`", "none", "EdDSA"]),
        ("log", "info,sqlx=loud", ["`log`", "loud", "info,sqlx=warn"]),
        ("log_format", "xml", ["`log_format`", "xml", "text or json"]),
    ] {
        let setting = Setting::find(key).unwrap();
        let by_flag = error_from("", &[], &[(key, value)]);
        let by_env = error_from("", &[(&setting.env(), value)], &[]);
        assert!(by_flag.contains(&format!("the flag --{}", setting.flag())), "{by_flag}");
        assert!(by_env.contains(&format!("the environment variable {}", setting.env())), "{by_env}");
        for part in parts {
            assert!(by_flag.contains(part), "{part} is not in: {by_flag}");
            assert!(by_env.contains(part), "{part} is not in: {by_env}");
        }
        assert!(load_from("", &[], &[(key, value)]).unwrap_err().is_usage());
        assert!(!load_from("", &[(&setting.env(), value)], &[]).unwrap_err().is_usage());
    }
    let in_file = error_from("database_pool_size = \"many\"", &[], &[]);
    assert!(in_file.contains("`database_pool_size` from the file") && in_file.contains("\"many\""), "{in_file}");
    let in_file = error_from("[rules.decision]\nfuel = -5", &[], &[]);
    assert!(in_file.contains("`rules.decision.fuel` from the file") && in_file.contains("-5"), "{in_file}");
}

#[test]
fn empty_values_are_refused() {
    for key in ["data_dir", "pg_bin_dir", "jwt_public_key", "jwt_audience", "plugin_keys"] {
        let error = error_from(&format!("{key} = \"\""), &[], &[]);
        assert!(error.contains(&format!("`{key}`")) && error.contains("is empty"), "{error}");
    }
    assert_eq!(load_from("path_prefix = \"\"", &[], &[]).unwrap().path_prefix.as_str(), "");
}

#[test]
fn secrets_stay_out_of_errors() {
    for (key, value) in [("jwt_secret", "hunter2"), ("database_url", "mysql://me:hunter2@db/game")] {
        for error in [error_from("", &[], &[(key, value)]), error_from(&format!("{key} = \"{value}\""), &[], &[])] {
            assert!(error.contains(key) && !error.contains("hunter2"), "{error}");
        }
    }
    let error = error_from("jwt_secret = 12345678", &[], &[]);
    assert!(error.contains("jwt_secret") && !error.contains("12345678"), "{error}");
}

#[test]
fn a_secret_and_a_public_key_exclude_each_other() {
    let secret = "s".repeat(32);
    let error = error_from("jwt_public_key = \"k.pem\"", &[("WORLD_EVENTS_JWT_SECRET", &secret)], &[]);
    assert!(error.contains("WORLD_EVENTS_JWT_SECRET") && error.contains("settings.toml"), "{error}");
}

#[test]
fn the_key_comes_from_where_the_settings_say() {
    let source = |file: &str| load_from(file, &[], &[]).unwrap().key_source();
    assert!(matches!(source(&format!("jwt_secret = \"{}\"", "s".repeat(32))), KeySource::Secret(_)));
    assert!(matches!(source("jwt_public_key = \"k.pem\""), KeySource::PublicKey(_)));
    assert!(matches!(source("data_dir = \"/d\""), KeySource::DataDir(dir) if dir == *"/d"));
}
