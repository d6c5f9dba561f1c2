//! The tasks of this repository, behind `cargo xtask`.

#![forbid(unsafe_code)]

mod build;
mod failure;
mod fuzz;
mod help;
mod lint;
mod lock;
mod measure;
mod place;
mod process;
mod run;
mod say;
mod setup;
mod size;
mod spec;
mod stamp;
mod sweep;
mod test;
mod toolchain;

use std::env;
use std::process::ExitCode;

use crate::failure::{Failure, Result};
use crate::setup::Scope;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn start(arguments: &[String]) -> Result<()> {
    let Some((task, rest)) = arguments.split_first() else {
        return help::print(None);
    };
    if rest
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        return help::print(Some(task));
    }
    match task.as_str() {
        "help" | "--help" | "-h" => help::print(rest.first().map(String::as_str)),
        "setup" => {
            let [check, demo] = flags(rest, ["--check", "--demo"])?;
            let scope = if demo { Scope::Build } else { Scope::Test };
            if check {
                setup::check(scope)
            } else {
                setup::run(scope)
            }
        }
        "build" => {
            let [record] = flags(rest, ["--record"])?;
            build::run(record)
        }
        "demo" => run::demo(&without_force(rest)),
        "test" => test::run(&without_force(rest)),
        "lint" => flags(rest, []).and_then(|[]| lint::run()),
        "size" => flags(rest, []).and_then(|[]| size::run()),
        "spec" => flags(rest, []).and_then(|[]| spec::run()),
        "www" => {
            let [build] = flags(rest, ["--build"])?;
            run::www(build)
        }
        "fuzz" => fuzz::run(&without_force(rest)),
        "bench" => run::bench(rest),
        "kms-conformance" => run::kms_conformance(rest),
        other => Err(help::unknown(other)),
    }
}

/// Which of the flags are given. `--force` is always one of them.
fn flags<const N: usize>(arguments: &[String], known: [&str; N]) -> Result<[bool; N]> {
    let rest = without_force(arguments);
    match rest
        .iter()
        .find(|argument| !known.contains(&argument.as_str()))
    {
        Some(other) => Err(Failure::usage(format!("`{other}` is not understood here"))
            .hint("`cargo xtask help TASK` says what is")),
        None => Ok(known.map(|flag| rest.iter().any(|argument| argument == flag))),
    }
}

/// The arguments without `--force`, which is acted upon.
fn without_force(arguments: &[String]) -> Vec<String> {
    if arguments.iter().any(|argument| argument == "--force") {
        stamp::force();
    }
    arguments
        .iter()
        .filter(|argument| *argument != "--force")
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn an_unknown_task_or_flag_is_a_usage_error() {
        assert_eq!(start(&words("tset")).unwrap_err().code(), 3);
        assert_eq!(start(&words("size --quick")).unwrap_err().code(), 3);
        assert_eq!(start(&words("help tset")).unwrap_err().code(), 3);
    }

    #[test]
    fn every_task_of_the_overview_has_a_help_text() {
        for task in [
            "setup",
            "build",
            "demo",
            "test",
            "lint",
            "spec",
            "fuzz",
            "size",
            "www",
            "bench",
            "kms-conformance",
        ] {
            assert!(start(&words(&format!("{task} --help"))).is_ok(), "{task}");
        }
    }
}
