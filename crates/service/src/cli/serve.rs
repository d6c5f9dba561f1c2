//! `serve`: listens and answers.

mod cors;
mod listen;

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use clap::{ArgAction, Args};
use serde::Serialize;
use tsutsumi_service::Service;

use self::listen::{TlsFiles, answer};
use super::Outcome;
use super::data::Data;

/// How often keys are looked through for what happens by itself.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,

    /// The address and port to listen on; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8440",
        env = "TSUTSUMI_LISTEN",
        help_heading = NETWORK
    )]
    listen: SocketAddr,

    #[command(flatten)]
    tls: TlsFiles,

    /// Serves plain HTTP beyond this machine, for use behind a proxy that speaks TLS
    #[arg(
        long,
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_value_t = false,
        default_missing_value = "true",
        action = ArgAction::Set,
        env = "TSUTSUMI_PLAIN_HTTP",
        help_heading = NETWORK
    )]
    plain_http: bool,

    /// One more address, which only the private network reaches; instance policies can then
    /// refuse what does not come in there
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "TSUTSUMI_PRIVATE_LISTEN",
        help_heading = NETWORK
    )]
    private_listen: Option<SocketAddr>,

    /// An address on which `/metrics` is served, for Prometheus; nobody is asked who they are there
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "TSUTSUMI_METRICS_LISTEN",
        help_heading = NETWORK
    )]
    metrics_listen: Option<SocketAddr>,

    /// A web origin that may call the service from a browser; `*` for any; may be repeated
    #[arg(
        long,
        value_name = "ORIGIN",
        value_delimiter = ',',
        env = "TSUTSUMI_CORS",
        help_heading = NETWORK
    )]
    cors: Vec<String>,

    #[command(flatten)]
    rate: Rate,

    /// Prints one line of JSON on standard output once it listens, instead of text
    #[arg(long)]
    ready_json: bool,

    /// Prints the settings and where each comes from, as a file that sets the same, and ends
    #[arg(long)]
    print_config: bool,

    /// The region in resource names
    #[arg(long, env = "TSUTSUMI_REGION", help_heading = FOUNDING)]
    region: Option<String>,

    /// The id of the instance, a UUID
    #[arg(long, env = "TSUTSUMI_INSTANCE", help_heading = FOUNDING)]
    instance: Option<String>,

    /// The id of the account, 32 hexadecimal digits
    #[arg(long, env = "TSUTSUMI_ACCOUNT", help_heading = FOUNDING)]
    account: Option<String>,
}

/// How many calls one API key may make.
#[derive(Debug, Args)]
struct Rate {
    /// How many calls a second one API key may make in the long run; more get 429 with
    /// `Retry-After`. No limit if not given
    #[arg(long, value_name = "COUNT", env = "TSUTSUMI_RATE_LIMIT", help_heading = LIMITS)]
    rate_limit: Option<NonZeroU32>,

    /// How many calls it may make at once after a pause; as many as in a second if not given
    #[arg(
        long,
        value_name = "COUNT",
        requires = "rate_limit",
        env = "TSUTSUMI_RATE_BURST",
        help_heading = LIMITS
    )]
    rate_burst: Option<NonZeroU32>,
}

/// Headings of the help.
const NETWORK: &str = "Network";
const LIMITS: &str = "Limits";
const FOUNDING: &str = "For a new service";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready<'a> {
    url: String,
    instance: &'a str,
    region: &'a str,
    account_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
}

pub(crate) async fn run(options: Options) -> Outcome {
    let tls = options.tls.load().await?;
    let mut addresses = std::iter::once(options.listen).chain(options.private_listen);
    if let Some(open) = addresses.find(|address| !address.ip().is_loopback())
        && tls.is_none()
        && !options.plain_http
    {
        return Err(format!(
            "`{open}` is reached from other machines and the service would speak plain HTTP there. \
             Give it --tls-cert and --tls-key, listen on 127.0.0.1 behind a proxy that speaks \
             TLS, or pass --plain-http"
        )
        .into());
    }
    let mut wanted = tsutsumi_service::Options::default();
    wanted.region.clone_from(&options.region);
    wanted.instance.clone_from(&options.instance);
    wanted.account.clone_from(&options.account);
    let opened = options.data.open(wanted).await?;
    if let Some(limit) = options.rate.rate_limit {
        let burst = options.rate.rate_burst.unwrap_or(limit);
        opened.service.limit_rate(limit, burst);
    }
    let api_key = match opened.fresh {
        true => Some(opened.service.issue_api_key("first").await?),
        false => None,
    };
    let listener = TcpListener::bind(options.listen)?;
    let ready = Ready {
        url: format!(
            "{}://{}",
            if tls.is_some() { "https" } else { "http" },
            listener.local_addr()?
        ),
        instance: opened.service.instance(),
        region: opened.service.region(),
        account_id: opened.service.account(),
        api_key: api_key.as_deref().map(String::as_str),
    };
    let private = match options.private_listen {
        Some(address) => Some(TcpListener::bind(address)?),
        None => None,
    };
    if let Some(listener) = &private {
        opened
            .service
            .set_private_port(listener.local_addr()?.port());
    }
    if let Some(address) = options.metrics_listen {
        let listener = tokio::net::TcpListener::bind(address).await?;
        tracing::info!(address = %listener.local_addr()?, "metrics");
        tokio::spawn(serve_metrics(listener, opened.service.clone()));
    }
    let stopping = listen::stopping()?;
    announce(&ready, options.ready_json)?;
    let router = cors::allow(opened.service.router(), &options.cors)?;
    let sweeper = tokio::spawn(sweep(opened.service.clone()));
    let public = answer(
        listener,
        router.clone(),
        false,
        tls.clone(),
        stopping.clone(),
    );
    match private {
        Some(listener) => {
            tokio::try_join!(public, answer(listener, router, true, tls, stopping))?;
        }
        None => public.await?,
    }
    sweeper.abort();
    opened.store.close().await;
    Ok(())
}

async fn serve_metrics(listener: tokio::net::TcpListener, service: Service) {
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let router = Router::new().route(
        "/metrics",
        get(move || async move { ([(CONTENT_TYPE, TEXT)], service.metrics_text()) }),
    );
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "metrics are not served");
    }
}

/// Rotates and purges what is due, for as long as the program runs.
async fn sweep(service: Service) {
    let mut interval = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        interval.tick().await;
        match service.sweep().await {
            Ok(swept) => {
                tracing::debug!(rotated = swept.rotated, purged = swept.purged, "swept");
            }
            Err(error) => tracing::error!(%error, "the sweep failed"),
        }
    }
}

fn announce(ready: &Ready<'_>, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, ready)?;
        writeln!(out)?;
    } else {
        writeln!(out, "URL       {}", ready.url)?;
        writeln!(out, "Instance  {}", ready.instance)?;
        writeln!(out, "Account   {}", ready.account_id)?;
        writeln!(out, "Region    {}", ready.region)?;
        if let Some(key) = ready.api_key {
            writeln!(
                out,
                "API key   {key}   (shown this once; it is stored only as a hash)"
            )?;
        }
    }
    out.flush()
}
