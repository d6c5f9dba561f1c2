//! The tables that both languages share: written by the core, read by JavaScript, compared here.
//!
//! `UPDATE=1 cargo test --test core_tables` writes the file anew.

#![cfg(not(target_arch = "wasm32"))]

use std::{env, fs, path::Path};

use tsutsumi::message::{Part, Suite};
use tsutsumi::{Code, Problem};

fn tables() -> String {
    let codes = Code::ALL.iter().map(|code| {
        format!(
            "  {}: {{\n    className: \"{}\",\n    retryable: {},\n    meaning: \"{}\",\n  }},\n",
            code.name(),
            code.class().name(),
            code.retryable(),
            code.meaning()
        )
    });
    let problems = Problem::ALL.iter().map(|problem| {
        format!(
            "  {{\n    code: \"{}\",\n    message: \"{}\",\n    hint: \"{}\",\n  }},\n",
            problem.code().name(),
            problem.message(),
            problem.hint()
        )
    });
    let parts = Part::ALL
        .iter()
        .map(|part| format!("  \"{}\",\n", part.name()));
    let suites = [Suite::Committing, Suite::CommittingSigned];
    let suites = suites
        .iter()
        .map(|suite| format!("  {}: \"{}\",\n", suite.id(), suite.name()));
    [
        "// Generated from the core by `UPDATE=1 cargo test --test core_tables`; not to be edited.\n\n",
        "/** Every stable code, the class that carries it, and what it means. */\n",
        &format!("export const CODES = {{\n{}}} as const;\n\n", codes.collect::<String>()),
        "/** What can go wrong in the core, by number. */\n",
        &format!("export const PROBLEMS = [\n{}] as const;\n\n", problems.collect::<String>()),
        "/** The parts of a message header, by number. */\n",
        &format!("export const PARTS = [\n{}] as const;\n\n", parts.collect::<String>()),
        "/** The algorithm suites, by number. */\n",
        &format!("export const SUITES = {{\n{}}} as const;\n", suites.collect::<String>()),
    ]
    .concat()
}

#[test]
fn the_tables_of_javascript_are_those_of_the_core() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/src/core-tables.ts");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, tables()).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found,
        tables(),
        "run `UPDATE=1 cargo test --test core_tables`"
    );
}
