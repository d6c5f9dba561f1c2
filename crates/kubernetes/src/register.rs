//! The cluster's registration with the root key: users see who depends on it, and it is in the way
//! of deletion.
//!
//! The key service takes registrations from services alone, so the API key has to be one of the
//! Kubernetes service's identity, which an authorization lets read the root key.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::key_service::{Call, Failure, KeyService};
use crate::memory::Memory;

const AGAIN: Duration = Duration::from_secs(60);
/// The resource is registered already.
const EXISTS: &str = "REGISTRATION_EXISTS_ERR";
/// The version is not newer than the registered one.
const NOT_NEWER: &str = "KEY_VERSION_INVALID";

/// Registers the cluster, and acknowledges each version of the root key once it is written with.
pub async fn run(service: Arc<KeyService>, memory: Arc<Memory>, cluster_crn: String) {
    let mut written = memory.written.subscribe();
    loop {
        let version = written.borrow_and_update().clone();
        match register(&service, &cluster_crn, version.as_deref()).await {
            Ok(()) => {
                tracing::info!(?version, "the cluster is registered with the root key");
                if written.changed().await.is_err() {
                    return;
                }
            }
            Err(failure) => {
                tracing::warn!(%failure, "the cluster is not registered with the root key");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// Makes the registration if there is none, and acknowledges a version if it is newer.
///
/// # Errors
/// The failure, after repetitions.
pub async fn register(
    service: &KeyService,
    cluster_crn: &str,
    version: Option<&str>,
) -> Result<(), Failure> {
    let call = Call::begin("register");
    let made = body(&json!({"description": "secrets of a Kubernetes cluster"}));
    let post = service.register(Method::POST, cluster_crn, &made, &call);
    match post.await {
        Err(failure) if !failure.has_code(EXISTS) => return Err(failure),
        _ => {}
    }
    let Some(version) = version else {
        return Ok(());
    };
    let newer = body(&json!({"keyVersionId": version}));
    match service
        .register(Method::PATCH, cluster_crn, &newer, &call)
        .await
    {
        Err(failure) if !failure.has_code(NOT_NEWER) => Err(failure),
        _ => Ok(()),
    }
}

/// Takes the registration away, for a cluster that is no more.
///
/// # Errors
/// The failure, after repetitions.
pub async fn unregister(service: &KeyService, cluster_crn: &str) -> Result<(), Failure> {
    let call = Call::begin("unregister");
    service
        .register(Method::DELETE, cluster_crn, b"", &call)
        .await
}

fn body(resource: &serde_json::Value) -> Vec<u8> {
    let collection = json!({
        "metadata": {
            "collectionType": "application/vnd.ibm.kms.registration+json",
            "collectionTotal": 1,
        },
        "resources": [resource],
    });
    collection.to_string().into_bytes()
}
