//! `backup`: copies the database.

use std::path::PathBuf;

use clap::Args;
use tsutsumi_service::SqliteStore;

use super::Outcome;
use super::database::DatabaseUrl;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The directory of the database
    #[arg(
        long,
        value_name = "DIR",
        default_value = "tsutsumi-data",
        env = "TSUTSUMI_DATA"
    )]
    data: PathBuf,

    #[command(flatten)]
    database: DatabaseUrl,

    /// The file to write; it must not exist. Without the master key, which is not copied, it opens
    /// nothing
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

pub(crate) async fn run(options: Options) -> Outcome {
    if options.database.is_memory() {
        return Err("a database in memory cannot be copied".into());
    }
    if options.database.is_elsewhere() {
        return Err("`pg_dump` copies a PostgreSQL database while it is in use".into());
    }
    let database = options.data.join("service.db");
    if !database.exists() {
        return Err(format!("there is no database in `{}`", options.data.display()).into());
    }
    if options.to.exists() {
        return Err(format!("`{}` exists already", options.to.display()).into());
    }
    let store = SqliteStore::open(&database).await?;
    store.backup(&options.to).await?;
    store.close().await;
    Ok(())
}
