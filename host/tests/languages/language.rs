//! The languages, and whether their tools are here.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use world_events::workshop::project::Language;

/// The plugin in Rust that the examples do the same as.
pub(crate) const ORIGINAL: &str = "boss-invasion";

/// A language that rules are written in, besides Rust.
pub(crate) struct Tongue {
    /// What it is called in the names of tests.
    pub(crate) name: &'static str,
    /// Which it is.
    pub(crate) language: Language,
    /// The example plugin.
    pub(crate) twin: &'static str,
    /// A plugin in this folder beside the tests that does what it is asked.
    pub(crate) probe: &'static str,
    /// The file with the probe's rule.
    pub(crate) rule: &'static str,
    /// Programs that it takes, with arguments that succeed where they are complete.
    tools: &'static [(&'static str, &'static [&'static str])],
}

pub(crate) static ALL: [Tongue; 2] = [
    Tongue {
        name: "typescript",
        language: Language::TypeScript,
        twin: "boss-invasion-ts",
        probe: "typescript",
        rule: "src/rule.ts",
        tools: &[("node", &["--version"]), ("npm", &["--version"])],
    },
    Tongue {
        name: "python",
        language: Language::Python,
        twin: "boss-invasion-py",
        probe: "python",
        rule: "rule.py",
        tools: &[("python3", &["-c", "import ensurepip, venv"])],
    },
];

impl Tongue {
    /// The program that is missing, if one is.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        let works = |(program, arguments): &&(&str, &[&str])| {
            let mut command = Command::new(program);
            command.args(*arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            !command.status().is_ok_and(|status| status.success())
        };
        self.tools.iter().find(works).map(|(program, _)| *program)
    }

    /// The folder of the example plugin.
    pub(crate) fn twin_folder(&self) -> PathBuf {
        plugin(self.twin)
    }
}

/// The folder of a plugin.
pub(crate) fn plugin(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(name).canonicalize().unwrap()
}

/// Waits for something on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}
