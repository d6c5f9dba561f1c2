//! Rotation of the key in the key service.

use crate::apiserver::{Apiserver, POLL_WELL};
use crate::client::Method;
use crate::session::{Hook, Session, run as run_hook};

/// In the order in which they run.
pub(super) const NAMES: [&str; 5] = [
    "rotation-noticed",
    "rotation-agrees",
    "rotation-old-readable",
    "rotation-stale",
    "rotation-rewritten",
];

/// Rotates, and follows kube-apiserver through it.
pub(super) async fn run(session: &mut Session) {
    let Some(rotate) = session.hooks.rotate.clone() else {
        session
            .report
            .skip(&NAMES, "it is not known how to rotate the key (--rotate)");
        return;
    };
    let mut apiserver = match session.apiserver().await {
        Ok(apiserver) => apiserver,
        Err(error) => return given_up(session, 0, error),
    };
    if let Err(error) = noticed(session, &apiserver, &rotate).await {
        return given_up(session, 0, error);
    }
    session.report.note(NAMES[0], Ok(()));
    if let Err(error) = agrees(session, &mut apiserver).await {
        return given_up(session, 1, error);
    }
    session.report.note(NAMES[1], Ok(()));
    let stale = session.read_all(&mut apiserver).await;
    let Ok(stale) = stale.map_err(|error| given_up(session, 2, error)) else {
        return;
    };
    session.report.note(NAMES[2], Ok(()));
    let all = if stale == session.secrets {
        Ok(())
    } else {
        Err(format!("{stale} of {} secrets are stale", session.secrets))
    };
    session.report.note(NAMES[3], all);
    let outcome = rewritten(session, &mut apiserver).await;
    session.report.note(NAMES[4], outcome);
}

/// Fails one check, and leaves out those that stand on it.
fn given_up(session: &mut Session, at: usize, error: String) {
    session.report.note(NAMES[at], Err(error));
    session.report.skip(&NAMES[at + 1..], NAMES[at]);
}

async fn noticed(session: &Session, apiserver: &Apiserver, rotate: &Hook) -> Result<(), String> {
    let before = apiserver.key_id().unwrap_or_default().to_owned();
    run_hook(rotate).await?;
    let other = |now: &Result<String, String>| now.as_ref().is_ok_and(|now| *now != before);
    session.wait(session.patience.notice, other).await.map(drop)
}

/// kube-apiserver has one more seed encrypted, and only if both calls name one key id.
async fn agrees(session: &Session, apiserver: &mut Apiserver) -> Result<(), String> {
    let before = session.client.count(Method::Encrypt);
    let (_, failed) = apiserver.pass(POLL_WELL).await;
    if failed > 0 {
        apiserver.poll().await?;
        return Err("the poll after the rotation fails".to_owned());
    }
    match session.client.count(Method::Encrypt) - before {
        1 => Ok(()),
        more => Err(format!("{more} calls of Encrypt")),
    }
}

/// Secrets are written anew, as storage migration does it, and none is stale then.
async fn rewritten(session: &mut Session, apiserver: &mut Apiserver) -> Result<(), String> {
    session.write_all(apiserver).await?;
    match session.read_all(apiserver).await? {
        0 => Ok(()),
        stale => Err(format!("{stale} secrets are stale still")),
    }
}
