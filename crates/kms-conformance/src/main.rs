//! The conformance program for plugins of key services.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tsutsumi_kms_conformance::{
    Client, Hook, Hooks, Patience, Report, Session, Store, bench, check,
};

/// Plays kube-apiserver's rules against a plugin for key services, version 2 of the interface.
///
/// Polls, byte limits, seeds, records as kube-apiserver stores them, three minutes of coasting: the
/// rules go by a clock of their own, so that ten minutes take no time. What has to be done to the
/// plugin or to its key service is a shell command of yours; checks without theirs are left out,
/// and said to be.
#[derive(Debug, Parser)]
#[command(
    name = "kms-conformance",
    version,
    after_help = "\
Example:
  kms-conformance --socket /run/kms/plugin.sock --etcd http://127.0.0.1:2379 \\
    --rotate 'kp key rotate KEY' --restart 'systemctl restart kms-plugin' \\
    --cut 'iptables -A OUTPUT -d KMS -j DROP' --mend 'iptables -D OUTPUT -d KMS -j DROP'

Exit codes: 0 all checks passed · 1 some failed · 2 usage."
)]
struct Settings {
    /// The plugin's socket
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,

    /// The provider's name in what is stored
    #[arg(long, value_name = "NAME", default_value = "tsutsumi")]
    provider: String,

    /// How many secrets are stored
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    secrets: usize,

    /// An etcd to store them in, under /registry/secrets/; memory if none is named
    #[arg(long, value_name = "URL")]
    etcd: Option<String>,

    /// Rotates the key in the key service
    #[arg(long, value_name = "COMMAND")]
    rotate: Option<String>,

    /// Restarts the plugin
    #[arg(long, value_name = "COMMAND")]
    restart: Option<String>,

    /// Restarts the key service
    #[arg(long, value_name = "COMMAND")]
    restart_service: Option<String>,

    /// Cuts the plugin off from its key service
    #[arg(long, value_name = "COMMAND", requires = "mend")]
    cut: Option<String>,

    /// Ends that
    #[arg(long, value_name = "COMMAND", requires = "cut")]
    mend: Option<String>,

    /// How many seconds the plugin may take to notice a rotation or an outage
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    notice: u64,

    /// Measure so many calls of Encrypt and Decrypt instead
    #[arg(long, value_name = "CALLS")]
    bench: Option<usize>,

    /// How many of them at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "bench")]
    at_once: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Settings::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kms-conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> Result<ExitCode, String> {
    let client = Client::new(&settings.socket)?;
    if let Some(calls) = settings.bench {
        print!(
            "{}",
            bench::run(&client, calls, settings.at_once.max(1)).await?
        );
        return Ok(ExitCode::SUCCESS);
    }
    let store = match &settings.etcd {
        Some(url) => Store::etcd(url).await?,
        None => Store::memory(),
    };
    let mut session = Session {
        client,
        provider: settings.provider,
        secrets: settings.secrets,
        store,
        hooks: Hooks {
            rotate: settings.rotate.map(shell),
            restart: settings.restart.map(shell),
            restart_service: settings.restart_service.map(shell),
            cut: settings.cut.map(shell),
            mend: settings.mend.map(shell),
        },
        patience: Patience {
            notice: Duration::from_secs(settings.notice),
            ..Patience::default()
        },
        report: Report::default(),
    };
    check::all(&mut session).await;
    println!("{}", session.report.summary());
    Ok(if session.report.failed().is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A command for the shell.
fn shell(command: String) -> Hook {
    Arc::new(move || {
        let status = Command::new("sh").args(["-c", &command]).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("`{command}` ends with {status}")),
            Err(error) => Err(format!("`{command}` does not start: {error}")),
        }
    })
}
