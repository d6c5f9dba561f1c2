//! `api-key`: issues an API key.

use clap::Args;

use super::Outcome;
use super::data::Data;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,

    /// What the key is for, to tell it from others
    #[arg(long, default_value = "issued on the command line")]
    name: String,
}

#[allow(clippy::print_stdout)]
pub(crate) async fn run(options: Options) -> Outcome {
    let opened = options
        .data
        .open(tsutsumi_service::Options::default())
        .await?;
    println!(
        "{}",
        opened.service.issue_api_key(&options.name).await?.as_str()
    );
    opened.store.close().await;
    Ok(())
}
