//! Somebody who follows a page to the letter, from an empty folder.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::page::{Doing, Step, TerminalName};
use crate::said::is_as_said;
use crate::terminal::{Said, Terminal};

/// Where the pages have the server listen. The port may be in use, so this, and nothing else, is replaced in what they say.
const ADDRESS: &str = "127.0.0.1:8080";

/// The walk, up to where the page has been followed.
pub(crate) struct Walk {
    address: String,
    first: Terminal,
    server: Terminal,
    begun: Instant,
    // Dropped last, when nobody writes there any more.
    folder: TempDir,
}

impl Walk {
    /// Begins one in an empty folder.
    pub(crate) fn begin() -> Self {
        for tool in ["bash", "curl"] {
            let version = std::process::Command::new(tool).arg("--version").output();
            assert!(version.is_ok(), "{tool} is missing, which the pages need: apt-get install {tool}");
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // Not in the target folder, which lies in this repository: `plugin new` would find the workspace above.
        let folder = tempfile::tempdir().unwrap();
        Self {
            address: format!("127.0.0.1:{port}"),
            first: Terminal::open(folder.path()),
            server: Terminal::open(folder.path()),
            begun: Instant::now(),
            folder,
        }
    }

    /// Follows the steps, one after the other.
    pub(crate) fn follow(&mut self, page: &str, steps: &[Step]) {
        for Step { line, doing } in steps {
            let place = format!("{page}:{line}");
            match doing {
                Doing::File { file, text, replace } => self.write(&place, file, text, replace.as_deref()),
                Doing::Commands { text, terminal, exit, output } => {
                    let command = text.replace(ADDRESS, &self.address);
                    let output = output.as_ref().map(|output| output.replace(ADDRESS, &self.address));
                    let said = match terminal {
                        TerminalName::Server => {
                            let wanted = output
                                .as_deref()
                                .unwrap_or_else(|| panic!("{place}: how is one to know that it runs?"));
                            self.server.start(&command, |text| is_as_said(wanted, text))
                        }
                        TerminalName::First if *exit == 0 => self.first.run(&command),
                        TerminalName::First => self.first.attempt(&command),
                    };
                    judge(&place, &command, *terminal, *exit, output.as_deref(), &said);
                }
            }
        }
    }

    /// Writes a file, or replaces a part of it.
    fn write(&self, place: &str, file: &str, text: &str, replace: Option<&str>) {
        let path = self.folder.path().join(file);
        let whole = match replace {
            None => text.to_owned(),
            Some(beginning) => {
                let old = fs::read_to_string(&path).unwrap();
                replaced(&old, beginning, text).unwrap_or_else(|why| panic!("{place}: {why} in {file}:\n{old}"))
            }
        };
        fs::write(&path, whole).unwrap_or_else(|error| panic!("{place}: {file} cannot be written: {error}"));
    }

    /// The JSON that a command prints, typed into the first terminal with all that the reader has set there.
    pub(crate) fn ask(&mut self, command: &str) -> Value {
        let Said { text, .. } = self.first.run(command);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{command} says {text}: {error}"))
    }

    /// Stops the server as the page says, by Ctrl-C; how long the walk took.
    pub(crate) fn end(self) -> Duration {
        let took = self.begun.elapsed();
        self.server.interrupt();
        took
    }
}

/// Holds what was printed against the page.
fn judge(place: &str, command: &str, terminal: TerminalName, exit: i32, output: Option<&str>, said: &Said) {
    eprintln!("{place} {:.2} s: {}", said.took.as_secs_f64(), command.lines().next().unwrap_or_default());
    let wanted = (terminal == TerminalName::First).then_some(exit);
    assert!(
        said.code == wanted,
        "{place}: it ended with {:?}, where {wanted:?} was to be\n{command}\nIt printed:\n{}",
        said.code,
        said.text
    );
    if let Some(output) = output {
        assert!(
            is_as_said(output, &said.text),
            "{place}: it prints something else than the page says\n{command}\nThe page says:\n{output}\nIt printed:\n{}",
            said.text
        );
    }
}

/// A file in which an item is another one: the line that begins so, to the brace that closes it.
fn replaced(old: &str, beginning: &str, new: &str) -> Result<String, String> {
    let lines: Vec<_> = old.lines().collect();
    let begins = |line: &&str| line.trim_start().starts_with(beginning);
    let first = lines.iter().position(begins).ok_or_else(|| format!("nothing begins with {beginning:?}"))?;
    if lines.iter().filter(|line| begins(line)).count() > 1 {
        return Err(format!("more than one line begins with {beginning:?}"));
    }
    let last = match lines[first].strip_suffix('{') {
        Some(_) => first + lines[first..].iter().position(|line| *line == "}").ok_or("no brace closes it")?,
        None => first,
    };
    let mut text = String::new();
    lines[..first].iter().for_each(|line| text += &format!("{line}\n"));
    text += new;
    lines[last + 1..].iter().for_each(|line| text += &format!("{line}\n"));
    Ok(text)
}

#[test]
fn an_item_is_replaced_whole_and_only_it() {
    let old = "use a;\n\nimpl A {\n    fn f() {\n        x();\n    }\n}\n\nexport!(A);\n";
    assert_eq!(replaced(old, "impl A", "impl B {}\n").unwrap(), "use a;\n\nimpl B {}\n\nexport!(A);\n");
    assert_eq!(replaced(old, "x(", "        y();\n").unwrap(), old.replace("x()", "y()"));
    assert_eq!(replaced(old, "export!", "export!(B);\n").unwrap(), old.replace("export!(A)", "export!(B)"));
    assert!(replaced(old, "impl C", "").unwrap_err().contains("nothing begins with"));
    assert!(replaced("x();\nx();\n", "x", "").unwrap_err().contains("more than one"));
}
