//! Words that must not be committed: a machine's paths, unfinished work, addresses in lock files.

use super::tracked;
use crate::failure::Result;
use crate::place;
use crate::process::{capture, command};

/// Forbidden anywhere. They are put together here so that this file does not hold them.
const ALWAYS: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("\"reso", "lved\": \"http"),
];

/// Says where a forbidden word stands.
pub(super) fn check() -> Result<Vec<String>> {
    let words = words();
    let mut problems = Vec::new();
    for path in tracked()? {
        // A file that is no text holds no words.
        if let Ok(text) = place::read(&place::root().join(&path)) {
            problems.extend(found(&path, &text, &words));
        }
    }
    Ok(problems)
}

fn words() -> Vec<String> {
    let mut words: Vec<String> = ALWAYS.iter().map(|&word| word.to_owned()).collect();
    words.extend(place::telling());
    words.extend(registry());
    words
}

/// The host that this machine gets npm packages from.
fn registry() -> Option<String> {
    let address = capture(command("npm").args(["config", "get", "registry"])).ok()?;
    let host = address
        .trim()
        .split("//")
        .nth(1)?
        .split(['/', ':'])
        .next()?
        .to_owned();
    (!host.is_empty()).then_some(host)
}

fn found(path: &str, text: &str, words: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for word in words.iter().filter(|word| line.contains(word.as_str())) {
            problems.push(format!("{path}:{}: holds `{word}`", number + 1));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_word_is_found_with_its_line() {
        let words = words();
        let planted = format!("fine\n// {}: later\n", ALWAYS[0]);
        assert_eq!(found("a.rs", &planted, &words).len(), 1);
        assert!(found("a.rs", &planted, &words)[0].starts_with("a.rs:2:"));
        assert!(found("a.rs", "fine\n", &words).is_empty());
    }

    #[test]
    fn paths_of_this_machine_are_found() {
        for path in place::telling()
            .iter()
            .map(String::as_str)
            .chain([ALWAYS[2], ALWAYS[3]])
        {
            assert_eq!(
                found("a.md", &format!("cd {path}src\n"), &[path.to_owned()]).len(),
                1
            );
            assert!(!found("a.md", &format!("cd {path}src\n"), &words()).is_empty());
        }
    }
}
