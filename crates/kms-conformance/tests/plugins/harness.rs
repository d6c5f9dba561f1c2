//! Serves a plugin over a socket, and runs the checks against it.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::Server;
use tsutsumi_kms_api::KeyManagementServiceServer;
use tsutsumi_kms_conformance::{Client, Hook, Hooks, Patience, Report, Session, Store, check};

use crate::misbehaviour::Misbehaviour;
use crate::plugin::Plugin;

/// Runs all checks against a plugin that misbehaves in one way.
pub(crate) async fn report(misbehaviour: Misbehaviour) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("plugin.sock");
    let plugin = Plugin::new(misbehaviour);
    let listener = UnixListener::bind(&socket).unwrap();
    let calls = KeyManagementServiceServer::new(plugin.clone());
    let serving = Server::builder().add_service(calls);
    let incoming = UnixListenerStream::new(listener);
    let serving = tokio::spawn(serving.serve_with_incoming(incoming));
    let mut session = Session {
        client: Client::new(&socket).unwrap(),
        provider: "test".to_owned(),
        secrets: 50,
        store: Store::memory(),
        hooks: hooks(&plugin),
        patience: Patience {
            notice: Duration::from_millis(200),
            recover: Duration::from_millis(200),
            start: Duration::from_secs(2),
        },
        report: Report::quiet(),
    };
    check::all(&mut session).await;
    serving.abort();
    session.report
}

fn hooks(plugin: &Plugin) -> Hooks {
    let hook = |act: fn(&Plugin)| -> Option<Hook> {
        let plugin = plugin.clone();
        Some(Arc::new(move || {
            act(&plugin);
            Ok(())
        }))
    };
    Hooks {
        rotate: hook(Plugin::rotate),
        restart: hook(Plugin::restart),
        restart_service: hook(|_| {}),
        cut: hook(|plugin| plugin.cut(true)),
        mend: hook(|plugin| plugin.cut(false)),
    }
}
