//! `rekey`: changes the master key.

use std::path::PathBuf;

use clap::Args;
use tsutsumi_service::Service;

use super::data::Data;
use super::{Outcome, master};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,

    /// A file with the new master key, 32 bytes in base64; without it, one is drawn and replaces
    /// `master.key` in the directory
    #[arg(long, value_name = "FILE")]
    new_master_key_file: Option<PathBuf>,
}

#[allow(clippy::print_stdout)]
pub(crate) async fn run(options: Options) -> Outcome {
    let Options {
        data,
        new_master_key_file,
    } = options;
    if new_master_key_file.is_none() && !data.master.is_own() {
        return Err("the master key is not in the directory: pass --new-master-key-file".into());
    }
    // Ends a change that was interrupted, and finds out whether the old key is the right one
    data.open_existing().await?.store.close().await;
    let old = data.master.read(&data.data)?;
    let new = match &new_master_key_file {
        Some(path) => master::read_key(path)?,
        None => master::make_next(&data.data)?,
    };
    let store = data.store().await?;
    Service::rekey(&*store, &old, &new).await?;
    store.close().await;
    match new_master_key_file {
        Some(path) => println!(
            "the database opens with the key in `{}` from now on",
            path.display()
        ),
        None => {
            master::adopt_next(&data.data)?;
            println!("the database opens with the new key in the directory from now on");
        }
    }
    Ok(())
}
