//! `verify`: checks the activity events.

use clap::Args;

use super::Outcome;
use super::data::Data;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,
}

#[allow(clippy::print_stdout)]
pub(crate) async fn run(options: Options) -> Outcome {
    let opened = options.data.open_existing().await?;
    let verified = opened.service.verify_activity().await?;
    opened.store.close().await;
    let verified = verified.map_err(|tampering| tampering.to_string())?;
    println!(
        "{} events in {} chains are as they were written",
        verified.events, verified.chains
    );
    Ok(())
}
