//! Ends what a run left behind: processes carry a mark in their environment that children inherit.

use std::fs;
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
        for signal in ["-TERM", "-KILL"] {
            let left = self.carriers();
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

    fn carriers(&self) -> Vec<String> {
        let wanted = format!("{VARIABLE}={}", self.0);
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let ids = entries
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned());
        ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
            .filter(|id| {
                fs::read(format!("/proc/{id}/environ")).is_ok_and(|variables| {
                    variables
                        .split(|&byte| byte == 0)
                        .any(|one| one == wanted.as_bytes())
                })
            })
            .collect()
    }
}
