//! Ends what a run left behind: processes carry a mark in their environment that children inherit.

use std::fs;
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

const VARIABLE: &str = "TSUTSUMI_RUN";
const GRACE: Duration = Duration::from_millis(500);

/// One run's mark.
pub(crate) struct Mark(String);

impl Mark {
    /// A mark that no other run has.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self(format!(
            "{}.{}",
            process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ))
    }

    /// Marks the process that `command` starts, and with it all that the process starts.
    pub(crate) fn put_on(&self, command: &mut Command) {
        command.env(VARIABLE, &self.0);
    }

    /// Ends every process that carries the mark. Finds them on Linux alone.
    pub(crate) fn sweep(&self) {
        end(|mark| mark == self.0);
    }
}

/// Ends what runs left behind that were themselves ended from outside.
pub(crate) fn leftovers() {
    end(|mark| {
        let run = mark.split('.').next().unwrap_or_default();
        !run.is_empty() && !Path::new("/proc").join(run).exists()
    });
}

/// Ends the processes whose mark is one of those to end: kindly first, then for good.
fn end(ends: impl Fn(&str) -> bool) {
    for signal in ["-TERM", "-KILL"] {
        let left = carriers(&ends);
        if left.is_empty() {
            return;
        }
        let mut kill = Command::new("kill");
        kill.arg(signal)
            .args(left)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // A process that ended by itself meanwhile makes `kill` fail, rightly.
        drop(kill.status());
        thread::sleep(GRACE);
    }
}

fn carriers(ends: &impl Fn(&str) -> bool) -> Vec<String> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ids = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|id| mark_of(id).is_some_and(|mark| ends(&mark)))
        .collect()
}

/// The mark of a process, if it has one.
fn mark_of(id: &str) -> Option<String> {
    let variables = fs::read(format!("/proc/{id}/environ")).ok()?;
    let mut variables = variables
        .split(|&byte| byte == 0)
        .filter_map(|one| str::from_utf8(one).ok());
    variables.find_map(|one| Some(one.strip_prefix(VARIABLE)?.strip_prefix('=')?.to_owned()))
}
