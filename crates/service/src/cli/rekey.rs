//! `rekey`: changes the master key, or where it comes from.

use clap::Args;
use tsutsumi_service::Service;

use super::Outcome;
use super::data::Data;
use super::master::NewMasterKey;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,

    #[command(flatten)]
    new: NewMasterKey,
}

#[allow(clippy::print_stdout)]
pub(crate) async fn run(options: Options) -> Outcome {
    let Options { data, new } = options;
    // Ends a change that was interrupted, and finds out whether the old key is the right one
    data.open_existing().await?.store.close().await;
    let (old, new) = (data.master.source()?, new.source()?);
    let before = old.read(&data.data, false)?;
    let after = new.make_next(&data.data)?;
    let store = data.store().await?;
    Service::rekey(&*store, &before, &after).await?;
    store.close().await;
    new.adopt_next(&data.data)?;
    println!(
        "the database opens with a master key from {} from now on; the one from {} opens older \
         backups only",
        new.describe(),
        old.describe()
    );
    Ok(())
}
