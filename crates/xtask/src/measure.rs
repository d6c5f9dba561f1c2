//! Sizes and sums of files, taken by Node.js so that no crate is needed for gzip and SHA-256.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::process::{capture, command};

const SCRIPT: &str = include_str!("measure.mjs");

/// What is known of a file, or of an entry with all that it imports.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) raw: u64,
    /// Its size under gzip at the highest level.
    pub(crate) gzip: u64,
    /// Its SHA-256, in hexadecimal.
    pub(crate) sha256: String,
}

/// Measures the files, each on its own.
pub(crate) fn measure(files: &[PathBuf]) -> Result<Vec<Measure>> {
    run("files", files)
}

/// Measures JavaScript entries, each with all the files that it imports.
pub(crate) fn measure_entries(files: &[PathBuf]) -> Result<Vec<Measure>> {
    run("entries", files)
}

fn run(mode: &str, files: &[PathBuf]) -> Result<Vec<Measure>> {
    let mut node = command("node");
    node.args(["--input-type=module", "--eval", SCRIPT, "--", mode])
        .args(files);
    let text = capture(&mut node).map_err(|failure| {
        // The command holds the whole script; what Node.js says of it is enough.
        let text = failure.to_string();
        let reason = text
            .lines()
            .find(|line| line.starts_with("Error"))
            .unwrap_or("no reason");
        Failure::failed(format!("cannot measure the files: {reason}"))
    })?;
    let measures: Option<Vec<Measure>> = text.lines().map(parse).collect();
    measures
        .filter(|all| all.len() == files.len())
        .ok_or_else(|| Failure::failed("the measuring script printed something else"))
}

fn parse(line: &str) -> Option<Measure> {
    let mut fields = line.split('\t');
    let (raw, gzip) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let sha256 = fields.next()?.to_owned();
    let path = Path::new(fields.next()?).to_path_buf();
    Some(Measure {
        path,
        raw,
        gzip,
        sha256,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_script_is_understood() {
        let one = parse("10\t7\tabc\t/some/where").unwrap();
        assert_eq!((one.raw, one.gzip, one.sha256.as_str()), (10, 7, "abc"));
        assert!(parse("10\t7\tabc").is_none());
        assert!(parse("ten\t7\tabc\t/some/where").is_none());
    }
}
