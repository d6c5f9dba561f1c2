//! `populate`: makes root keys in bulk, to measure with.

use clap::Args;

use super::Outcome;
use super::data::Data;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,

    /// How many root keys to make
    #[arg(
        long,
        value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(1..=10_000_000)
    )]
    keys: u32,
}

pub(crate) async fn run(options: Options) -> Outcome {
    let opened = options.data.open_existing().await?;
    opened.service.populate(options.keys as usize).await?;
    opened.store.settle().await?;
    opened.store.close().await;
    Ok(())
}
