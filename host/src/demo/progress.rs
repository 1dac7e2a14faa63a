//! Shows how far the work has come: a bar on a terminal, plain lines elsewhere.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const TICK: Duration = Duration::from_millis(100);

/// One piece of work that is under way. Clones are the same piece.
#[derive(Debug, Clone)]
pub struct Step {
    bar: ProgressBar,
    what: Cow<'static, str>,
    began: Instant,
}

impl Step {
    /// Begins a piece of work. `total` is how much of it there is; 0: nobody knows.
    pub fn begin(what: impl Into<Cow<'static, str>>, total: usize) -> Self {
        let what = what.into();
        let bar = if stderr().is_terminal() {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        let style = if total == 0 {
            "{spinner} {msg}"
        } else {
            bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
            "{spinner} {msg} [{bar:30}] {human_pos}/{human_len}"
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what.clone());
        bar.enable_steady_tick(TICK);
        Self { bar, what, began: Instant::now() }
    }

    /// A part of it is done.
    pub fn advance(&self) {
        self.bar.inc(1);
    }

    /// All of it is done; `result` says in a few words what came of it.
    pub fn end(self, result: &str) {
        self.bar.finish_and_clear();
        let colon = if result.is_empty() { "" } else { ": " };
        // Nobody is left to be told when this fails.
        let _ = writeln!(stderr(), "{:>6.1} s  {}{colon}{result}", self.began.elapsed().as_secs_f64(), self.what);
    }
}
