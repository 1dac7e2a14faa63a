//! A page's fenced blocks, and what a reader does with each.

use std::collections::VecDeque;

/// What a reader does.
#[derive(Debug)]
pub(crate) struct Step {
    /// The line of the page that the block begins in.
    pub(crate) line: usize,
    pub(crate) doing: Doing,
}

#[derive(Debug)]
pub(crate) enum Doing {
    /// Types commands: a block `sh`.
    Commands {
        text: String,
        /// Where; `sh terminal=server` is the terminal in which the server runs.
        terminal: TerminalName,
        /// What they end with; `sh exit=1` says that they fail.
        exit: i32,
        /// What is to come of them: the block `text` beneath.
        output: Option<String>,
    },
    /// Writes a file: a block with `title="FILE"`.
    File {
        file: String,
        text: String,
        /// What of the file is replaced, `replace="BEGINNING"`; without it, the file is this text.
        replace: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TerminalName {
    First,
    Server,
}

/// A fenced block as it stands on the page.
struct Fence {
    line: usize,
    info: String,
    text: String,
    /// What stands above it, up to the block before or an empty line.
    above: String,
}

/// The steps of a page between two of its lines; of all of it, if none are given.
pub(crate) fn steps(page: &str, between: Option<[&str; 2]>) -> Vec<Step> {
    let mut fences = fences(page, between);
    let mut steps = Vec::new();
    while let Some(fence) = fences.pop_front() {
        let line = fence.line;
        let mut words = fence.info.splitn(2, ' ');
        let (language, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let attribute = |name| attribute(rest, name);
        let doing = if let Some(file) = attribute("title") {
            let replace = attribute("replace");
            for told in [Some(&file), replace.as_ref()].into_iter().flatten() {
                // The attributes are for this test: whoever reads the page sees what is above the block.
                assert!(
                    fence.above.contains(&format!("`{told}`")),
                    "line {line}: `{told}` is not said above the block"
                );
            }
            Doing::File { file, text: fence.text, replace }
        } else {
            assert_eq!(
                language, "sh",
                "line {line}: it is neither a command, nor its output, nor a file: {}",
                fence.info
            );
            let is_output = |next: &mut Fence| next.info == "text" && next.above.is_empty();
            let output = fences.pop_front_if(is_output).map(|output| output.text);
            let terminal = match attribute("terminal").as_deref() {
                None => TerminalName::First,
                Some("server") => TerminalName::Server,
                Some(other) => panic!("line {line}: there is no terminal {other}"),
            };
            let exit = attribute("exit").map_or(0, |code| code.parse().unwrap());
            Doing::Commands { text: fence.text, terminal, exit, output }
        };
        steps.push(Step { line, doing });
    }
    steps
}

fn fences(page: &str, between: Option<[&str; 2]>) -> VecDeque<Fence> {
    let mut lines = page.lines().zip(1..);
    if let Some([first, _]) = between {
        assert!(lines.any(|(line, _)| line == first), "the page has no line {first:?}");
    }
    let (mut fences, mut above) = (VecDeque::new(), String::new());
    while let Some((line, number)) = lines.next() {
        if let Some([_, end]) = between
            && line == end
        {
            return fences;
        }
        let Some(info) = line.strip_prefix("```") else {
            // A paragraph above a block is apart from it by an empty line.
            let is_new = !line.is_empty() && above.ends_with("\n\n");
            above = if is_new { String::new() } else { above } + line + "\n";
            continue;
        };
        let text: String = lines
            .by_ref()
            .map(|(line, _)| line)
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        let above = std::mem::take(&mut above).trim().to_owned();
        fences.push_back(Fence { line: number, info: info.to_owned(), text, above });
    }
    assert!(between.is_none(), "the page does not have both lines of {between:?}");
    fences
}

/// `name=value` or `name="a value"`.
fn attribute(info: &str, name: &str) -> Option<String> {
    let info = format!(" {info}");
    let (_, value) = info.split_once(&format!(" {name}="))?;
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split(' ').next(),
    };
    value.map(str::to_owned)
}

#[test]
fn blocks_are_steps_in_their_order() {
    let page = "# One\n\n```sh\na\n```\n\n```text\nb\n```\n\n## Two\n\nReplace `x` in\n`f.rs`:\n\n```rust title=\"f.rs\" replace=\"x\"\n\
                y\n```\n\n```sh exit=1\nc\n```\n\nIn the other one:\n\n```sh terminal=server\nd\n```\n## Three\n```sh\ne\n```\n";
    let told = |between| -> Vec<String> {
        steps(page, between).iter().map(|Step { line, doing }| format!("{line} {doing:?}")).collect()
    };
    let all = [
        r#"3 Commands { text: "a\n", terminal: First, exit: 0, output: Some("b\n") }"#,
        r#"16 File { file: "f.rs", text: "y\n", replace: Some("x") }"#,
        r#"20 Commands { text: "c\n", terminal: First, exit: 1, output: None }"#,
        r#"26 Commands { text: "d\n", terminal: Server, exit: 0, output: None }"#,
        r#"30 Commands { text: "e\n", terminal: First, exit: 0, output: None }"#,
    ];
    assert_eq!(told(None), all);
    assert_eq!(told(Some(["## Two", "## Three"])), all[1..4]);
}

#[test]
#[should_panic(expected = "line 3: `x` is not said above the block")]
fn what_a_block_does_is_said_above_it() {
    steps("In `f.rs`:\n\n```rust title=\"f.rs\" replace=\"x\"\ny\n```\n", None);
}

#[test]
#[should_panic(expected = "line 1: it is neither a command, nor its output, nor a file: text")]
fn a_block_that_is_nothing_of_this_is_refused() {
    steps("```text\na\n```\n", None);
}
