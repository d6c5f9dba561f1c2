//! Connections: TLS, time limits, and an orderly end.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::middleware::{from_fn, map_request, map_response};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use hyper_util::rt::TokioTimer;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tower_http::timeout::TimeoutLayer;
use tsutsumi_service::Peer;

use super::refusal::{FIELD_READ_MAX, HEAD_READ_MAX, explain, limit_head};

/// How long requests that have arrived may take when the program is asked to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// How long clients may take.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Patience {
    /// How many seconds a client may take over the head of a request
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=600),
        env = "TSUTSUMI_HEAD_TIMEOUT",
        help_heading = super::LIMITS
    )]
    head_timeout: u64,

    /// How many seconds a request may take altogether, its body included
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=600),
        env = "TSUTSUMI_REQUEST_TIMEOUT",
        help_heading = super::LIMITS
    )]
    request_timeout: u64,
}

/// The files of a certificate.
#[derive(Debug, Args)]
pub(crate) struct TlsFiles {
    /// The certificate and its chain, PEM; the service then speaks HTTPS only. Read again on SIGHUP
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        env = "TSUTSUMI_TLS_CERT"
    )]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The certificate's private key, PEM
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_cert",
        env = "TSUTSUMI_TLS_KEY"
    )]
    pub(crate) tls_key: Option<PathBuf>,
}

impl TlsFiles {
    /// Reads the files, if any are named, and reads them again whenever the program gets SIGHUP.
    pub(crate) async fn load(&self) -> Result<Option<RustlsConfig>, Box<dyn std::error::Error>> {
        let (Some(cert), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(None);
        };
        let config = RustlsConfig::from_pem_file(cert, key)
            .await
            .map_err(|error| format!("the TLS certificate or key cannot be used: {error}"))?;
        let (cert, key, reloaded) = (cert.clone(), key.clone(), config.clone());
        let mut hangup = signal(SignalKind::hangup())?;
        tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                match reloaded.reload_from_pem_file(&cert, &key).await {
                    Ok(()) => tracing::info!("the TLS certificate was read again"),
                    Err(error) => tracing::error!(%error, "the old TLS certificate stays"),
                }
            }
        });
        Ok(Some(config))
    }
}

/// Answers what comes in, until the program is asked to stop.
///
/// * `private` - whether only the private network reaches the listener.
pub(crate) async fn answer(
    listener: TcpListener,
    router: Router,
    private: bool,
    (tls, patience): (Option<RustlsConfig>, Patience),
    stopping: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mark = map_request(move |mut request: Request| async move {
        if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
            let peer = Peer::new(peer.ip().to_canonical(), private);
            request.extensions_mut().insert(peer);
        }
        request
    });
    let limit = Duration::from_secs(patience.request_timeout);
    let limit = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limit);
    let service = router
        .layer(mark)
        .layer(limit)
        .layer(map_response(explain))
        .layer(from_fn(limit_head))
        .into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    tokio::spawn(stop(handle.clone(), stopping));
    match tls {
        Some(config) => {
            let mut server = axum_server::from_tcp_rustls(listener, config)?.handle(handle);
            limit_heads(server.http_builder(), patience);
            server.serve(service).await
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?.handle(handle);
            limit_heads(server.http_builder(), patience);
            server.serve(service).await
        }
    }
}

fn limit_heads(
    builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>,
    patience: Patience,
) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .max_buf_size(HEAD_READ_MAX)
        .max_headers(FIELD_READ_MAX)
        .header_read_timeout(Duration::from_secs(patience.head_timeout));
    // A number that always fits
    let len = u32::try_from(HEAD_READ_MAX).unwrap_or(u32::MAX);
    builder.http2().max_header_list_size(len);
}

/// Becomes true when the program is asked to stop. From the moment this returns no request to stop
/// is missed.
pub(crate) fn stopping() -> std::io::Result<watch::Receiver<bool>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (asked, stopping) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: answering what has arrived, accepting nothing more");
        asked.send_replace(true);
    });
    Ok(stopping)
}

/// Lets requests that have arrived end once the program is asked to stop.
async fn stop(handle: Handle<SocketAddr>, mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|asked| *asked).await.is_ok() {
        handle.graceful_shutdown(Some(STOP_TIMEOUT));
    }
}
