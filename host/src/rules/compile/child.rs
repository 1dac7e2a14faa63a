//! The process that compiles plugins: `world-events compile-plugin`, which only the server itself runs.
//!
//! Compilers are large and a stranger's input is what it is, so this happens in a process that has little to lose: no
//! environment, no file to write, so much address space and CPU time and no more.

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;
use std::thread;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use wasmtime::error::OutOfMemory;

use super::inspect::{inspect, invalid};
use super::protocol::{Refusal, Reply, Request};
use crate::rules::engine;

/// Reads a request and a plugin from standard input, and writes the answer to standard output.
///
/// Exits with success whenever there is an answer, be it a refusal.
pub fn run() -> ExitCode {
    // The stack of a thread is there from the beginning. The process's own grows, and where the address space is used up,
    // that ends it without a word about memory.
    let work = || answer(io::stdin().lock(), io::stdout().lock());
    let answered = thread::Builder::new().stack_size(STACK_BYTES).spawn(work).map(thread::JoinHandle::join);
    match answered {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(error))) | Err(error) => {
            eprintln!("world-events compile-plugin: {error}");
            ExitCode::FAILURE
        }
        // The hook has printed the panic.
        Ok(Err(_)) => ExitCode::FAILURE,
    }
}

/// As much as the process's own stack usually may grow to.
const STACK_BYTES: usize = 8 << 20;

fn answer(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut line = String::new();
    input.by_ref().take(64 << 10).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    limit(&request)?;

    let (reply, code) = match read(input, request.component_bytes).and_then(|wasm| compile(&wasm, &request)) {
        Ok(Ok(code)) => (Reply::Compiled, code),
        Ok(Err(refusal)) => (Reply::Refused(refusal), Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => (Reply::OutOfMemory, Vec::new()),
        Err(error) => (Reply::Failed(error.to_string()), Vec::new()),
    };
    serde_json::to_writer(&mut output, &reply)?;
    output.write_all(b"\n")?;
    output.write_all(&code)?;
    output.flush()
}

/// Gives up what compiling does not need, before the first byte of the plugin is read.
fn limit(request: &Request) -> io::Result<()> {
    let Request { memory_bytes, cpu_seconds, .. } = *request;
    for (resource, limit) in [
        (Resource::RLIMIT_AS, memory_bytes),
        (Resource::RLIMIT_CPU, cpu_seconds),
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_CORE, 0),
    ] {
        // Whoever runs the server may have set less.
        let (_, hard) = getrlimit(resource)?;
        setrlimit(resource, limit.min(hard), limit.min(hard))?;
    }
    Ok(())
}

fn read(input: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut wasm = Vec::new();
    input.take(most as u64 + 1).read_to_end(&mut wasm)?;
    if wasm.len() > most {
        return Err(io::Error::other("the plugin is larger than the request says"));
    }
    Ok(wasm)
}

fn compile(wasm: &[u8], request: &Request) -> io::Result<Result<Vec<u8>, Refusal>> {
    let engine = engine::compiling(request.threads > 1).map_err(failed)?;
    if engine::fingerprint(&engine) != request.fingerprint {
        return Err(io::Error::other("the compiler and the server are different builds"));
    }
    let component = match inspect(wasm) {
        Ok(component) => component,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match engine.precompile_component(&component) {
        Err(error) if error.is::<OutOfMemory>() => Err(failed(error)),
        compiled => Ok(compiled.map_err(invalid)),
    }
}

/// An error that is not the plugin's. Most of what allocates ends the process when it cannot, but wasmtime may say so.
fn failed(error: wasmtime::Error) -> io::Error {
    if error.is::<OutOfMemory>() { io::ErrorKind::OutOfMemory.into() } else { io::Error::other(error) }
}
