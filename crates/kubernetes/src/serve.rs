//! The program: puts the parts together, and ends in good order.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::Server;
use tsutsumi_kms_api::KeyManagementServiceServer;

use crate::key_service::{CALL_TIMEOUT, KeyService};
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::plugin::Plugin;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::socket::Socket;
use crate::{observe, register, watch};

/// More than a request with annotations at their limit.
const REQUEST_LEN_MAX: usize = 64 * 1024;
/// How many calls of one connection are worked on at a time.
const CALLS_MAX: usize = 128;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Serves until SIGTERM or SIGINT, or unregisters the cluster if that is asked for.
///
/// # Errors
/// Whatever keeps the program from starting.
pub async fn run(settings: Settings) -> Outcome {
    let metrics = Metrics::default();
    let scope = Scope::new(&settings.cluster, &settings.provider)?;
    let root_key = settings.key.clone();
    let service = KeyService::new(&settings.access(), root_key.clone(), metrics.clone())?;
    let service = Arc::new(service);
    if settings.unregister {
        let crn = settings.cluster_crn.as_deref().unwrap_or_default();
        return Ok(register::unregister(&service, crn).await?);
    }
    let memory = Arc::new(Memory::new(root_key, metrics.clone()));
    let plugin = Plugin::new(
        Arc::clone(&service),
        Arc::clone(&memory),
        metrics.clone(),
        scope,
        settings.local_kek,
    );
    let (socket, listener) = Socket::listen(&settings.socket, settings.socket_mode)?;
    let web = tokio::net::TcpListener::bind(settings.listen)
        .await
        .map_err(|error| format!("cannot listen at `{}`: {error}", settings.listen))?;
    tracing::info!(
        socket = %settings.socket.display(),
        health = %web.local_addr()?,
        root_key = %settings.key.id,
        "listening"
    );
    let router = observe::router(Arc::clone(&memory), metrics);
    tokio::spawn(async move { axum::serve(web, router).await });
    if let Some(crn) = settings.cluster_crn.clone() {
        tokio::spawn(register::run(
            Arc::clone(&service),
            Arc::clone(&memory),
            crn,
        ));
    }
    let poll = settings.poll();
    let watching = watch::run(service, memory, plugin.clone(), poll);
    tokio::spawn(watching);
    serve(plugin, listener).await?;
    drop(socket);
    Ok(())
}

/// Answers calls until the program is asked to end; calls under way are answered then.
async fn serve(plugin: Plugin, listener: tokio::net::UnixListener) -> Outcome {
    let calls = KeyManagementServiceServer::new(plugin).max_decoding_message_size(REQUEST_LEN_MAX);
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let asked = Arc::new(tokio::sync::Notify::new());
    let told = Arc::clone(&asked);
    let end = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("ending");
        told.notify_one();
    };
    let serving = Server::builder()
        .concurrency_limit_per_connection(CALLS_MAX)
        .add_service(calls)
        .serve_with_incoming_shutdown(UnixListenerStream::new(listener), end);
    // Connections that stay open without a call under way do not hold the end up.
    let patience = async {
        asked.notified().await;
        tokio::time::sleep(CALL_TIMEOUT + Duration::from_millis(500)).await;
    };
    tokio::select! {
        served = serving => served?,
        () = patience => tracing::warn!("some calls were not answered"),
    }
    Ok(())
}
