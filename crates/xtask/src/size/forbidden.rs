//! Strings that a module must not hold: a machine's paths, and texts that panics would print.

use std::fs;

use crate::failure::{Failure, Result};
use crate::measure::Measure;
use crate::place;
use crate::say::ready;

/// Forbidden wherever the module was built.
const ALWAYS: [&str; 8] = [
    "panicked at",
    "/registry/",
    ".rs:",
    "/home/",
    "/usr/",
    "/tmp/",
    "/Users/",
    "/build/",
];

/// What the check plants in a copy of each module, to show that it would have caught it there.
const PLANTED: [&str; 3] = ["panicked at", "/registry/", ".rs:"];

/// Looks through the modules, after it has shown that it finds what was planted.
pub(super) fn check(modules: &[Measure]) -> Result<Vec<String>> {
    let strings = strings();
    let mut problems = Vec::new();
    for module in modules {
        let bytes = fs::read(&module.path)?;
        let name = place::shown(&module.path);
        control(&bytes, &strings)?;
        let found = found(&bytes, &strings);
        if found.is_empty() {
            ready(
                "forbidden strings",
                &format!("{name}: none of {}", strings.len()),
            );
        }
        problems.extend(found.iter().map(|(string, around)| {
            format!("`{name}` holds the forbidden string `{string}`: `{around}`")
        }));
    }
    ready(
        "control",
        "strings planted in a copy of each module were found",
    );
    Ok(problems)
}

/// Fails unless the strings planted in a copy of the module are found.
fn control(bytes: &[u8], strings: &[String]) -> Result<()> {
    let mut copy = bytes.to_vec();
    copy.extend_from_slice(PLANTED.concat().as_bytes());
    let caught = found(&copy, strings);
    if PLANTED
        .iter()
        .all(|planted| caught.iter().any(|(string, _)| string == planted))
    {
        return Ok(());
    }
    Err(Failure::failed(
        "the check for forbidden strings misses a planted one",
    ))
}

/// The forbidden strings of this machine and of every machine.
fn strings() -> Vec<String> {
    let mut strings: Vec<String> = ALWAYS.iter().map(|&string| string.to_owned()).collect();
    strings.extend(place::telling());
    strings.sort();
    strings.dedup();
    strings
}

/// Each string that is there, with what stands around it.
fn found<'a>(bytes: &[u8], strings: &'a [String]) -> Vec<(&'a str, String)> {
    const AROUND: usize = 40;
    let at = |string: &str| {
        bytes
            .windows(string.len())
            .position(|part| part == string.as_bytes())
    };
    let shown = |at: usize| {
        let around = &bytes[at.saturating_sub(AROUND)..bytes.len().min(at + AROUND)];
        let printable = |byte: &u8| matches!(byte, b' '..=b'~');
        around
            .iter()
            .map(|byte| {
                if printable(byte) {
                    char::from(*byte)
                } else {
                    '·'
                }
            })
            .collect()
    };
    strings
        .iter()
        .filter_map(|string| Some((string.as_str(), shown(at(string)?))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_string_is_found_anywhere() {
        let strings = vec!["panicked at".to_owned()];
        assert_eq!(found(b"\0asm panicked at", &strings).len(), 1);
        assert_eq!(found(b"panicked at \0asm", &strings).len(), 1);
        assert!(found(b"\0asm panicked", &strings).is_empty());
        assert!(found(b"", &strings).is_empty());
    }

    #[test]
    fn the_control_notices_a_check_that_looks_for_nothing() {
        assert!(control(b"\0asm", &strings()).is_ok());
        assert!(control(b"\0asm", &["not planted".to_owned()]).is_err());
    }
}
