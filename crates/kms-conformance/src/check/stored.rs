//! Many secrets, few calls.

use std::time::Duration;

use crate::client::Method;
use crate::session::Session;

pub(super) const NAMES: [&str; 3] = ["poll-timing", "stored-one-encrypt", "stored-one-decrypt"];

const TEN_MINUTES: Duration = Duration::from_secs(600);

/// Stores secrets and reads them after a restart of kube-apiserver; `false` if that fails.
pub(super) async fn run(session: &mut Session) -> bool {
    let polls = polls(session).await;
    session.report.note("poll-timing", polls);
    let outcome = one_encrypt(session).await;
    if !session.report.note("stored-one-encrypt", outcome) {
        let reason = "stored-one-encrypt";
        session.report.skip(&["stored-one-decrypt"], reason);
        return false;
    }
    let outcome = one_decrypt(session).await;
    session.report.note("stored-one-decrypt", outcome)
}

/// While all is well there is one `Status` a minute, and no other call.
async fn polls(session: &Session) -> Result<(), String> {
    let mut apiserver = session.apiserver().await?;
    let encrypts = session.client.count(Method::Encrypt);
    let (polls, failed) = apiserver.pass(TEN_MINUTES).await;
    let encrypts = session.client.count(Method::Encrypt) - encrypts;
    match (polls, failed, encrypts) {
        (10, 0, 0) => Ok(()),
        other => Err(format!(
            "{other:?} polls, failed ones and calls of Encrypt, not (10, 0, 0)"
        )),
    }
}

async fn one_encrypt(session: &mut Session) -> Result<(), String> {
    let before = session.client.count(Method::Encrypt);
    let mut apiserver = session.apiserver().await?;
    session.write_all(&mut apiserver).await?;
    match session.client.count(Method::Encrypt) - before {
        1 => Ok(()),
        more => Err(format!("{more} calls of Encrypt")),
    }
}

/// kube-apiserver starts anew, knows no seed, and reads everything.
async fn one_decrypt(session: &mut Session) -> Result<(), String> {
    let mut apiserver = session.apiserver().await?;
    let before = session.client.count(Method::Decrypt);
    let stale = session.read_all(&mut apiserver).await?;
    match (stale, session.client.count(Method::Decrypt) - before) {
        (0, 1) => Ok(()),
        other => Err(format!(
            "{other:?} stale secrets and calls of Decrypt, not (0, 1)"
        )),
    }
}
