//! Restarts of the plugin and of its key service.

use crate::session::{Hook, Session, run as run_hook};

/// In the order in which they run.
pub(super) const NAMES: [&str; 4] = [
    "restart-key-id",
    "restart-readable",
    "restart-service-key-id",
    "restart-service-readable",
];

/// Restarts the plugin, then the key service; each time everything is as it was.
pub(super) async fn run(session: &mut Session) {
    let hooks = [
        (session.hooks.restart.clone(), "--restart"),
        (session.hooks.restart_service.clone(), "--restart-service"),
    ];
    for ((hook, option), names) in hooks.into_iter().zip(NAMES.chunks(2)) {
        let Some(hook) = hook else {
            let reason = format!("it is not known how to do that ({option})");
            session.report.skip(names, &reason);
            continue;
        };
        let outcome = same_key_id(session, &hook).await;
        if session.report.note(names[0], outcome) {
            let outcome = readable(session).await;
            session.report.note(names[1], outcome);
        } else {
            session.report.skip(&names[1..], names[0]);
        }
    }
}

async fn same_key_id(session: &Session, hook: &Hook) -> Result<(), String> {
    let before = session
        .apiserver()
        .await?
        .key_id()
        .unwrap_or_default()
        .to_owned();
    run_hook(hook).await?;
    session.wait(session.patience.start, Result::is_ok).await?;
    let same = |now: &Result<String, String>| now.as_ref().is_ok_and(|now| *now == before);
    session.wait(session.patience.notice, same).await.map(drop)
}

/// A kube-apiserver that starts now reads everything, and writes.
async fn readable(session: &mut Session) -> Result<(), String> {
    let mut apiserver = session.apiserver().await?;
    session.read_all(&mut apiserver).await?;
    apiserver
        .write("/registry/secrets/default/after", b"written")
        .map(drop)
}
