//! A terminal: one bash for all that is typed into it, so that variables, functions and the current folder stay.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

/// How long one block may take: the first build of a plugin has all its crates to compile, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(900);

/// How long a program may take to end that is told to.
const GRACE: Duration = Duration::from_secs(60);

/// What a line begins with that says that a block is through.
const THROUGH: &str = "--- this block ended with ";

/// What a newcomer's environment does not have, but that of a test may: settings of the server, of this build, and proxies.
fn is_foreign(variable: &str) -> bool {
    let is_proxy = variable.to_ascii_lowercase().ends_with("_proxy");
    let of_cargo = variable.starts_with("CARGO") && variable != "CARGO_HOME";
    let of_rust = variable.starts_with("RUSTC") || matches!(variable, "RUSTFLAGS" | "RUSTUP_TOOLCHAIN");
    let of_server = variable.starts_with("WORLD_EVENTS_") || matches!(variable, "DATABASE_URL" | "PG_BIN_DIR");
    is_proxy || of_cargo || of_rust || of_server
}

/// What came of typing something.
pub(crate) struct Said {
    /// What it printed, on both streams.
    pub(crate) text: String,
    /// How it ended; nothing if it goes on.
    pub(crate) code: Option<i32>,
    pub(crate) took: Duration,
}

/// A terminal that is open. Dropping it ends what runs in it.
pub(crate) struct Terminal {
    bash: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Where what is typed lies: not in the reader's folder, which is to have only what the reader puts there.
    blocks: TempDir,
}

impl Terminal {
    /// Opens one in a folder. `PATH` begins with the folder of the program that is tested.
    pub(crate) fn open(folder: &Path) -> Self {
        let mut bash = Command::new("bash");
        for (name, _) in std::env::vars().filter(|(name, _)| is_foreign(name)) {
            bash.env_remove(name);
        }
        let program = Path::new(env!("CARGO_BIN_EXE_world-events")).parent().unwrap();
        let path = std::env::join_paths(
            [program.to_owned()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        bash.args(["-euo", "pipefail"])
            .current_dir(folder)
            .env("PATH", path.unwrap())
            // Crates are there already, as this test was built with them: nothing is looked up, and no release of a crate
            // can fail it. What is compiled of them stays for the next run.
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_BUILD_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide"))
            // Its port may be in use, and no page speaks of metrics.
            .env("WORLD_EVENTS_METRICS_LISTEN", "off")
            // A group of its own, to be ended as Ctrl-C does: all at once.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut bash = bash.spawn().unwrap();
        let (mut input, output) = (bash.stdin.take().unwrap(), bash.stdout.take().unwrap());
        input.write_all(b"exec 2>&1\n").unwrap();
        let (sender, lines) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.map_while(|line| sender.send(line).ok()).for_each(drop);
        });
        Self { bash, input: Some(input), lines, blocks: tempfile::tempdir().unwrap() }
    }

    /// Types a block and waits until it is through. Its commands have no standard input, so that none of them reads what is
    /// typed next. As soon as one fails, bash ends.
    pub(crate) fn run(&mut self, commands: &str) -> Said {
        let block = self.write(commands);
        self.enter(&format!(". '{block}' </dev/null\nprintf '\\n{THROUGH}%s\\n' 0\n"));
        self.listen(|_| false)
    }

    /// Types one command that may fail, after which bash goes on.
    pub(crate) fn attempt(&mut self, command: &str) -> Said {
        assert_eq!(command.lines().count(), 1, "one command, as others would be tried after it: {command}");
        let block = self.write(command);
        self.enter(&format!(". '{block}' </dev/null && code=0 || code=$?\nprintf '\\n{THROUGH}%s\\n' $code\n"));
        self.listen(|_| false)
    }

    /// Types a command that stays, and waits until all of what it has printed is as wanted.
    pub(crate) fn start(&mut self, command: &str, is_wanted: impl Fn(&str) -> bool) -> Said {
        let block = self.write(command);
        self.enter(&format!(". '{block}' </dev/null\n"));
        self.listen(is_wanted)
    }

    fn write(&self, commands: &str) -> String {
        let block = self.blocks.path().join("block.sh");
        fs::write(&block, commands).unwrap();
        block.to_str().unwrap().to_owned()
    }

    fn enter(&mut self, text: &str) {
        self.input.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Collects what is printed: until the block is through, bash has ended, or it is as wanted.
    fn listen(&mut self, is_wanted: impl Fn(&str) -> bool) -> Said {
        let begun = Instant::now();
        let mut text = String::new();
        let code = loop {
            match self.lines.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(line) => match line.strip_prefix(THROUGH) {
                    Some(code) => {
                        // The line that the marker began.
                        text.truncate(text.len() - usize::from(text.ends_with('\n')));
                        break Some(code.parse().unwrap());
                    }
                    None => text += &(line + "\n"),
                },
                Err(RecvTimeoutError::Disconnected) => break Some(self.bash.wait().unwrap().code().unwrap_or(-1)),
                Err(RecvTimeoutError::Timeout) => panic!("after {PATIENCE:?} it is not through:\n{text}"),
            }
            if is_wanted(&text) {
                break None;
            }
        };
        Said { text, code, took: begun.elapsed() }
    }

    /// Presses Ctrl-C, and waits for the end.
    pub(crate) fn interrupt(mut self) {
        let begun = Instant::now();
        self.end(Signal::SIGINT);
        assert!(begun.elapsed() < GRACE, "Ctrl-C did not end it");
    }

    fn end(&mut self, signal: Signal) {
        self.input = None;
        let group = Pid::from_raw(self.bash.id().try_into().unwrap());
        let deadline = Instant::now() + GRACE;
        let _ = killpg(group, signal);
        // The lines end when the last one who could print has ended, which bash need not be.
        while let Ok(_) | Err(RecvTimeoutError::Timeout) = self.lines.recv_timeout(Duration::from_millis(100)) {
            if Instant::now() > deadline {
                let _ = killpg(group, Signal::SIGKILL);
                break;
            }
        }
        let _ = self.bash.wait();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Its group has ended if there is nothing to type into any more, and its id may be another's.
        if self.input.is_some() {
            self.end(Signal::SIGTERM);
        }
    }
}
