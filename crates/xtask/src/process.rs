//! Starting programs: with a clean environment, with a time limit, and with nothing left running.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};
use crate::place;
use crate::say::Step;
use crate::sweep::Mark;

const POLL: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_secs(1);
const LOG_HEAD_LINES: usize = 6;
const LOG_TAIL_LINES: usize = 24;

/// Cargo sets these for the program it runs; a cargo started from here must not see them.
const CARGO_LEFTOVERS: [&str; 5] = [
    "CARGO",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "RUST_RECURSION_COUNT",
    "OUT_DIR",
];

/// A command in the repository, with the programs installed for it first in `PATH`.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(place::root()).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if CARGO_LEFTOVERS.contains(&&*name) || name.starts_with("CARGO_PKG_") {
            command.env_remove(&*name);
        }
    }
    command.env("PATH", search_path(&[place::tools().join("bin")]));
    // `cargo run` puts its own toolchain's libraries here; another toolchain must not load them.
    if let Some(libraries) = env::var_os("LD_LIBRARY_PATH") {
        let kept = env::split_paths(&libraries)
            .filter(|path| !path.starts_with(place::target()) && !path.join("rustlib").exists());
        command.env("LD_LIBRARY_PATH", env::join_paths(kept).unwrap_or_default());
    }
    command
}

/// `PATH` with `first` in front of it.
pub(crate) fn search_path(first: &[PathBuf]) -> std::ffi::OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = first.iter().cloned().chain(env::split_paths(&path));
    env::join_paths(all).unwrap_or(path)
}

/// What a program prints, or why it did not work.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let shown = line(command);
    let output = command
        .output()
        .map_err(|error| cannot_start(&shown, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(Failure::failed(format!(
        "`{shown}` failed ({})\n{}",
        output.status,
        stderr.trim_end()
    )))
}

/// Whether a program starts and exits with 0; what it prints is dropped.
pub(crate) fn works(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs a step of set-up or build: its output goes to a log, part of which a failure shows.
pub(crate) fn logged(step: &Step, command: &mut Command, limit: Duration) -> Result<()> {
    let shown = line(command);
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let log = place::state()
        .join("logs")
        .join(format!("{}.log", program.display()));
    place::write(&log, format!("$ {shown}\n"))?;
    let output = File::options().append(true).open(&log)?;
    let child = command.stdout(output.try_clone()?).stderr(output).spawn();
    let mut child = child.map_err(|error| cannot_start(&shown, &error))?;
    let (started, mut ticked) = (Instant::now(), Instant::now());
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Err(Failure::failed(format!(
                "`{shown}` took more than {limit:?}"
            )));
        }
        if ticked.elapsed() > TICK {
            ticked = Instant::now();
            step.tick(last_line(&log).trim());
        }
        thread::sleep(POLL);
    };
    if status.success() {
        return Ok(());
    }
    let said = shortened(&log);
    let log = place::shown(&log);
    Err(Failure::failed(format!(
        "`{shown}` failed ({status}); from {log}:\n{said}"
    )))
}

/// How a program that was watched ended.
pub(crate) struct Outcome {
    /// Its exit status; none if it ran out of time and was ended.
    pub(crate) status: Option<ExitStatus>,
    /// All that it printed.
    pub(crate) text: String,
}

impl Outcome {
    /// Whether it ended in time and with exit code 0.
    pub(crate) fn success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// Runs a program, shows what it prints and keeps it; ends it, and all that it started, in time.
pub(crate) fn watched(command: &mut Command, limit: Duration) -> Result<Outcome> {
    let shown = line(command);
    let mark = Mark::new();
    mark.put_on(command);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| cannot_start(&shown, &error))?;
    let lines = read_lines(&mut child);
    let started = Instant::now();
    let mut text = String::new();
    let mut status = None;
    while status.is_none() && started.elapsed() < limit {
        status = child.try_wait()?;
        let pause = if status.is_some() {
            Duration::ZERO
        } else {
            POLL
        };
        show_lines(&lines, &mut text, pause);
    }
    if status.is_none() {
        println!("`{shown}` took more than {limit:?} and is ended");
        child.kill()?;
        child.wait()?;
    }
    mark.sweep();
    // Whoever still held the pipes is gone: the readers come to their end.
    show_lines(&lines, &mut text, TICK);
    Ok(Outcome { status, text })
}

/// A child that is ended when this value goes, whatever happens in between.
pub(crate) struct Guarded {
    child: Child,
    mark: Mark,
}

impl Guarded {
    /// Starts a program that runs beside others; its errors go to the log `name`.
    pub(crate) fn start(command: &mut Command, name: &str) -> Result<Self> {
        let shown = line(command);
        let log = place::state().join("logs").join(format!("{name}.log"));
        place::write(&log, format!("$ {shown}\n"))?;
        let mark = Mark::new();
        mark.put_on(command);
        let errors = File::options().append(true).open(&log)?;
        let child = command.stdout(Stdio::piped()).stderr(errors).spawn();
        Ok(Self {
            child: child.map_err(|error| cannot_start(&shown, &error))?,
            mark,
        })
    }

    /// The first line that the program prints, if one comes in time.
    pub(crate) fn first_line(&mut self, limit: Duration) -> Option<String> {
        let output = self.child.stdout.take()?;
        let (send, receive) = channel();
        thread::spawn(move || {
            let mut lines = BufReader::new(output).lines();
            if let Some(Ok(first)) = lines.next() {
                drop(send.send(first));
            }
            // The pipe is read to its end, lest the program stops at a full one.
            lines.for_each(drop);
        });
        receive.recv_timeout(limit).ok()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // A child that has ended already cannot be killed, and need not be.
        drop(self.child.kill());
        drop(self.child.wait());
        self.mark.sweep();
    }
}

/// A command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = place::shown(program);
    let arguments = command.get_args().map(|argument| {
        let text = place::shown(Path::new(argument));
        if text.contains(char::is_whitespace) {
            format!("'{text}'")
        } else {
            text
        }
    });
    [program]
        .into_iter()
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

fn cannot_start(shown: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot start `{shown}`: {error}"))
}

fn read_lines(child: &mut Child) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as _),
        child.stderr.take().map(|stream| Box::new(stream) as _),
    ];
    for stream in streams.into_iter().flatten() {
        let send = send.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while reader
                .read_until(b'\n', &mut line)
                .is_ok_and(|count| count > 0)
            {
                if send.send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
        });
    }
    receive
}

/// Shows and keeps the lines that come until none has come for the time of `pause`.
fn show_lines(lines: &Receiver<Vec<u8>>, text: &mut String, pause: Duration) {
    while let Ok(line) = lines.recv_timeout(pause) {
        let line = String::from_utf8_lossy(&line);
        print!("{line}");
        text.push_str(&line);
    }
    // A terminal that went away is no reason to stop the run.
    drop(stdout().flush());
}

/// The begin and the end of a log: some programs name their reason first, most name it last.
fn shortened(log: &Path) -> String {
    let lines = lines_of(log);
    let lines = lines.get(1..).unwrap_or_default();
    let (head, rest) = lines.split_at(lines.len().min(LOG_HEAD_LINES));
    let end = &rest[rest.len().saturating_sub(LOG_TAIL_LINES)..];
    let gap = if end.len() < rest.len() {
        &["…".to_owned()][..]
    } else {
        &[]
    };
    [head, gap, end].concat().join("\n")
}

fn last_line(log: &Path) -> String {
    lines_of(log).pop().unwrap_or_default()
}

fn lines_of(log: &Path) -> Vec<String> {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn output_of_both_streams_is_kept() {
        let outcome = watched(command("sh").args(["-c", "echo out; echo err >&2"]), LIMIT).unwrap();
        assert!(outcome.success());
        assert!(outcome.text.contains("out\n") && outcome.text.contains("err\n"));
    }

    #[test]
    fn a_run_past_its_limit_is_ended_and_is_no_success() {
        let started = Instant::now();
        let outcome = watched(command("sleep").arg("60"), Duration::from_millis(300)).unwrap();
        assert!(!outcome.success());
        assert!(started.elapsed() < LIMIT);
    }

    #[test]
    fn what_a_run_leaves_behind_is_ended() {
        let started = Instant::now();
        let script = "sleep 61 & echo left $!";
        let outcome = watched(command("sh").args(["-c", script]), LIMIT).unwrap();
        assert!(outcome.success());
        let left = outcome.text.trim().trim_start_matches("left ");
        // One that was ended but not yet waited for has no environment any more.
        let environment = fs::read(format!("/proc/{left}/environ")).unwrap_or_default();
        assert!(left.parse::<u32>().is_ok() && environment.is_empty());
        assert!(
            started.elapsed() < LIMIT,
            "the left-over child kept the pipe open"
        );
    }

    #[test]
    fn a_failing_step_shows_both_ends_of_its_log() {
        let step = Step::start("test", "failing on purpose");
        let script = "echo first; seq 100; echo last; exit 3";
        let failure = logged(&step, command("sh").args(["-c", script]), LIMIT).unwrap_err();
        let text = failure.to_string();
        assert!(text.contains("first") && text.contains("last") && !text.contains("\n50\n"));
    }
}
