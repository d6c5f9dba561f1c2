//! The browsers of the tests, with the programs that drive them.

use std::path::Path;

use super::{Need, apt};
use crate::process::{capture, command};

/// Chromium, as Debian installs it.
pub(crate) const CHROMIUM: &str = "/usr/bin/chromium";
/// The program that drives Chromium.
pub(crate) const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
/// Firefox ESR, as Debian installs it.
pub(crate) const FIREFOX: &str = "/usr/bin/firefox-esr";

/// Chromium and its driver.
pub(super) fn chromium() -> Need {
    browser(
        "chromium",
        CHROMIUM,
        &[CHROMEDRIVER],
        &["chromium", "chromium-driver"],
    )
}

/// Firefox; its driver is built from crates.io.
pub(super) fn firefox() -> Need {
    browser("firefox", FIREFOX, &[], &["firefox-esr"])
}

fn browser(
    name: &str,
    program: &'static str,
    besides: &'static [&'static str],
    packages: &'static [&'static str],
) -> Need {
    Need {
        name: name.to_owned(),
        doing: "installing from Debian, about 30 s".to_owned(),
        packages,
        found: Box::new(move || {
            let complete = besides.iter().all(|path| Path::new(path).exists());
            let version = capture(command(program).arg("--version")).ok()?;
            complete.then(|| version.trim().to_owned())
        }),
        make: Box::new(move |step| apt::install(step, packages)),
    }
}
