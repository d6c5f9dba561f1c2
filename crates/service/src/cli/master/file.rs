//! Small files that only their owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use tsutsumi::Secret;
use zeroize::Zeroizing;

use super::Failed;

const LEN_MAX: u64 = 16 * 1024;

/// A file in the data directory, and beside it the one that is about to replace it.
pub(super) struct Slot {
    pub(super) own: PathBuf,
    pub(super) next: PathBuf,
}

impl Slot {
    pub(super) fn new(own: PathBuf) -> Self {
        let mut next = own.clone().into_os_string();
        next.push(".next");
        Self {
            own,
            next: next.into(),
        }
    }

    /// The file that counts: its own, or after an interrupted change of source the next one.
    pub(super) fn present(&self) -> Option<&Path> {
        [&self.own, &self.next]
            .into_iter()
            .find(|path| path.exists())
            .map(PathBuf::as_path)
    }

    /// Puts the next file in place of its own.
    pub(super) fn adopt(&self) -> Result<(), Failed> {
        let next = self.next.display();
        fs::rename(&self.next, &self.own)
            .map_err(|error| format!("`{next}` cannot take over: {error}"))?;
        sync_directory(&self.own)
    }

    /// Writes the next file.
    pub(super) fn write_next(&self, text: &str) -> Result<(), Failed> {
        match fs::remove_file(&self.next) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => write_private(&self.next, text),
        }
    }
}

pub(super) fn encode(key: &Secret<32>) -> Zeroizing<String> {
    Zeroizing::new(Base64::encode_string(key.as_bytes()))
}

/// Reads 32 bytes in base64; `source` tells where from.
pub(super) fn decode(text: &str, source: &str) -> Result<Secret<32>, Failed> {
    let mut bytes = Zeroizing::new([0; 33]);
    Base64::decode(text.trim(), &mut *bytes)
        .ok()
        .and_then(|key| Secret::from_slice(key).ok())
        .ok_or_else(|| format!("`{source}` must hold 32 bytes in base64").into())
}

/// Reads a key from a file.
pub(super) fn read_key(path: &Path) -> Result<Secret<32>, Failed> {
    decode(&read_text(path)?, &path.display().to_string())
}

/// Reads a file that holds a secret; warns if others may read it too.
pub(super) fn read_text(path: &Path) -> Result<Zeroizing<String>, Failed> {
    #[cfg(unix)]
    if let Ok(known) = fs::metadata(path)
        && std::os::unix::fs::PermissionsExt::mode(&known.permissions()) & 0o077 != 0
    {
        tracing::warn!(path = %path.display(), "others than its owner may read this file");
    }
    // Room for all of it, so that reading leaves no copy behind
    let mut text = Zeroizing::new(String::with_capacity(17 * 1024));
    File::open(path)
        .and_then(|file| file.take(LEN_MAX).read_to_string(&mut text))
        .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    Ok(text)
}

/// Writes a file that only its owner may read; it is on disk when this returns.
pub(super) fn write_private(path: &Path, text: &str) -> Result<(), Failed> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |error| format!("`{}` cannot be written: {error}", path.display());
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all()?;
    sync_directory(path)
}

fn sync_directory(path: &Path) -> Result<(), Failed> {
    if let Some(directory) = path.parent().filter(|parent| parent.is_dir()) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
