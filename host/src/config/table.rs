//! Every setting, with its names and what it means.

/// What a setting is about: the headings of `--help`, and what a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Serving HTTP.
    Http,
    /// The data directory.
    Data,
    /// PostgreSQL.
    Database,
    /// Tokens.
    Tokens,
    /// Logs.
    Logs,
    /// Plugins and their limits.
    Rules,
}

impl Group {
    /// The heading in `--help`.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Data => "Data",
            Self::Database => "Database",
            Self::Tokens => "Tokens",
            Self::Logs => "Logs",
            Self::Rules => "Rules",
        }
    }
}

/// How the text of a flag or of an environment variable is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As it is. Must not be empty.
    Text,
    /// As it is, and may be empty.
    TextOrEmpty,
    /// As it is, and never shown.
    Secret,
    /// A whole number within these bounds, both included.
    Integer(u64, u64),
    /// A time span such as `30s`, at least a millisecond, at most these seconds.
    Duration(u64),
}

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Where it stands in the file: `rules.decision.fuel` is `fuel` in the section `[rules.decision]`.
    pub key: &'static str,
    /// What it is about.
    pub group: Group,
    /// How text becomes its value.
    pub kind: Kind,
    /// What stands for the value in `--help`.
    pub value_name: &'static str,
    /// What it is for, as one or two sentences.
    pub help: &'static str,
    /// What is right, for errors: completes "it must be …".
    pub expects: &'static str,
    /// Environment variables that others use for the same; ours goes first.
    pub env_aliases: &'static [&'static str],
}

impl Setting {
    /// The flag, without its dashes.
    #[must_use]
    pub fn flag(&self) -> String {
        self.key.replace(['.', '_'], "-")
    }

    /// The environment variable.
    #[must_use]
    pub fn env(&self) -> String {
        format!("WORLD_EVENTS_{}", self.key.replace('.', "_").to_ascii_uppercase())
    }

    /// The setting with this key.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

const fn text(
    group: Group,
    key: &'static str,
    value_name: &'static str,
    help: &'static str,
    expects: &'static str,
) -> Setting {
    Setting { key, group, kind: Kind::Text, value_name, help, expects, env_aliases: &[] }
}

const fn span(key: &'static str, help: &'static str, max_seconds: u64) -> Setting {
    Setting {
        key,
        group: Group::Http,
        kind: Kind::Duration(max_seconds),
        value_name: "DURATION",
        help,
        expects: "a time span with its unit, such as 500ms, 30s or 2m",
        env_aliases: &[],
    }
}

const fn number(
    group: Group,
    key: &'static str,
    value_name: &'static str,
    (min, max): (u64, u64),
    help: &'static str,
) -> Setting {
    Setting { key, group, kind: Kind::Integer(min, max), value_name, help, expects: "a whole number", env_aliases: &[] }
}

const fn rule(key: &'static str, value_name: &'static str, bounds: (u64, u64), help: &'static str) -> Setting {
    number(Group::Rules, key, value_name, bounds, help)
}

/// Bounds that keep a limit meaningful: below, nothing runs; above, it limits nothing.
const FUEL: (u64, u64) = (1_000, 1_000_000_000_000_000);
const MEMORY: (u64, u64) = (64 * KIB, GIB);
const INPUT: (u64, u64) = (KIB, 64 * MIB);
const OUTPUT: (u64, u64) = (KIB, 64 * MIB);
const LOG: (u64, u64) = (0, MIB);
const TIME: (u64, u64) = (1, 60_000);

/// Every setting, in the order of `--help`.
pub const SETTINGS: &[Setting] = &[
    text(
        Group::Http,
        "listen",
        "ADDR",
        "Where the API is served. Port 0 takes any free one",
        "an address and a port, such as 127.0.0.1:8080",
    ),
    text(
        Group::Http,
        "metrics_listen",
        "ADDR",
        "Where /metrics is served, for Prometheus; `off` to serve it nowhere",
        "an address and a port, such as 127.0.0.1:9464, or `off`",
    ),
    Setting {
        kind: Kind::TextOrEmpty,
        ..text(
            Group::Http,
            "path_prefix",
            "PATH",
            "What every path of the API begins with",
            "a path such as /api/v1/world-events, of segments of letters, digits, `-`, `.`, `_` and `~`",
        )
    },
    span("request_timeout", "A request that takes longer is answered with 503", 3600),
    span("shutdown_grace", "How long a stop waits for the requests that are under way", 3600),
    number(Group::Http, "json_body_bytes", "BYTES", (KIB, 64 * MIB), "The largest JSON body of a request"),
    text(
        Group::Data,
        "data_dir",
        "DIR",
        "Where the server keeps its data: the private database, compiled plugins, the key for tokens",
        "a directory",
    ),
    Setting {
        kind: Kind::Secret,
        env_aliases: &["DATABASE_URL"],
        ..text(
            Group::Database,
            "database_url",
            "URL",
            "The PostgreSQL to use. Without it, the server runs a private one in the data directory",
            "a URL such as postgres://user:password@host:5432/database",
        )
    },
    number(
        Group::Database,
        "database_pool_size",
        "COUNT",
        (2, 1000),
        "The most connections to the database, besides nine that stay with the batch workers",
    ),
    number(
        Group::Database,
        "write_queue",
        "COUNT",
        (1, 1_000_000),
        "How many joins, reports or claims may wait to be written, in each of four queues. Those beyond are answered with 503",
    ),
    Setting {
        env_aliases: &["PG_BIN_DIR"],
        ..text(
            Group::Database,
            "pg_bin_dir",
            "DIR",
            "Where the binaries of the private PostgreSQL are. Without it: PATH, then the usual places",
            "the directory that holds `postgres` and `initdb`",
        )
    },
    Setting {
        kind: Kind::Secret,
        ..text(
            Group::Tokens,
            "jwt_secret",
            "SECRET",
            "The secret that tokens are signed with (HS256), at least 32 bytes. Other users of the machine can see flags: \
             prefer the environment or the file. Without it and without a public key, one is made in the data directory",
            "text of at least 32 bytes",
        )
    },
    text(
        Group::Tokens,
        "jwt_public_key",
        "FILE",
        "A PEM file with the public key that tokens are verified with: Ed25519 (EdDSA), RSA (RS256) or P-256 (ES256)",
        "the path of a PEM file",
    ),
    text(
        Group::Tokens,
        "jwt_algorithm",
        "NAME",
        "The algorithm that the key must be for. Without it, the key decides",
        "HS256, RS256, ES256 or EdDSA",
    ),
    text(
        Group::Tokens,
        "jwt_audience",
        "NAME",
        "The audience that tokens must name (`aud`). Without it, tokens that name one are refused",
        "text",
    ),
    text(
        Group::Logs,
        "log",
        "FILTER",
        "What is logged to standard error: a level, and levels per module",
        "a filter such as info or info,sqlx=warn",
    ),
    text(Group::Logs, "log_format", "FORMAT", "How log lines look: text or json", "text or json"),
    text(
        Group::Rules,
        "plugin_keys",
        "DIR",
        "A directory with the Ed25519 public keys of those who may sign plugins, each as NAME.pem. With it, a version is \
         published only with a signature of one of them",
        "the path of a directory with PEM files",
    ),
    rule(
        "rules.concurrent_decisions",
        "COUNT",
        (2, 1_000),
        "How many long calls of eligibility and scoring rules run at once. Without it, four for each core, and not below 8",
    ),
    rule(
        "rules.concurrent_payouts",
        "COUNT",
        (1, 100),
        "How many calls of payout rules run at once. Without it, half the cores, and not below 1",
    ),
    rule("rules.queue_ms", "MS", (1, 60_000), "How long a call waits for a place before it fails as busy"),
    rule(
        "rules.park_after",
        "FAILURES",
        (0, 1_000_000),
        "After so many failures in a row, or more among answers, a plugin is parked; 0: never",
    ),
    rule("rules.park_ms", "MS", (1, 86_400_000), "For how long, until one call tries whether it has recovered"),
    rule(
        "rules.component_bytes",
        "BYTES",
        (KIB, 64 * MIB),
        "The largest plugin that can be published, if it is not a large one",
    ),
    rule("rules.cache_bytes", "BYTES", (MIB, 64 * GIB), "Compiled plugins that are kept in memory"),
    rule("rules.disk_cache_bytes", "BYTES", (MIB, 1024 * GIB), "Compiled plugins that are kept in the data directory"),
    rule(
        "rules.compile_memory_bytes",
        "BYTES",
        (64 * MIB, 64 * GIB),
        "Address space of the process that compiles a published plugin",
    ),
    rule("rules.compile_ms", "MS", (100, 600_000), "How long compiling a published plugin may take"),
    rule("rules.decision.fuel", "FUEL", FUEL, "Instructions, roughly, that a decision about one player may use"),
    rule("rules.decision.memory_bytes", "BYTES", MEMORY, "Memory of a decision"),
    rule("rules.decision.input_bytes", "BYTES", INPUT, "What a decision is handed"),
    rule("rules.decision.output_bytes", "BYTES", OUTPUT, "What a decision hands back"),
    rule("rules.decision.log_bytes", "BYTES", LOG, "What a decision may log"),
    rule(
        "rules.decision.time_ms",
        "MS",
        TIME,
        "Time a decision may run, the backstop behind its fuel. Waiting for a core counts from ten times as much",
    ),
    rule("rules.payout.fuel", "FUEL", FUEL, "Instructions, roughly, that one page of a payout may use"),
    rule("rules.payout.memory_bytes", "BYTES", MEMORY, "Memory of a page of a payout"),
    rule("rules.payout.input_bytes", "BYTES", INPUT, "What a page of a payout is handed"),
    rule("rules.payout.output_bytes", "BYTES", OUTPUT, "What a page of a payout hands back"),
    rule("rules.payout.log_bytes", "BYTES", LOG, "What a page of a payout may log"),
    rule(
        "rules.payout.time_ms",
        "MS",
        TIME,
        "Time a page of a payout may run, the backstop behind its fuel. Waiting for a core counts from ten times as much",
    ),
    rule(
        "rules.large.component_bytes",
        "BYTES",
        (0, 64 * MIB),
        "The largest plugin that brings its language's interpreter along, as those in JavaScript and Python do; 0 takes none",
    ),
    rule(
        "rules.large.compile_memory_bytes",
        "BYTES",
        (64 * MIB, 64 * GIB),
        "Address space of the process that compiles a plugin of more than rules.component_bytes",
    ),
    rule(
        "rules.large.compile_ms",
        "MS",
        (100, 600_000),
        "How long compiling a plugin of more than rules.component_bytes may take",
    ),
    rule(
        "rules.large.concurrent_decisions",
        "COUNT",
        (2, 1_000),
        "How many decisions of large plugins run at once. Without it, two for each core, and not below 4",
    ),
    rule("rules.large.decision.fuel", "FUEL", FUEL, "Instructions, roughly, that a large plugin's decision may use"),
    rule("rules.large.decision.memory_bytes", "BYTES", MEMORY, "Memory of a large plugin's decision"),
    rule("rules.large.decision.time_ms", "MS", TIME, "Time that a large plugin's decision may run"),
    rule(
        "rules.large.payout.fuel",
        "FUEL",
        FUEL,
        "Instructions, roughly, that a large plugin may use for a page of a payout",
    ),
    rule("rules.large.payout.memory_bytes", "BYTES", MEMORY, "Memory of a page of a large plugin's payout"),
    rule("rules.large.payout.time_ms", "MS", TIME, "Time that a page of a large plugin's payout may run"),
];
