//! The command line.

pub(crate) mod api_key;
pub(crate) mod backup;
pub(crate) mod data;
pub(crate) mod database;
pub(crate) mod founding;
pub(crate) mod init;
pub(crate) mod log;
pub(crate) mod master;
pub(crate) mod populate;
pub(crate) mod rekey;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod verify;

use clap::{Parser, Subcommand, ValueEnum};

/// What a command returns.
pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A root-key service that speaks the IBM Key Protect API.
///
/// On an empty directory `serve` makes a database and a master key, both readable by you alone,
/// prints the instance id and a first API key once, and serves. On a directory it made before it
/// finds everything as it was.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Examples:
  tsutsumi-service serve --data ./keys --listen 127.0.0.1:8440
  tsutsumi-service serve --config service.toml --print-config
  tsutsumi-service api-key --data ./keys --name backup-job
  tsutsumi-service init --data ./keys --master-key-url https://us-south.kms.cloud.ibm.com \\
    --master-key-instance GUID --master-key-id KEY --master-key-api-key-file ./api-key \\
    --master-key-token-url https://iam.cloud.ibm.com
  tsutsumi-service rekey --data ./keys --new-passphrase-file ./passphrase
  tsutsumi-service backup --data ./keys --to keys-monday.db
  tsutsumi-service serve --database postgres://keys@db.example/keys?sslmode=verify-full \\
    --master-key-file ./master.key

Several processes may serve one PostgreSQL database, with the same master key: what one of them has
acknowledged all of them know, and changed policies within a second. `pg_dump` copies it while it is
in use; restored into an empty database it serves the same keys.

IBM's own clients work against it: give them its URL as service URL and as authentication URL.

Every option that shows an environment variable can be set in a file as well, under the name of its
flag:
  data = \"/var/lib/tsutsumi\"
  listen = \"0.0.0.0:8440\"
  tls-cert = \"/etc/tsutsumi/cert.pem\"
  tls-key = \"/etc/tsutsumi/key.pem\"
  cors = [\"https://app.example\"]
The command line goes before the environment, that before the file. `serve --print-config` shows
what holds, and where it comes from."
)]
pub(crate) struct Arguments {
    /// How the log on standard error is written; RUST_LOG chooses what is in it
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = LogFormat::Text,
        env = "TSUTSUMI_LOG_FORMAT"
    )]
    pub(crate) log_format: LogFormat,

    /// A TOML file with settings; one that it does not know is refused
    #[arg(long, global = true, value_name = "FILE", env = "TSUTSUMI_CONFIG")]
    pub(crate) config: Option<std::path::PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogFormat {
    Json,
    Text,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Issues one more API key of the account's owner and prints it, once
    ApiKey(api_key::Options),
    /// Copies the directory's database, while it is in use, into a new file; `pg_dump` does that
    /// for PostgreSQL
    Backup(backup::Options),
    /// Makes a service without serving it, and prints its first API key, once
    Init(init::Options),
    /// Makes root keys in bulk, a thousand in a transaction, to measure with
    #[command(hide = true)]
    Populate(Box<populate::Options>),
    /// Changes the master key, or where it comes from. Stop the service before, start it again
    /// after
    Rekey(Box<rekey::Options>),
    /// Serves the API
    Serve(Box<serve::Options>),
    /// Checks that no activity event was changed, removed or added
    Verify(verify::Options),
}
