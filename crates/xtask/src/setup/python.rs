//! The Python environment of the tests that check us against programs in Python.

use std::path::PathBuf;
use std::time::Duration;

use super::{Need, apt};
use crate::place;
use crate::process::{command, logged, works};
use crate::stamp::{Key, Stamp};

const LIMIT: Duration = Duration::from_mins(10);

/// The interpreter of the environment.
pub(crate) fn interpreter() -> PathBuf {
    place::venv().join("bin/python")
}

/// What every requirements.txt of the tests names.
pub(super) fn packages() -> Need {
    Need {
        name: "python packages".to_owned(),
        doing: "installing for the tests, about 30 s".to_owned(),
        packages: &[],
        found: Box::new(|| {
            let names: Vec<String> = requirements()
                .iter()
                .map(|file| place::shown(file))
                .collect();
            let fresh = stamp().holds(&[&interpreter()]);
            fresh.then(|| match names[..] {
                [] => "none are needed".to_owned(),
                _ => format!("as {} says", names.join(", ")),
            })
        }),
        make: Box::new(|step| {
            let create = ["-m", "venv", "--clear"];
            // One that is there and runs is only added to: most of it is what it has to be.
            let runs = works(command(interpreter()).arg("--version"));
            if !runs && !works(command("python3").args(create).arg(place::venv())) {
                apt::install(step, &["python3-venv"])?;
                logged(
                    step,
                    command("/usr/bin/python3").args(create).arg(place::venv()),
                    LIMIT,
                )?;
            }
            for file in requirements() {
                let mut pip = command(interpreter());
                pip.args(["-m", "pip", "install", "--disable-pip-version-check", "-r"]);
                logged(step, pip.arg(file), LIMIT)?;
            }
            stamp().set()
        }),
    }
}

fn requirements() -> Vec<PathBuf> {
    let all = ["tests", "crates"].map(|dir| place::files(&place::root().join(dir)));
    all.into_iter()
        .flatten()
        .filter(|path| path.ends_with("requirements.txt"))
        .collect()
}

fn stamp() -> Stamp {
    let key = requirements()
        .iter()
        .fold(Key::default(), |key, file| key.path(file));
    Stamp::new("python-packages", &key)
}
