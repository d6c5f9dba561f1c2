//! A key service that is away for some minutes, and comes back.

use std::time::Duration;

use crate::apiserver::{Apiserver, POLL_ILL, POLL_WELL};
use crate::session::{Hook, Session, run as run_hook};

pub(super) const NAMES: [&str; 5] = [
    "outage-noticed",
    "outage-coasts",
    "outage-writes-stop",
    "outage-reads-go-on",
    "outage-recovers",
];
const TWO_MINUTES: Duration = Duration::from_secs(120);
const PLACE: &str = "/registry/secrets/default/outage";

/// Cuts the plugin off: kube-apiserver goes on for three minutes, then reads alone.
pub(super) async fn run(session: &mut Session) {
    let (Some(cut), Some(mend)) = (session.hooks.cut.clone(), session.hooks.mend.clone()) else {
        let reason = "it is not known how to cut the plugin off (--cut and --mend)";
        session.report.skip(&NAMES, reason);
        return;
    };
    let outcome = away(session, &cut).await;
    let mended = run_hook(&mend).await;
    let apiserver = match outcome {
        Ok(apiserver) => apiserver,
        Err((at, error)) => {
            session.report.note(NAMES[at], Err(error));
            session.report.skip(&NAMES[at + 1..], NAMES[at]);
            return;
        }
    };
    let outcome = match mended {
        Ok(()) => recovers(session, apiserver).await,
        Err(error) => Err(error),
    };
    session.report.note(NAMES[4], outcome);
}

/// Goes on until the first check that fails, which it tells by its number.
async fn away(session: &mut Session, cut: &Hook) -> Result<Apiserver, (usize, String)> {
    let started = session.apiserver().await;
    let mut apiserver = started.map_err(|error| (0, error))?;
    let stored = apiserver
        .write(PLACE, b"before")
        .map_err(|error| (0, error))?;
    // The last good poll comes just before the end, in time that stands still.
    run_hook(cut).await.map_err(|error| (0, error))?;
    let noticed = session.wait(session.patience.notice, Result::is_err).await;
    noticed.map_err(|error| (0, error))?;
    session.report.note(NAMES[0], Ok(()));
    let steps = [
        (1, POLL_WELL, true),
        (1, TWO_MINUTES - POLL_WELL, true),
        (2, TWO_MINUTES, false),
    ];
    for (at, time, writes) in steps {
        let (polls, failed) = apiserver.pass(time).await;
        let outcome = while_away(&mut apiserver, &stored, polls, failed, writes).await;
        outcome.map_err(|error| (at, error))?;
    }
    session.report.note(NAMES[1], Ok(()));
    session.report.note(NAMES[2], Ok(()));
    apiserver.pass(TWO_MINUTES * 5).await;
    let read = apiserver.read(PLACE, &stored).await;
    read.map_err(|error| (3, error))?;
    session.report.note(NAMES[3], Ok(()));
    Ok(apiserver)
}

async fn while_away(
    apiserver: &mut Apiserver,
    stored: &[u8],
    polls: u32,
    failed: u32,
    writes: bool,
) -> Result<(), String> {
    if polls == 0 || failed != polls {
        return Err(format!("{failed} of {polls} polls fail"));
    }
    apiserver.read(PLACE, stored).await?;
    let written = apiserver.write(PLACE, b"while away");
    match (written, writes) {
        (Ok(_), true) | (Err(_), false) => Ok(()),
        (Err(error), true) => Err(error),
        (Ok(_), false) => Err("writing goes on after three minutes".to_owned()),
    }
}

async fn recovers(session: &Session, mut apiserver: Apiserver) -> Result<(), String> {
    session
        .wait(session.patience.recover, Result::is_ok)
        .await?;
    let (polls, failed) = apiserver.pass(POLL_ILL).await;
    if polls != 1 || failed != 0 {
        return Err(format!("{failed} of {polls} polls fail"));
    }
    apiserver.write(PLACE, b"after").map(drop)
}
