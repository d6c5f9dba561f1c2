//! `cargo xtask lint`: the house style, checked by machine.

mod budget;
mod tree;
mod words;

use std::process::Command;

use crate::failure::{Failure, Result};
use crate::place;
use crate::process::{capture, command, line};
use crate::say::{Step, ready};
use crate::setup::{self, Scope};
use crate::spec;
use crate::test::count::Count;
use crate::toolchain::{Toolchain, WASM_TARGET};

/// Warnings are errors; functions have at most as many lines as .clippy.toml says.
const CLIPPY: [&str; 4] = ["--", "-Wclippy::too_many_lines", "-D", "warnings"];

/// Sets up, runs every check, and fails if one did.
pub(crate) fn run() -> Result<()> {
    setup::run(Scope::Test)?;
    let count = checks()?;
    println!("\nlint: {count}");
    match count.failed {
        0 => Ok(()),
        failed => Err(Failure::failed(format!("{failed} lints failed"))),
    }
}

/// Runs every check to its end, whatever the others say.
pub(crate) fn checks() -> Result<Count> {
    let mut count = Count::default();
    let wasm = Toolchain::for_wasm()
        .ok_or_else(|| Failure::failed(format!("no compiler here builds {WASM_TARGET}")))?;
    let mut wasm_clippy = wasm.command("cargo");
    wasm_clippy.args([
        "clippy",
        "--quiet",
        "--package",
        "tsutsumi",
        "--target",
        WASM_TARGET,
    ]);
    let mut workspace_clippy = command("cargo");
    workspace_clippy.args(["clippy", "--quiet", "--workspace", "--all-targets"]);
    let programs = [
        (
            "rustfmt",
            "a few seconds",
            with(command("cargo"), &["fmt", "--all", "--check"]),
        ),
        ("clippy", "about 1 min", with(workspace_clippy, &CLIPPY)),
        ("clippy, wasm32", "about 20 s", with(wasm_clippy, &CLIPPY)),
        ("rustdoc", "about 1 min at first", rustdoc()),
        ("npm run lint", "a few seconds", npm("lint")),
        ("npm run typecheck", "a few seconds", npm("typecheck")),
    ];
    for (name, about, program) in programs {
        count.add(program_passes(name, about, program)?);
    }
    let (summary, problems) = spec::check()?;
    ready("clauses", &summary);
    count.add(none("traced clauses", &problems));
    for (name, problems) in [
        ("file budgets", budget::check()?),
        ("dependency rules", tree::check()?),
        ("words", words::check()?),
    ] {
        count.add(none(name, &problems));
    }
    Ok(count)
}

/// Every file that git keeps or would keep.
fn tracked() -> Result<Vec<String>> {
    let mut git = command("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let listed = capture(&mut git)?;
    let exists = |path: &&str| place::root().join(path).is_file();
    Ok(listed.lines().filter(exists).map(str::to_owned).collect())
}

fn with(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments);
    command
}

/// The reference of the workspace, in which every link leads somewhere.
fn rustdoc() -> Command {
    let mut doc = command("cargo");
    doc.args(["doc", "--quiet", "--workspace", "--no-deps"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    doc
}

fn npm(script: &str) -> Command {
    let mut npm = command("npm");
    npm.current_dir(place::js())
        .args(["run", "--silent", script]);
    npm
}

fn program_passes(name: &str, about: &str, mut program: Command) -> Result<bool> {
    let step = Step::start(name, &format!("{}, {about}", line(&program)));
    let output = program.output()?;
    if output.status.success() {
        step.done("clean");
    } else {
        print!("{}", String::from_utf8_lossy(&output.stdout));
        print!("{}", String::from_utf8_lossy(&output.stderr));
        step.done("FAILED");
    }
    Ok(output.status.success())
}

fn none(name: &str, problems: &[String]) -> bool {
    if problems.is_empty() {
        ready(name, "kept");
    } else {
        problems.iter().for_each(|problem| println!("{problem}"));
        ready(name, &format!("FAILED, {} problems", problems.len()));
    }
    problems.is_empty()
}
