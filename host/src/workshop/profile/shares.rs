//! Reads from a profile what each function's share is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// A function of the plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name, as it was written in the source.
    pub name: String,
    /// Samples in which it ran itself.
    pub own: u64,
    /// Samples in which it ran, or something that it called.
    pub total: u64,
}

/// All functions together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shares {
    /// How many samples there are.
    pub(super) samples: u64,
    /// The functions, those with the most of their own first.
    pub(super) functions: Vec<Function>,
}

/// As much of the "processed profile format" as is needed: tables by columns, whose rows name each other by number.
#[derive(Deserialize)]
struct Profile {
    threads: Vec<Thread>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thread {
    samples: Samples,
    stack_table: Stacks,
    frame_table: Frames,
    func_table: Functions,
    string_array: Vec<String>,
}

#[derive(Deserialize)]
struct Samples {
    stack: Vec<Option<usize>>,
}

/// A stack is a frame on top of another stack.
#[derive(Deserialize)]
struct Stacks {
    prefix: Vec<Option<usize>>,
    frame: Vec<usize>,
}

#[derive(Deserialize)]
struct Frames {
    func: Vec<usize>,
}

#[derive(Deserialize)]
struct Functions {
    name: Vec<usize>,
}

impl Thread {
    /// The name of the function that a stack ends with.
    fn running(&self, stack: usize) -> Option<String> {
        let frame = self.stack_table.frame.get(stack)?;
        let function = self.frame_table.func.get(*frame)?;
        let name = self.func_table.name.get(*function)?;
        self.string_array.get(*name).map(|name| readable(name))
    }

    /// A stack and those below it.
    fn stacks(&self, top: usize) -> impl Iterator<Item = usize> {
        // A stack is always below those that it is the prefix of, so that this ends whatever the file says.
        let below = |stack: &usize| self.stack_table.prefix.get(*stack).copied().flatten().filter(|next| next < stack);
        std::iter::successors(Some(top), below)
    }
}

/// Reads a profile, as [`Profiler::finish`](crate::rules::Profiler::finish) writes it.
pub(super) fn read(json: &[u8]) -> serde_json::Result<Shares> {
    let Profile { threads } = serde_json::from_slice(json)?;
    let mut shares = Shares::default();
    let mut functions: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for thread in &threads {
        for top in thread.samples.stack.iter().flatten() {
            shares.samples += 1;
            if let Some(name) = thread.running(*top) {
                functions.entry(name).or_default().0 += 1;
            }
            // One that calls itself is there several times, but it is one.
            let names: BTreeSet<String> = thread.stacks(*top).filter_map(|stack| thread.running(stack)).collect();
            for name in names {
                functions.entry(name).or_default().1 += 1;
            }
        }
    }
    shares.functions = functions.into_iter().map(|(name, (own, total))| Function { name, own, total }).collect();
    shares.functions.sort_by_key(|function| Reverse((function.own, function.total)));
    Ok(shares)
}

/// A name without the hashes by which compilers tell apart crates, and the forms that a generic function takes:
/// `::h0123456789abcdef` at the end, `[0123456789abcdef]` behind a crate's name. What then has one name is counted as one.
fn readable(name: &str) -> String {
    let is_hash = |text: &str| text.len() >= 12 && text.chars().all(|c| c.is_ascii_hexdigit());
    let name = match name.rsplit_once("::h") {
        Some((before, hash)) if is_hash(hash) => before,
        _ => name,
    };
    let mut readable = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        readable.push_str(before);
        rest = match after.split_once(']') {
            Some((hash, behind)) if is_hash(hash) => behind,
            _ => {
                readable.push('[');
                after
            }
        };
    }
    readable + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn own_and_total_shares_are_counted() {
        // main -> work -> work, main -> rest, and a sample outside of all functions.
        let profile = json!({ "threads": [{
            "samples": { "stack": [2, 2, 1, 3, 0, null] },
            "stackTable": { "prefix": [null, 0, 1, 0], "frame": [0, 1, 1, 2] },
            "frameTable": { "func": [0, 1, 2] },
            "funcTable": { "name": [2, 1, 0] },
            "stringArray": ["rest", "work", "main"],
        }] });
        let Shares { samples, functions } = read(profile.to_string().as_bytes()).unwrap();
        assert_eq!(samples, 5);
        let functions: Vec<_> = functions.iter().map(|it| (it.name.as_str(), it.own, it.total)).collect();
        assert_eq!(functions, [("work", 3, 3), ("main", 1, 5), ("rest", 1, 1)]);
    }

    #[test]
    fn names_are_freed_from_hashes() {
        for (name, expected) in [
            ("hydra::scoring::score::h0123456789abcdef", "hydra::scoring::score"),
            (
                "<hydra[0123456789abcdef]::Rule as sdk[fedcba9876543210]::Scoring>::score",
                "<hydra::Rule as sdk::Scoring>::score",
            ),
            ("<[u8]>::iter", "<[u8]>::iter"),
            ("world-events:rules/scoring@0.1.0#score", "world-events:rules/scoring@0.1.0#score"),
            ("a::hello", "a::hello"),
        ] {
            assert_eq!(readable(name), expected);
        }
    }
}
