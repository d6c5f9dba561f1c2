//! The tables that both languages share: written by the core, read by JavaScript, compared here.
//!
//! `UPDATE=1 cargo test --test core_tables` writes the file anew.

#![cfg(not(target_arch = "wasm32"))]

use std::fmt::Write as _;
use std::{env, fs, path::Path};

use tsutsumi::message::{Part, Suite};
use tsutsumi::{Code, Problem};

fn tables() -> String {
    let mut text = String::from(
        "// Generated from the core by `UPDATE=1 cargo test --test core_tables`; not to be edited.\n\n",
    );
    text.push_str("/** Every stable code, the class that carries it, and what it means. */\n");
    text.push_str("export const CODES = {\n");
    for code in Code::ALL {
        writeln!(
            text,
            "  {}: {{\n    className: \"{}\",\n    retryable: {},\n    meaning: \"{}\",\n  }},",
            code.name(),
            code.class().name(),
            code.retryable(),
            code.meaning()
        )
        .unwrap();
    }
    text.push_str("} as const;\n\n/** What can go wrong in the core, by number. */\n");
    text.push_str("export const PROBLEMS = [\n");
    for problem in Problem::ALL {
        writeln!(
            text,
            "  {{\n    code: \"{}\",\n    message: \"{}\",\n    hint: \"{}\",\n  }},",
            problem.code().name(),
            problem.message(),
            problem.hint()
        )
        .unwrap();
    }
    text.push_str("] as const;\n\n/** The parts of a message header, by number. */\n");
    text.push_str("export const PARTS = [\n");
    for part in Part::ALL {
        writeln!(text, "  \"{}\",", part.name()).unwrap();
    }
    text.push_str("] as const;\n\n/** The algorithm suites, by number. */\nexport const SUITES = {\n");
    for suite in [Suite::Committing, Suite::CommittingSigned] {
        writeln!(text, "  {}: \"{}\",", suite.id(), suite.name()).unwrap();
    }
    text.push_str("} as const;\n");
    text
}

#[test]
fn the_tables_of_javascript_are_those_of_the_core() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/src/core-tables.ts");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, tables()).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, tables(), "run `UPDATE=1 cargo test --test core_tables`");
}
