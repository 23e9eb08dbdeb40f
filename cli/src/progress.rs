//! Progress of one step: a line that is rewritten on a terminal, plain lines elsewhere.

use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often a step without a terminal says that it still goes on.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// The lines that are being rewritten, one below the other: several steps can go on at the same time.
static REWRITTEN: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Prints above the lines that are being rewritten.
pub fn above<T>(print: impl FnOnce() -> T) -> T {
    REWRITTEN.suspend(print)
}

/// A step that people may have to wait for.
pub struct Step {
    title: String,
    started: Instant,
    view: View,
}

enum View {
    Terminal(ProgressBar),
    Lines { last: Mutex<Instant> },
    Nothing,
}

impl Step {
    /// Begins a step. Nothing is shown unless `visible`.
    pub fn begin(title: String, visible: bool, terminal: bool) -> Self {
        let started = Instant::now();
        let view = match (visible, terminal) {
            (false, _) => View::Nothing,
            (true, true) => View::Terminal(spinner(&title)),
            (true, false) => View::Lines { last: Mutex::new(started) },
        };
        Self { title, started, view }
    }

    /// Tells how far the step is.
    pub fn note(&self, text: &str) {
        match &self.view {
            View::Terminal(bar) => bar.set_message(text.to_owned()),
            View::Lines { last } => {
                let Ok(mut last) = last.lock() else { return };
                if last.elapsed() >= PLAIN_INTERVAL {
                    *last = Instant::now();
                    line(&format!("  {:<10} {text} ...", self.title));
                }
            }
            View::Nothing => {}
        }
    }

    /// Tells how many bytes are done, and of how many if that is known.
    pub fn bytes(&self, done: u64, total: Option<u64>) {
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let of = total.map_or(String::new(), |total| format!(" of {}", size(total)));
        self.note(&format!("{}{of}, {}/s", size(done), size(rate(done, seconds))));
    }

    /// Ends the step: what came of it, and how long it took.
    pub fn done(self, outcome: &str) {
        let taken = self.started.elapsed().as_secs_f64();
        self.done_in(outcome, taken);
    }

    /// Ends the step that took this many seconds by somebody else's clock.
    pub fn done_in(self, outcome: &str, seconds: f64) {
        let text = format!("  {:<10} {outcome} ({seconds:.1} s)", self.title);
        match &self.view {
            View::Terminal(bar) => {
                bar.finish_and_clear();
                line(&text);
            }
            View::Lines { .. } => line(&text),
            View::Nothing => {}
        }
    }

    /// How long the step has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A step that is dropped without an outcome leaves no half line behind.
impl Drop for Step {
    fn drop(&mut self) {
        if let View::Terminal(bar) = &self.view {
            bar.finish_and_clear();
        }
    }
}

fn spinner(title: &str) -> ProgressBar {
    let bar = REWRITTEN.add(ProgressBar::new_spinner());
    if let Ok(style) = ProgressStyle::with_template("  {prefix:<10} {spinner} {wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_prefix(title.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// A closed stderr must not stop the work that it tells of.
fn line(text: &str) {
    use std::io::Write as _;
    above(|| {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    });
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "for people")]
fn rate(bytes: u64, seconds: f64) -> u64 {
    (bytes as f64 / seconds) as u64
}

/// A number of bytes for people, in powers of 1000.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn size(bytes: u64) -> String {
    let units = [(1_000_000_000_u64, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / *unit as f64),
        None => format!("{bytes} B"),
    }
}

/// A length of time for people.
pub fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
