//! The checks, each under a name of its own.

mod calls;
mod outage;
mod restart;
mod rotation;
mod stored;

use crate::session::Session;

/// Runs all checks that the session can.
pub async fn all(session: &mut Session) {
    if !calls::run(session).await {
        let stored = [&stored::NAMES[..], &rotation::NAMES].concat();
        let names = [&stored[..], &restart::NAMES, &outage::NAMES].concat();
        session.report.skip(&names, "the calls fail");
        return;
    }
    if stored::run(session).await {
        rotation::run(session).await;
        restart::run(session).await;
    } else {
        let names = [&rotation::NAMES[..], &restart::NAMES].concat();
        session.report.skip(&names, "nothing is stored");
    }
    outage::run(session).await;
}
