//! `cargo xtask setup`: finds or makes everything that the other tasks need.

mod apt;
mod browser;
mod cpp;
mod node;
mod postgres;
mod python;
mod rust;
mod tool;
mod wasm;

use std::fs::File;

pub(crate) use browser::{CHROMEDRIVER, CHROMIUM, ETCD, FIREFOX};
pub(crate) use python::interpreter;

use crate::failure::{Failure, Result};
use crate::place;
use crate::say::{Step, ready};
use crate::stamp::forced;

/// How much is set up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    /// What the demo and the build need: no browser, no Python.
    Build,
    /// What the tests need besides.
    Test,
    /// What the tests in every runtime and bundler need besides.
    Matrix,
}

/// One thing that has to be there.
struct Need {
    name: String,
    /// What making it is called, with a rough duration.
    doing: String,
    /// Debian packages that making it always takes.
    packages: &'static [&'static str],
    /// Says what is there already.
    found: Box<dyn Fn() -> Option<String>>,
    make: Box<Make>,
}

/// Makes a thing, while the step that is shown for it is under way.
type Make = dyn Fn(&Step) -> Result<()>;

/// Finds or makes everything in `scope`.
pub(crate) fn run(scope: Scope) -> Result<()> {
    let _lock = exclusive()?;
    let needs = needs(scope)?;
    let missing: Vec<bool> = needs.iter().map(|need| (need.found)().is_none()).collect();
    let wanted: Vec<&str> = needs
        .iter()
        .zip(&missing)
        .filter(|(_, missing)| **missing)
        .flat_map(|(need, _)| need.packages.iter().copied())
        .collect();
    if !wanted.is_empty() {
        apt::may_install(&wanted)?;
    }
    needs.iter().try_for_each(ensure)
}

/// Says what is there and what is missing, and changes nothing.
pub(crate) fn check(scope: Scope) -> Result<()> {
    let mut missing = Vec::new();
    for need in needs(scope)? {
        match (need.found)() {
            Some(found) => ready(&need.name, &found),
            None => {
                ready(&need.name, "missing");
                missing.push(need.name);
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::install(format!("missing: {}", missing.join(", ")))
        .hint("`cargo xtask setup` installs or builds what is missing"))
}

/// Keeps two runs from building the same things at the same time.
pub(crate) fn exclusive() -> Result<File> {
    let path = place::state().join("lock");
    place::write(&path, "")?;
    let lock = File::open(&path)?;
    if lock.try_lock().is_err() {
        ready(
            "waiting",
            "for another `cargo xtask` in this folder to finish",
        );
        lock.lock()?;
    }
    Ok(lock)
}

fn needs(scope: Scope) -> Result<Vec<Need>> {
    let mut needs = vec![
        node::program(),
        wasm::target(),
        tool::wasm_bindgen()?,
        node::packages(),
    ];
    if scope != Scope::Build {
        needs.extend([
            rust::lints(),
            cpp::compiler(),
            tool::wasm_pack(),
            tool::geckodriver(),
            tool::s3s_fs(),
        ]);
        needs.extend([node::test_packages(), python::packages()]);
        needs.extend([browser::chromium(), browser::firefox(), browser::curl()]);
        needs.extend([postgres::server(), browser::etcd()]);
    }
    if scope == Scope::Matrix {
        needs.extend([node::matrix_packages(), browser::webkit()]);
    }
    Ok(needs)
}

fn ensure(need: &Need) -> Result<()> {
    let found = (need.found)();
    if let (Some(found), false) = (&found, forced()) {
        ready(&need.name, found);
        return Ok(());
    }
    let step = Step::start(&need.name, &need.doing);
    (need.make)(&step)?;
    match (need.found)() {
        Some(found) => {
            step.done(&format!("{found},"));
            Ok(())
        }
        None => Err(Failure::failed(format!("`{}` is still missing", need.name))),
    }
}
