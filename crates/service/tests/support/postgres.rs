//! A PostgreSQL server of Debian's package, started for one test and gone with it.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const START_MAX: Duration = Duration::from_secs(60);
/// Ends the server when its own input ends: with this process, however that ends.
const GUARD: &str = r#""$@" >&2 & server=$!; cat >/dev/null; kill -QUIT $server; wait $server"#;

/// A running server with an empty database.
pub(crate) struct Postgres {
    guard: Child,
    folder: tempfile::TempDir,
    bin: PathBuf,
    owner: Option<(u32, u32)>,
}

impl Postgres {
    /// Makes a database cluster and starts a server on a socket in its folder.
    ///
    /// * `settings` - such as `fsync=off`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let bin = installed();
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        let owner = other_user();
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let mut server = Self {
            guard: Command::new("true").spawn().unwrap(),
            folder,
            bin,
            owner,
        };
        let data = server.data();
        let mut init = server.command("initdb");
        init.args(["--username=tsutsumi", "--auth=trust", "--encoding=UTF8"]);
        init.args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(&data);
        run(&mut init);
        let mut start = server.as_owner("sh");
        start
            .args(["-c", GUARD, "sh"])
            .arg(server.bin.join("postgres"));
        start.arg("-D").arg(&data).args(["-c", "listen_addresses="]);
        start.arg("-c").arg(format!(
            "unix_socket_directories={}",
            server.folder.path().display()
        ));
        for setting in settings {
            start.args(["-c", setting]);
        }
        let log = fs::File::create(server.folder.path().join("log")).unwrap();
        start
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log);
        server.guard.wait().unwrap();
        server.guard = start.spawn().unwrap();
        server.wait_until_ready();
        server
    }

    /// The address of a database on the server.
    pub(crate) fn url(&self, database: &str) -> String {
        let folder = self.folder.path().display();
        format!("postgres://tsutsumi@localhost/{database}?host={folder}&sslmode=disable")
    }

    /// Where the server keeps its files.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Makes one more database.
    pub(crate) fn create(&self, database: &str) {
        self.query("postgres", &format!("CREATE DATABASE {database}"));
    }

    /// Runs a statement and returns what `psql` prints of its rows.
    pub(crate) fn query(&self, database: &str, statement: &str) -> String {
        let mut psql = self.client("psql");
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]);
        psql.args([
            "--set=ON_ERROR_STOP=1",
            "--dbname",
            database,
            "--command",
            statement,
        ]);
        run(&mut psql)
    }

    /// One of PostgreSQL's client programs, told where the server is.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = self.command(program);
        command.arg("--host").arg(self.folder.path());
        command.args(["--username", "tsutsumi"]);
        command
    }

    fn command(&self, program: &str) -> Command {
        self.as_owner(self.bin.join(program))
    }

    /// The server refuses to run as root: it runs as another user then.
    fn as_owner(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        command.env_remove("PGOPTIONS").env("LC_ALL", "C");
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    fn wait_until_ready(&self) {
        let start = Instant::now();
        let mut ready = self.client("pg_isready");
        ready.arg("--quiet");
        while !ready.status().unwrap().success() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(
                start.elapsed() < START_MAX,
                "PostgreSQL does not start: {log}"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Runs a command to its end and returns what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    String::from_utf8(output.stdout).unwrap()
}

/// The folder of the newest server that is installed.
fn installed() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .filter(|(_, bin)| bin.join("postgres").exists() && bin.join("initdb").exists())
        .collect();
    versions.sort();
    match versions.pop() {
        Some((_, bin)) => bin,
        None => panic!("PostgreSQL is not installed: run `cargo xtask setup`"),
    }
}

/// Who runs the server: `postgres`, or `nobody`, if this process is root.
fn other_user() -> Option<(u32, u32)> {
    let owner = fs::metadata("/proc/self").unwrap();
    if std::os::unix::fs::MetadataExt::uid(&owner) != 0 {
        return None;
    }
    let id = |option: &str, user: &str| -> Option<u32> {
        let output = Command::new("id").args([option, user]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    let ids = |user| Some((id("-u", user)?, id("-g", user)?));
    let ids = ids("postgres").or_else(|| ids("nobody"));
    Some(ids.expect("a user other than root"))
}

/// Whether any file below a folder holds these bytes.
#[allow(dead_code)] // not every test program looks for bytes
pub(crate) fn holds(folder: &Path, needle: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = if path.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        bytes.windows(needle.len()).any(|part| part == needle)
    })
}
