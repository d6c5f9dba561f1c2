//! A compiler for C++, which libFuzzer is compiled by.

use super::{Need, apt};
use crate::process::{command, works};

pub(super) fn compiler() -> Need {
    Need {
        name: "c++".to_owned(),
        doing: "installing".to_owned(),
        packages: &[],
        found: Box::new(|| works(command("c++").arg("--version")).then(|| "found".to_owned())),
        make: Box::new(|step| apt::install(step, &["g++"])),
    }
}
