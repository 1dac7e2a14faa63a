//! What a rule writes to its log.

use serde::Serialize;

use super::abi::host::Level;

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "these words are known")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}

/// One line of a rule's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// What it says. Cut short if it went past the call's limit.
    pub message: String,
}

/// What one call wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Logs {
    /// The lines, oldest first.
    pub lines: Vec<LogLine>,
    /// How many lines were dropped, or cut short, because the call had written all that it may.
    pub dropped: u64,
}

/// A call's log while it is being written.
#[derive(Debug)]
pub(super) struct Journal {
    logs: Logs,
    /// How many bytes it will still take.
    room: usize,
}

/// What a line takes besides its text, so that even empty lines come to an end.
const LINE_BYTES: usize = 16;

impl Journal {
    pub(super) fn new(limit: usize) -> Self {
        Self { logs: Logs::default(), room: limit }
    }

    /// Whether nothing more will be kept: then a line is best dropped without being read.
    pub(super) fn is_full(&self) -> bool {
        self.room < LINE_BYTES
    }

    /// Notes that a line was dropped.
    pub(super) fn drop_line(&mut self) {
        self.logs.dropped += 1;
    }

    /// How much of this text there is room for.
    pub(super) fn fitting<'text>(&self, text: &'text str) -> &'text str {
        let room = self.room.saturating_sub(LINE_BYTES);
        text.get(..text.floor_char_boundary(room)).unwrap_or_default()
    }

    /// Adds a line, of which `cut` says that it was longer.
    pub(super) fn add(&mut self, level: LogLevel, message: String, cut: bool) {
        self.room = if cut { 0 } else { self.room.saturating_sub(LINE_BYTES + message.len()) };
        self.logs.dropped += u64::from(cut);
        self.logs.lines.push(LogLine { level, message });
    }

    pub(super) fn into_logs(self) -> Logs {
        self.logs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(journal: &mut Journal, text: &str) {
        if journal.is_full() {
            return journal.drop_line();
        }
        let kept = journal.fitting(text).to_owned();
        let cut = kept.len() < text.len();
        journal.add(LogLevel::Info, kept, cut);
    }

    #[test]
    fn lines_are_kept_up_to_the_limit() {
        let mut journal = Journal::new(2 * LINE_BYTES + 8);
        for text in ["12345", "aßc", "more"] {
            write(&mut journal, text);
        }
        let logs = journal.into_logs();
        let texts: Vec<_> = logs.lines.iter().map(|line| line.message.as_str()).collect();
        // Three bytes are left for the second line: the `a` and the two of the `ß`.
        assert_eq!(texts, ["12345", "aß"]);
        assert_eq!(logs.dropped, 2);
    }

    #[test]
    fn a_character_is_never_cut_in_two() {
        let mut journal = Journal::new(LINE_BYTES + 2);
        write(&mut journal, "aß");
        assert_eq!(journal.into_logs().lines[0].message, "a");
    }

    #[test]
    fn empty_lines_end_too() {
        let mut journal = Journal::new(10 * LINE_BYTES);
        for _ in 0..100 {
            write(&mut journal, "");
        }
        let logs = journal.into_logs();
        assert_eq!((logs.lines.len(), logs.dropped), (10, 90));
    }
}
