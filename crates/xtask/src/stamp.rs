//! Remembers what a step was done for, so that it is not done twice.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Result;
use crate::place;

static FORCED: AtomicBool = AtomicBool::new(false);

/// Does every step again, whatever the stamps say.
pub(crate) fn force() {
    FORCED.store(true, Ordering::Relaxed);
}

/// Whether steps are done again although they were done before.
pub(crate) fn forced() -> bool {
    FORCED.load(Ordering::Relaxed) || env::var_os("TSUTSUMI_FORCE").is_some()
}

/// One step's memory: what it was last done for.
pub(crate) struct Stamp {
    file: PathBuf,
    key: String,
}

impl Stamp {
    /// The stamp of the step `name` for inputs that `key` sums up.
    pub(crate) fn new(name: &str, key: &Key) -> Self {
        let file = place::state().join("stamps").join(name);
        Self {
            file,
            key: key.text(),
        }
    }

    /// Whether the step may be left out: it was done, and nobody asked for it again.
    pub(crate) fn fresh(&self, outputs: &[&Path]) -> bool {
        !forced() && self.holds(outputs)
    }

    /// Whether the step was done for the same inputs and all its `outputs` are still there.
    pub(crate) fn holds(&self, outputs: &[&Path]) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|text| text == self.key)
            && outputs.iter().all(|path| path.exists())
    }

    /// Remembers that the step is done.
    pub(crate) fn set(&self) -> Result<()> {
        place::write(&self.file, &self.key)
    }
}

/// Sums up inputs. Tells changed inputs apart; it is no defence against somebody who means harm.
#[derive(Default)]
pub(crate) struct Key(DefaultHasher);

impl Key {
    /// Adds a text, for instance a version or a command.
    pub(crate) fn text_of(mut self, text: &str) -> Self {
        text.hash(&mut self.0);
        self
    }

    /// Adds a file, or all files of a folder: their names and what they hold.
    pub(crate) fn path(mut self, path: &Path) -> Self {
        let files = if path.is_dir() {
            place::files(path)
        } else {
            vec![path.to_path_buf()]
        };
        for file in files {
            place::shown(&file).hash(&mut self.0);
            fs::read(&file).ok().hash(&mut self.0);
        }
        self
    }

    fn text(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_input_changes_the_key() {
        let one = Key::default().text_of("rustc 1").text_of("flags");
        let same = Key::default().text_of("rustc 1").text_of("flags");
        let other = Key::default().text_of("rustc 2").text_of("flags");
        assert_eq!(one.text(), same.text());
        assert_ne!(one.text(), other.text());
    }

    #[test]
    fn a_stamp_is_stale_when_an_output_is_gone() {
        let stamp = Stamp::new("test-of-stamps", &Key::default().text_of("a"));
        stamp.set().unwrap();
        assert!(stamp.holds(&[place::root()]));
        assert!(!stamp.holds(&[&place::root().join("no-such-output")]));
        assert!(!Stamp::new("test-of-stamps", &Key::default().text_of("b")).holds(&[]));
        fs::remove_file(&stamp.file).unwrap();
    }
}
