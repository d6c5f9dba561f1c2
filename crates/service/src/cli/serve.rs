//! `serve`: listens and answers.

mod cors;
mod listen;
mod refusal;

use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use clap::{ArgAction, Args};
use tsutsumi_service::Service;

use self::listen::{Patience, TlsFiles, answer};
use super::Outcome;
use super::data::Data;
use super::founding::{Founding, Told, first_api_key};

/// How often keys are looked through for what happens by itself.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);
/// How often opened keys are looked through for old ones.
const WIPE_INTERVAL: Duration = Duration::from_secs(5);

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

    #[command(flatten)]
    patience: Patience,

    /// Prints one line of JSON on standard output once it listens, instead of text
    #[arg(long)]
    ready_json: bool,

    /// Prints the settings and where each comes from, as a file that sets the same, and ends
    #[arg(long)]
    print_config: bool,

    #[command(flatten)]
    founding: Founding,
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

pub(crate) async fn run(options: Options) -> Outcome {
    let tls = options.tls.load().await?;
    refuse_clear_text(&options, tls.is_some())?;
    // Whatever may be wrong is found out before a new service shows its first API key
    let cors = cors::layer(&options.cors)?;
    let public = bind(options.listen)?;
    let private = options.private_listen.map(bind).transpose()?;
    let metrics = options.metrics_listen.map(bind).transpose()?;
    let stopping = listen::stopping()?;
    let opened = options.data.open(options.founding.wanted()).await?;
    let service = &opened.service;
    if let Some(limit) = options.rate.rate_limit {
        service.limit_rate(limit, options.rate.rate_burst.unwrap_or(limit));
    }
    if let Some(listener) = &private {
        service.set_private_port(listener.local_addr()?.port());
    }
    if let Some(listener) = metrics {
        tracing::info!(address = %listener.local_addr()?, "metrics");
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::spawn(serve_metrics(listener, service.clone()));
    }
    let api_key = first_api_key(&opened).await?;
    let mut told = Told::of(service, api_key.as_deref().map(String::as_str));
    let scheme = if tls.is_some() { "https" } else { "http" };
    told.url = Some(format!("{scheme}://{}", public.local_addr()?));
    told.print(options.ready_json)?;
    let router = match cors {
        Some(layer) => service.router().layer(layer),
        None => service.router(),
    };
    let keepers = [
        tokio::spawn(sweep(service.clone())),
        tokio::spawn(wipe(service.clone())),
    ];
    let secured = (tls, options.patience);
    let answering = answer(
        public,
        router.clone(),
        false,
        secured.clone(),
        stopping.clone(),
    );
    match private {
        Some(listener) => {
            tokio::try_join!(answering, answer(listener, router, true, secured, stopping))?;
        }
        None => answering.await?,
    }
    keepers.iter().for_each(tokio::task::JoinHandle::abort);
    opened.store.close().await;
    Ok(())
}

fn refuse_clear_text(options: &Options, tls: bool) -> Outcome {
    let mut addresses = std::iter::once(options.listen).chain(options.private_listen);
    match addresses.find(|address| !address.ip().is_loopback()) {
        Some(open) if !tls && !options.plain_http => Err(format!(
            "`{open}` is reached from other machines and the service would speak plain HTTP there. \
             Give it --tls-cert and --tls-key, listen on 127.0.0.1 behind a proxy that speaks \
             TLS, or pass --plain-http"
        )
        .into()),
        _ => Ok(()),
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .map_err(|error| format!("the service cannot listen on `{address}`: {error}"))
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

/// Wipes what is kept of keys in memory and has grown old.
async fn wipe(service: Service) {
    let mut interval = tokio::time::interval(WIPE_INTERVAL);
    loop {
        interval.tick().await;
        service.wipe_old();
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
