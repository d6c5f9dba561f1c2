//! A new service: what it is to be, and what its maker is told of it.

use std::io::Write;

use clap::Args;
use serde::Serialize;
use tsutsumi_service::Service;

use super::data::Opened;

const HEADING: &str = "For a new service";

/// What a new service is to be.
#[derive(Debug, Args)]
pub(crate) struct Founding {
    /// The region in resource names
    #[arg(long, env = "TSUTSUMI_REGION", help_heading = HEADING)]
    region: Option<String>,

    /// The id of the instance, a UUID
    #[arg(long, env = "TSUTSUMI_INSTANCE", help_heading = HEADING)]
    instance: Option<String>,

    /// The id of the account, 32 hexadecimal digits
    #[arg(long, env = "TSUTSUMI_ACCOUNT", help_heading = HEADING)]
    account: Option<String>,
}

impl Founding {
    pub(crate) fn wanted(&self) -> tsutsumi_service::Options {
        let mut wanted = tsutsumi_service::Options::default();
        wanted.region.clone_from(&self.region);
        wanted.instance.clone_from(&self.instance);
        wanted.account.clone_from(&self.account);
        wanted
    }
}

/// What is said of a service.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    instance: &'a str,
    region: &'a str,
    account_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
}

impl<'a> Told<'a> {
    /// * `api_key` - the first one, if the service is new.
    pub(crate) fn of(service: &'a Service, api_key: Option<&'a str>) -> Self {
        Self {
            url: None,
            instance: service.instance(),
            region: service.region(),
            account_id: service.account(),
            api_key,
        }
    }

    /// Says it on standard output.
    ///
    /// * `json` - in one line of JSON.
    pub(crate) fn print(&self, json: bool) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if json {
            serde_json::to_writer(&mut out, self)?;
            writeln!(out)?;
            return out.flush();
        }
        if let Some(url) = &self.url {
            writeln!(out, "URL       {url}")?;
        }
        writeln!(out, "Instance  {}", self.instance)?;
        writeln!(out, "Account   {}", self.account_id)?;
        writeln!(out, "Region    {}", self.region)?;
        if let Some(key) = self.api_key {
            writeln!(
                out,
                "API key   {key}   (shown this once; it is stored only as a hash)"
            )?;
        }
        out.flush()
    }
}

/// Issues the first API key of a service that is new.
pub(crate) async fn first_api_key(
    opened: &Opened,
) -> Result<Option<zeroize::Zeroizing<String>>, tsutsumi_service::ServiceError> {
    match opened.fresh {
        true => opened.service.issue_api_key("first").await.map(Some),
        false => Ok(None),
    }
}
