//! Compiling plugins, in a process of its own for each.

pub mod child;
mod inspect;
mod protocol;

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

pub(super) use self::protocol::Refusal;
use self::protocol::{Reply, Request};
use super::plugin::MachineCode;
use super::settings::{RuleSettings, cores};

/// The largest answer that is read. Machine code is some five times as large as its plugin.
const MAX_CODE_BYTES: u64 = 256 << 20;
/// So many threads compile at most, however many cores there are: each takes address space.
const MAX_THREADS: usize = 16;
/// Address space that each thread but the first may have besides: a stack, and room for what it is compiling.
const THREAD_BYTES: u64 = 128 << 20;
/// How much of what the process complains about is kept.
const MAX_COMPLAINT_BYTES: u64 = 4 << 10;

/// Runs the compiler.
#[derive(Debug)]
pub(super) struct Compiler {
    program: PathBuf,
    small: Limits,
    large: Limits,
    fingerprint: String,
    threads: usize,
    /// One process for each core, as they do nothing but compute.
    places: Semaphore,
}

/// The bounds of one run of the compiler.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// The largest plugin that they are for.
    component_bytes: usize,
    memory_bytes: u64,
    time: Duration,
}

/// Why there is no machine code.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompileError {
    /// It is the plugin's fault.
    #[error("the plugin is refused")]
    Refused(Refusal),
    /// Compiling took longer than it may.
    #[error("compiling took longer than {} ms", .0.as_millis())]
    TooSlow(Duration),
    /// Compiling took more memory than it may.
    #[error("compiling took more than {0} bytes of memory")]
    OutOfMemory(u64),
    /// The compiler died of the plugin.
    #[error("the compiler broke off: {0}")]
    Crashed(String),
    /// It is this server's fault.
    #[error("the compiler `{program}` cannot be used: {why}")]
    Unusable {
        /// The program that was run.
        program: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Compiler {
    pub(super) fn new(program: PathBuf, settings: &RuleSettings, fingerprint: String, threads: usize) -> Self {
        Self {
            program,
            small: Limits {
                component_bytes: settings.component_bytes,
                memory_bytes: settings.compile_memory_bytes,
                time: Duration::from_millis(settings.compile_ms),
            },
            large: Limits {
                component_bytes: settings.most_component_bytes(),
                memory_bytes: settings.large.compile_memory_bytes,
                time: Duration::from_millis(settings.large.compile_ms),
            },
            fingerprint,
            threads: threads.clamp(1, MAX_THREADS),
            places: Semaphore::new(cores()),
        }
    }

    /// Compiles a plugin, module or component.
    pub(super) async fn compile(&self, wasm: &[u8]) -> Result<MachineCode, CompileError> {
        let unusable = |why: io::Error| CompileError::Unusable { program: self.program.clone(), why: why.to_string() };
        let _place = self.places.acquire().await.map_err(|closed| unusable(io::Error::other(closed)))?;
        let limits = if wasm.len() > self.small.component_bytes { self.large } else { self.small };
        let mut child = self.start().map_err(unusable)?;
        let exchange = tokio::time::timeout(limits.time, self.exchange(&mut child, wasm, limits)).await;
        let Ok(exchange) = exchange else {
            // It is killed when it is dropped; waiting for it only keeps its memory from overlapping the next one's.
            child.kill().await.map_err(unusable)?;
            return Err(CompileError::TooSlow(limits.time));
        };
        let Exchange { output, complaint, status } = exchange.map_err(unusable)?;
        if !status.success() {
            return Err(self.died(status, complaint, limits));
        }
        self.read(output, limits)
    }

    /// Starts the process, with nothing of the server's environment, in which there may be secrets.
    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .arg("compile-plugin")
            .env_clear()
            // In KiB. By default the allocator reserves 1 GiB of address space at once, which is all that there is.
            .env("MIMALLOC_ARENA_RESERVE", "32768")
            .env("RAYON_NUM_THREADS", self.threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }

    async fn exchange(&self, child: &mut Child, wasm: &[u8], limits: Limits) -> io::Result<Exchange> {
        let request = Request {
            memory_bytes: limits.memory_bytes + (self.threads as u64 - 1) * THREAD_BYTES,
            cpu_seconds: limits.time.as_secs() + 1,
            component_bytes: limits.component_bytes,
            fingerprint: self.fingerprint.clone(),
            threads: self.threads,
        };
        let mut line = serde_json::to_vec(&request)?;
        line.push(b'\n');

        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let send = async {
            if let Some(mut stdin) = stdin {
                // A process that has made up its mind may close its ear.
                let _ = stdin.write_all(&line).await;
                let _ = stdin.write_all(wasm).await;
            }
        };
        let ((), output, complaint, status) =
            tokio::join!(send, first(stdout, MAX_CODE_BYTES), first(stderr, MAX_COMPLAINT_BYTES), child.wait());
        Ok(Exchange { output: output?, complaint: complaint?, status: status? })
    }

    fn read(&self, output: Vec<u8>, limits: Limits) -> Result<MachineCode, CompileError> {
        let unusable = |why: String| CompileError::Unusable { program: self.program.clone(), why };
        let end = output.iter().position(|byte| *byte == b'\n').unwrap_or(output.len());
        let (line, rest) = output.split_at(end);
        match serde_json::from_slice(line) {
            Ok(Reply::Compiled) => {
                let code = rest.get(1..).unwrap_or_default().to_vec();
                // SAFETY: this is what our own compiler printed, through a pipe that nobody else holds.
                Ok(unsafe { MachineCode::trusted(code) })
            }
            Ok(Reply::Refused(refusal)) => Err(CompileError::Refused(refusal)),
            Ok(Reply::OutOfMemory) => Err(CompileError::OutOfMemory(limits.memory_bytes)),
            Ok(Reply::Failed(why)) => Err(unusable(why)),
            Err(_) => Err(unusable("it does not answer as `compile-plugin` does".into())),
        }
    }

    /// Tells from how the process ended what it ran out of.
    fn died(&self, status: ExitStatus, complaint: Vec<u8>, limits: Limits) -> CompileError {
        let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
        // Rust's way to say that an allocation failed.
        if complaint.contains("memory allocation of") {
            return CompileError::OutOfMemory(limits.memory_bytes);
        }
        match status.signal() {
            // At the hard limit of CPU time the kernel sends SIGKILL.
            Some(nix::libc::SIGXCPU | nix::libc::SIGKILL) => CompileError::TooSlow(limits.time),
            Some(_) => CompileError::Crashed(format!("{status}: {complaint}")),
            None if complaint.contains("panicked at") => CompileError::Crashed(complaint),
            None => CompileError::Unusable { program: self.program.clone(), why: format!("{status}: {complaint}") },
        }
    }
}

struct Exchange {
    output: Vec<u8>,
    complaint: Vec<u8>,
    status: ExitStatus,
}

/// Reads a stream to its end and keeps the first bytes of it.
async fn first(stream: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    if let Some(mut stream) = stream {
        (&mut stream).take(most).read_to_end(&mut kept).await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(kept)
}
