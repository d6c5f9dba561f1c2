//! `serve`: listens and answers.

mod cors;
mod listen;

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
    let opened = options.data.open(options.founding.wanted()).await?;
    if let Some(limit) = options.rate.rate_limit {
        let burst = options.rate.rate_burst.unwrap_or(limit);
        opened.service.limit_rate(limit, burst);
    }
    let api_key = first_api_key(&opened).await?;
    let listener = TcpListener::bind(options.listen)?;
    let mut told = Told::of(&opened.service, api_key.as_deref().map(String::as_str));
    let scheme = if tls.is_some() { "https" } else { "http" };
    told.url = Some(format!("{scheme}://{}", listener.local_addr()?));
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
    told.print(options.ready_json)?;
    let router = cors::allow(opened.service.router(), &options.cors)?;
    let sweeper = tokio::spawn(sweep(opened.service.clone()));
    let public = answer(
        listener,
        router.clone(),
        false,
        (tls.clone(), options.patience),
        stopping.clone(),
    );
    match private {
        Some(listener) => {
            tokio::try_join!(
                public,
                answer(listener, router, true, (tls, options.patience), stopping)
            )?;
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
