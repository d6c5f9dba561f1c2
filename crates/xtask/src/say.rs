//! What the tasks print: a line when a step starts, a line when it ends.

use std::io::{IsTerminal, Write, stdout};
use std::time::{Duration, Instant};

const NAME_WIDTH: usize = 24;
const LINE_WIDTH_MAX: usize = 96;

/// A step under way.
pub(crate) struct Step {
    name: String,
    started: Instant,
}

impl Step {
    /// Says what is being done and, for a long step, roughly how long it takes.
    pub(crate) fn start(name: &str, doing: &str) -> Self {
        println!("{name:<NAME_WIDTH$} {doing} …");
        Self {
            name: name.to_owned(),
            started: Instant::now(),
        }
    }

    /// Says that the step ended and how long it took.
    pub(crate) fn done(self, what: &str) {
        clear();
        println!(
            "{:<NAME_WIDTH$} {what} in {}",
            self.name,
            elapsed(self.started.elapsed())
        );
    }

    /// Shows how far a step has come; on a terminal alone, and gone with the next line.
    pub(crate) fn tick(&self, progress: &str) {
        if stdout().is_terminal() {
            let text = format!(
                "{:<NAME_WIDTH$} {:>6}  {progress}",
                "",
                elapsed(self.started.elapsed())
            );
            let text: String = text.chars().take(LINE_WIDTH_MAX).collect();
            print!("\r{text}\x1b[K");
            // A line that cannot be shown is no reason to stop the step.
            drop(stdout().flush());
        }
    }
}

/// Says that there is nothing to do.
pub(crate) fn ready(name: &str, what: &str) {
    println!("{name:<NAME_WIDTH$} {what}");
}

/// A duration as a person says it.
pub(crate) fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

fn clear() {
    if stdout().is_terminal() {
        print!("\r\x1b[K");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(elapsed(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(elapsed(Duration::from_secs(59)), "59 s");
        assert_eq!(elapsed(Duration::from_secs(125)), "2 min 5 s");
    }
}
