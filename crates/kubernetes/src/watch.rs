//! Watches the root key: notices rotations and trouble, and renews the token ahead of time.

use std::sync::Arc;
use std::time::Duration;

use crate::key_service::{Call, Failure, KeyService, jitter};
use crate::memory::Memory;
use crate::plugin::Plugin;

/// How soon the key service is looked at again when it was of no use: often enough for
/// kube-apiserver, which asks every ten seconds then, to find it well at the next time.
const RETRY: Duration = Duration::from_secs(2);
/// Calls that fail one after another have it looked at no more often than this.
const PAUSE: Duration = Duration::from_millis(500);

/// Looks at the key service for ever, every `poll` while all is well.
pub async fn run(service: Arc<KeyService>, memory: Arc<Memory>, plugin: Plugin, poll: Duration) {
    loop {
        let wait = match look(&service, &memory, &plugin).await {
            Ok(version) => {
                memory.heard(&version);
                poll
            }
            Err(failure) => {
                memory.trouble(&failure);
                RETRY.min(poll)
            }
        };
        // Plugins of one cluster do not ask all at once.
        let wait = wait.mul_f64(0.9 + jitter() / 10.0);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = memory.doubt.notified() => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn look(service: &KeyService, memory: &Memory, plugin: &Plugin) -> Result<String, Failure> {
    // A token that cannot be renewed is trouble only once it has ended.
    if let Err(failure) = service.renew_token().await {
        tracing::warn!(%failure, "the token is not renewed");
    }
    let version = service.version(&Call::begin("watch")).await?;
    if !memory.is_ready() {
        memory.saw(&version);
        plugin.try_out().await?;
        memory.ready();
        tracing::info!(%version, "the root key wraps and unwraps: ready");
    }
    Ok(version)
}
