//! What a designer reads: a plugin at a glance, and what its cases showed.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use indicatif::{BinaryBytes, HumanCount};
use serde_json::Value;
use similar::TextDiff;

use super::anatomy::Anatomy;
use super::case::CallName;
use super::trial::{Finding, Run, Trial};
use crate::rules::{Admission, FailedCall, LogLevel, Logs, Manifest, RuleLimits, RuleSettings, Usage};

/// A plugin that was built, in a few aligned lines.
#[must_use]
pub fn built(wasm: &Path, bytes: usize, admission: &Admission) -> String {
    let (limit, _) = limits(admission);
    let capabilities: Vec<&str> = admission.capabilities.iter().map(|capability| capability.as_str()).collect();
    let too_large = if bytes > limit { "; servers refuse it unless they are told to take more" } else { "" };
    format!(
        "{} {}\n  decides  {}\n  wasm     {}\n  size     {} bytes, {} of the {} that a server takes by default{too_large}\n  \
         digest   {}\n",
        admission.manifest.name,
        admission.manifest.version,
        capabilities.join(", "),
        wasm.display(),
        HumanCount(bytes as u64),
        Share(bytes as f64, limit as f64),
        self::bytes(limit),
        admission.digest,
    )
}

/// How large a plugin of this kind may be by default, and how much memory one of its decisions may take.
fn limits(admission: &Admission) -> (usize, usize) {
    let RuleSettings { component_bytes, decision, large, .. } = RuleSettings::default();
    if admission.plugin.is_large() {
        (large.component_bytes, large.decision.memory_bytes)
    } else {
        (component_bytes, decision.memory_bytes)
    }
}

/// A plugin in all that there is to know of it without running it.
#[must_use]
pub fn inspected(wasm: &Path, size: usize, admission: &Admission, anatomy: &Anatomy) -> String {
    let mut text = built(wasm, size, admission);
    let mut line = |what: &str, value: String| _ = writeln!(text, "  {what:<9}{value}");
    let import = |(interface, functions): (&String, &BTreeSet<String>)| {
        let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
        if functions.is_empty() { interface.clone() } else { format!("{interface}: {}", functions.join(", ")) }
    };
    let imports: Vec<String> = anatomy.imports.iter().map(import).collect();
    line("imports", if imports.is_empty() { "nothing".to_owned() } else { imports.join("; ") });
    let Anatomy { code, data, names, memory, .. } = anatomy;
    let rest = size.saturating_sub(code + data + names);
    line(
        "made of",
        format!("{} code, {} data, {} names, {} else", bytes(*code), bytes(*data), bytes(*names), bytes(rest)),
    );
    let (_, limit) = limits(admission);
    let memory = usize::try_from(*memory).unwrap_or(usize::MAX);
    line("memory", format!("{} at the beginning of a call, of {}", bytes(memory), bytes(limit)));
    let Manifest { description, parameters_schema, .. } = &admission.manifest;
    if !description.is_empty() {
        let _ = write!(text, "\n{description}\n");
    }
    let _ = match parameters_schema {
        Some(schema) => write!(text, "\nparameters, as JSON Schema:\n{schema:#}\n"),
        None => write!(text, "\nno parameters\n"),
    };
    text
}

/// What the cases of a plugin showed: a table of all, then what went wrong in each that did not pass, then the sum.
#[must_use]
pub fn tested(plugin: &str, trials: &[Trial]) -> String {
    let mut text = format!("{plugin}\n{}\n", table(trials).trim_fmt());
    for trial in trials.iter().filter(|trial| !trial.passed() || is_accepted(trial)) {
        text.push('\n');
        text.push_str(&failure(trial));
    }
    let accepted = trials.iter().filter(|trial| is_accepted(trial)).count();
    let passed = trials.iter().filter(|trial| trial.passed()).count() - accepted;
    let failed = trials.len() - passed - accepted;
    let _ = write!(text, "\n{}", Count(passed, "passed"));
    for (count, what) in [(accepted, "updated"), (failed, "failed")].into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(text, ", {count} {what}");
    }
    text.push('\n');
    text
}

fn is_accepted(trial: &Trial) -> bool {
    matches!(&trial.result, Ok(Run { finding: Finding::Accepted { .. }, .. }))
}

/// `3 cases passed`
struct Count(usize, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.0, if self.0 == 1 { "case" } else { "cases" }, self.1)
    }
}

/// One row for each case, and one for the limits of each call that was made.
fn table(trials: &[Trial]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["case", "call", "result", "fuel", "memory", "time", "input", "output"]);
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    // Calls with the same limits share a row.
    let mut limits: Vec<(&RuleLimits, Vec<CallName>)> = Vec::new();
    for trial in trials {
        let Ok(run) = &trial.result else {
            table.add_row([file_name(&trial.file).as_str(), "", "MALFORMED"]);
            continue;
        };
        table.add_row(row(run));
        match limits.iter_mut().find(|(known, _)| **known == run.limits) {
            Some((_, calls)) if calls.contains(&run.call) => {}
            Some((_, calls)) => calls.push(run.call),
            None => limits.push((&run.limits, vec![run.call])),
        }
    }
    for (limits, calls) in limits {
        let RuleLimits { fuel, memory_bytes, input_bytes, output_bytes, time_ms, log_bytes: _ } = limits;
        let calls: Vec<&str> = calls.into_iter().map(Into::into).collect();
        table.add_row([
            "limits, as servers have them by default".to_owned(),
            calls.join("\n"),
            String::new(),
            HumanCount(*fuel).to_string(),
            bytes(*memory_bytes),
            format!("{time_ms} ms"),
            bytes(*input_bytes),
            bytes(*output_bytes),
        ]);
    }
    table
}

fn row(run: &Run) -> [String; 8] {
    let Run { case, call, finding, usage, limits, logs: _ } = run;
    let Usage { fuel, memory_bytes, input_bytes, output_bytes, time } = usage;
    let sized = |used: &usize, limit: usize| format!("{} ({})", bytes(*used), Share(*used as f64, limit as f64));
    let milliseconds = time.as_secs_f64() * 1_000.0;
    let result = match finding {
        Finding::Passed => "passed",
        Finding::Different { .. } => "FAILED",
        Finding::Accepted { .. } => "updated",
        Finding::Failed(failed) => failed.failure.code(),
    };
    [
        case.clone(),
        call.to_string(),
        result.to_owned(),
        format!("{} ({})", HumanCount(*fuel), Share(*fuel as f64, limits.fuel as f64)),
        sized(memory_bytes, limits.memory_bytes),
        format!("{milliseconds:.2} ms ({})", Share(milliseconds, limits.time_ms as f64)),
        sized(input_bytes, limits.input_bytes),
        sized(output_bytes, limits.output_bytes),
    ]
}

/// `512 B`, `128 KiB`, `1.10 KiB`
fn bytes(bytes: usize) -> String {
    BinaryBytes(bytes as u64).to_string().replace(".00 ", " ")
}

/// A part of a limit, in percent.
struct Share(f64, f64);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} %", 100.0 * self.0 / self.1)
    }
}

pub(super) fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).display().to_string()
}

/// What went wrong in a case, or was accepted.
pub(super) fn failure(trial: &Trial) -> String {
    let file = trial.file.display();
    match &trial.result {
        Err(error) => format!("malformed case\n  {file}\n{}", indented(&error.to_string())),
        Ok(run) => {
            let what = match &run.finding {
                Finding::Passed => String::new(),
                Finding::Different { expected, actual } | Finding::Accepted { expected, actual } => {
                    indented(&diff(expected.as_ref(), actual))
                }
                Finding::Failed(failed) => indented(&backtrace(failed)),
            };
            format!("{}\n  {file}\n{what}{}", run.case, indented(&log(&run.logs)))
        }
    }
}

/// A call that gave no answer: why not, where in the rule, and what the rule had to say.
#[must_use]
pub fn failed_call(failed: &FailedCall) -> String {
    format!("{}{}", indented(&backtrace(failed)), indented(&log(&failed.logs)))
}

fn backtrace(failed: &FailedCall) -> String {
    let mut text = format!("{}: {}\n", failed.failure.code(), failed.failure);
    for frame in &failed.backtrace {
        let _ = writeln!(text, "  {frame}");
    }
    text
}

/// What a rule wrote to its log, a line for each line.
pub(super) fn log(logs: &Logs) -> String {
    let mut text = String::new();
    for line in &logs.lines {
        let level = match line.level {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        };
        let _ = writeln!(text, "log {level}: {}", line.message.replace('\n', "\n  "));
    }
    if logs.dropped > 0 {
        let _ = writeln!(text, "log: {} more, past the limit", logs.dropped);
    }
    text
}

/// What was expected against what came, as a unified diff with all of its lines.
fn diff(expected: Option<&Value>, actual: &Value) -> String {
    let pretty = |value: &Value| format!("{value:#}\n");
    let (before, actual) = (expected.map(pretty).unwrap_or_default(), pretty(actual));
    let diff = TextDiff::from_lines(&before, &actual);
    let what = if expected.is_some() {
        "expected"
    } else {
        "nothing is expected yet; --update writes the answer into the case"
    };
    let mut text = format!("- {what}\n+ the rule's answer\n");
    for change in diff.iter_all_changes() {
        let _ = write!(text, "{} {change}", change.tag());
    }
    text
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut indented, line| {
        let _ = writeln!(indented, "  {line}");
        indented
    })
}
