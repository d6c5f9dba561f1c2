//! Settings: the command line goes before the environment, that before the file, that before the
//! default.
//!
//! Every option that can be set by an environment variable can be set in the file, under the name
//! of its flag. What the file says is added to the command line where neither that nor the
//! environment says anything, so that all three are read and checked by the same rules.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};
use toml::{Table, Value};

use super::Arguments;

/// Variables that hold a secret and therefore have no flag and no place in the file.
const SECRETS: [&str; 3] = [
    "TSUTSUMI_MASTER_KEY",
    "TSUTSUMI_MASTER_KEY_API_KEY",
    "TSUTSUMI_PASSPHRASE",
];
const FILE_LEN_MAX: u64 = 64 * 1024;

type Failed = Box<dyn std::error::Error>;

/// Reads the settings; ends the program where they are wrong, or with the help that is asked for.
pub(crate) fn read() -> Result<Arguments, Failed> {
    let command = Arguments::command();
    let mut line: Vec<OsString> = std::env::args_os().collect();
    let mut matches = command.clone().get_matches_from(&line);
    let file = matches.get_one::<PathBuf>("config").cloned();
    let mut added = Vec::new();
    if let Some(path) = &file {
        let table = load(path)?;
        refuse_unknown(&command, &table, path)?;
        added = additions(&command, &matches, &table, path)?;
        line.extend(
            added
                .iter()
                .map(|(name, value)| format!("--{name}={value}").into()),
        );
        matches = command
            .clone()
            .try_get_matches_from(&line)
            .map_err(|error| format!("in `{}`: {error}", path.display()))?;
    }
    let arguments = Arguments::from_arg_matches(&matches)?;
    if let Some((name, chosen)) = matches.subcommand()
        && chosen.try_get_one::<bool>("print_config").ok().flatten() == Some(&true)
    {
        let names: Vec<_> = added.iter().map(|(name, _)| name.as_str()).collect();
        print(&command, name, chosen, &names)?;
        std::process::exit(0);
    }
    Ok(arguments)
}

/// Names of environment variables that look like settings and are none.
pub(crate) fn unknown_variables() -> Vec<String> {
    let command = Arguments::command();
    let known = |name: &str| {
        SECRETS.contains(&name) || settings(&command).any(|(_, arg)| variable(arg) == name)
    };
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("TSUTSUMI_") && !known(name))
        .collect()
}

fn load(path: &Path) -> Result<Table, Failed> {
    let shown = path.display();
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(FILE_LEN_MAX).read_to_string(&mut text))
        .map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
    let table = text.parse::<Table>();
    Ok(table.map_err(|error| format!("`{shown}` is no TOML: {error}"))?)
}

/// All settings, each with the command that it belongs to; `None` for all commands.
fn settings(command: &Command) -> impl Iterator<Item = (Option<&str>, &Arg)> {
    let own = command.get_arguments().map(|arg| (None, arg));
    let theirs = command
        .get_subcommands()
        .flat_map(|sub| sub.get_arguments().map(|arg| (Some(sub.get_name()), arg)));
    own.chain(theirs)
        .filter(|(_, arg)| arg.get_env().is_some() && arg.get_id() != "config")
}

fn variable(arg: &Arg) -> &str {
    arg.get_env()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

fn refuse_unknown(command: &Command, table: &Table, path: &Path) -> Result<(), Failed> {
    for name in table.keys() {
        if !settings(command).any(|(_, arg)| arg.get_long() == Some(name)) {
            let mut names: Vec<_> = settings(command)
                .filter_map(|(_, arg)| arg.get_long())
                .collect();
            names.sort_unstable();
            names.dedup();
            let (path, names) = (path.display(), names.join(", "));
            return Err(format!("`{name}` in `{path}` is no setting; those are: {names}").into());
        }
    }
    Ok(())
}

/// What the file says and nothing before it does, for the command that is run.
fn additions(
    command: &Command,
    matches: &ArgMatches,
    table: &Table,
    path: &Path,
) -> Result<Vec<(String, String)>, Failed> {
    let (chosen, inner) = matches.subcommand().unwrap_or(("", matches));
    let mut added = Vec::new();
    for (owner, arg) in settings(command) {
        let name = arg.get_long().unwrap_or_default();
        let Some(value) = table.get(name) else {
            continue;
        };
        if owner.is_some_and(|owner| owner != chosen) {
            continue;
        }
        let source = inner.value_source(arg.get_id().as_str());
        if matches!(
            source,
            Some(ValueSource::CommandLine | ValueSource::EnvVariable)
        ) {
            continue;
        }
        let texts = texts(value, arg).ok_or_else(|| {
            format!(
                "`{name}` in `{}` has a value of the wrong type",
                path.display()
            )
        })?;
        added.extend(texts.into_iter().map(|text| (name.to_owned(), text)));
    }
    Ok(added)
}

fn texts(value: &Value, arg: &Arg) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) if matches!(arg.get_action(), ArgAction::Append) => {
            list.iter().map(text).collect()
        }
        single => Some(vec![text(single)?]),
    }
}

/// Prints every setting of a command, its value and where that comes from, as a file that sets the
/// same.
fn print(
    command: &Command,
    chosen: &str,
    matches: &ArgMatches,
    from_file: &[&str],
) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for (owner, arg) in settings(command) {
        if owner.is_some_and(|owner| owner != chosen) {
            continue;
        }
        let (id, name) = (arg.get_id().as_str(), arg.get_long().unwrap_or_default());
        let values: Vec<_> = matches
            .get_raw(id)
            .map(|values| {
                values
                    .map(|value| value.to_string_lossy().into_owned())
                    .collect()
            })
            .unwrap_or_default();
        let source = match matches.value_source(id) {
            Some(_) if from_file.contains(&name) => "file".to_owned(),
            Some(ValueSource::CommandLine) => "command line".to_owned(),
            Some(ValueSource::EnvVariable) => variable(arg).to_owned(),
            Some(ValueSource::DefaultValue) => "default".to_owned(),
            _ => {
                writeln!(out, "# {name} is not set")?;
                continue;
            }
        };
        writeln!(out, "{name} = {} # {source}", shown(arg, &values))?;
    }
    out.flush()
}

fn shown(arg: &Arg, values: &[String]) -> String {
    let value = |text: &String| match text.parse::<i64>() {
        Ok(number) => Value::Integer(number),
        Err(_) => text
            .parse::<bool>()
            .map_or_else(|_| Value::String(text.clone()), Value::Boolean),
    };
    if matches!(arg.get_action(), ArgAction::Append) {
        return Value::Array(values.iter().map(value).collect()).to_string();
    }
    values
        .first()
        .map(|text| value(text).to_string())
        .unwrap_or_default()
}
