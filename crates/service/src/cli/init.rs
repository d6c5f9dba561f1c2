//! `init`: makes a service without serving it.

use clap::Args;
use tsutsumi_service::Service;

use super::Outcome;
use super::data::Data;
use super::founding::{Founding, Told, first_api_key};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,

    #[command(flatten)]
    founding: Founding,
}

pub(crate) async fn run(options: Options) -> Outcome {
    let Options { data, founding } = options;
    data.make_directory()?;
    let store = data.store().await?;
    let made = Service::exists(&*store).await?;
    store.close().await;
    if made {
        return Err(format!("there is a service in `{}` already", data.data.display()).into());
    }
    let opened = data.open(founding.wanted()).await?;
    let api_key = first_api_key(&opened).await?;
    Told::of(&opened.service, api_key.as_deref().map(String::as_str)).print(false)?;
    opened.store.close().await;
    Ok(())
}
