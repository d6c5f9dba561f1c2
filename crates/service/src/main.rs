//! The root-key service as a program: one directory, one port.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use crate::cli::Command;

fn main() -> ExitCode {
    let arguments = match cli::settings::read() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error.to_string()),
    };
    cli::log::start(arguments.log_format);
    for name in cli::settings::unknown_variables() {
        tracing::warn!(name, "this environment variable is no setting");
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&format!("the runtime does not start: {error}")),
    };
    let outcome = runtime.block_on(async {
        match arguments.command {
            Command::ApiKey(options) => cli::api_key::run(options).await,
            Command::Backup(options) => cli::backup::run(options).await,
            Command::Init(options) => cli::init::run(options).await,
            Command::Populate(options) => cli::populate::run(*options).await,
            Command::Rekey(options) => cli::rekey::run(*options).await,
            Command::Serve(options) => cli::serve::run(*options).await,
            Command::Verify(options) => cli::verify::run(options).await,
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error.to_string()),
    }
}

#[allow(clippy::print_stderr)]
fn refuse(message: &str) -> ExitCode {
    eprintln!("tsutsumi-service: {message}");
    ExitCode::FAILURE
}
