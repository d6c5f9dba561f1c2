//! Programs of Debian that the tests use: browsers, with what drives them, curl, and etcd.

use std::path::Path;

use super::{Need, apt};
use crate::process::{capture, command};

/// Chromium, as Debian installs it.
pub(crate) const CHROMIUM: &str = "/usr/bin/chromium";
/// The program that drives Chromium.
pub(crate) const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
/// Firefox ESR, as Debian installs it.
pub(crate) const FIREFOX: &str = "/usr/bin/firefox-esr";

/// etcd, as Debian installs it.
pub(crate) const ETCD: &str = "/usr/bin/etcd";

/// Chromium and its driver.
pub(super) fn chromium() -> Need {
    program(
        "chromium",
        CHROMIUM,
        &[CHROMEDRIVER],
        &["chromium", "chromium-driver"],
    )
}

/// Firefox; its driver is built from crates.io.
pub(super) fn firefox() -> Need {
    program("firefox", FIREFOX, &[], &["firefox-esr"])
}

/// WebKit's driver with the browser that it drives, and a display that nobody sees.
pub(super) fn webkit() -> Need {
    program(
        "webkit",
        "/usr/bin/WebKitWebDriver",
        &["/usr/bin/xvfb-run", "/usr/bin/xauth"],
        &["webkit2gtk-driver", "xvfb", "xauth"],
    )
}

/// curl, which tests of the service call.
pub(super) fn curl() -> Need {
    program("curl", "/usr/bin/curl", &[], &["curl"])
}

/// etcd, which tests of the Kubernetes plugin keep secrets in.
pub(super) fn etcd() -> Need {
    program("etcd", ETCD, &[], &["etcd-server"])
}

fn program(
    name: &str,
    path: &'static str,
    besides: &'static [&'static str],
    packages: &'static [&'static str],
) -> Need {
    Need {
        name: name.to_owned(),
        doing: "installing from Debian, about 30 s".to_owned(),
        packages,
        found: Box::new(move || {
            let complete = besides.iter().all(|other| Path::new(other).exists());
            let version = capture(command(path).arg("--version")).ok()?;
            // curl goes on about the libraries in it.
            let version = version.lines().next()?.split(" (").next()?;
            complete.then(|| version.trim().to_owned())
        }),
        make: Box::new(move |step| apt::install(step, packages)),
    }
}
