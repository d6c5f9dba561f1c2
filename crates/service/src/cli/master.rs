//! Where the master key comes from: a file, the environment, or a passphrase.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64, Encoding};
use clap::Args;
use tsutsumi::Secret;
use zeroize::Zeroizing;

/// The key in the data directory, and the one that is about to replace it.
const OWN: &str = "master.key";
const NEXT: &str = "master.key.next";
/// The salt of the passphrase, in the data directory.
const SALT: &str = "master.salt";
/// Argon2id with 64 MiB and three passes, as RFC 9106 section 4 recommends where memory is short.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

type Failed = Box<dyn std::error::Error>;

/// Where the master key comes from, if not from the data directory.
#[derive(Debug, Args)]
pub(crate) struct MasterKey {
    /// A file with the master key, 32 bytes in base64. TSUTSUMI_MASTER_KEY may hold the key itself
    #[arg(long, value_name = "FILE", env = "TSUTSUMI_MASTER_KEY_FILE")]
    master_key_file: Option<PathBuf>,

    /// A file with a passphrase from which the master key is derived. TSUTSUMI_PASSPHRASE may hold
    /// the passphrase itself
    #[arg(long, value_name = "FILE", env = "TSUTSUMI_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
}

impl MasterKey {
    /// Whether the key is the directory's own.
    pub(crate) fn is_own(&self) -> bool {
        self.master_key_file.is_none()
            && self.passphrase_file.is_none()
            && std::env::var_os("TSUTSUMI_MASTER_KEY").is_none()
            && std::env::var_os("TSUTSUMI_PASSPHRASE").is_none()
    }

    /// Reads or derives the key; makes the directory's own if there is none.
    pub(crate) fn read(&self, data: &Path) -> Result<Secret<32>, Failed> {
        if let Ok(text) = std::env::var("TSUTSUMI_MASTER_KEY") {
            return decode(&Zeroizing::new(text), "TSUTSUMI_MASTER_KEY");
        }
        if let Some(path) = &self.master_key_file {
            return read_key(path);
        }
        if let Ok(text) = std::env::var("TSUTSUMI_PASSPHRASE") {
            return derive(&Zeroizing::new(text), data);
        }
        if let Some(path) = &self.passphrase_file {
            return derive(&read_text(path)?, data);
        }
        let own = data.join(OWN);
        if !own.exists() {
            write_private(&own, &encode(&Secret::<32>::generate()?))?;
        }
        read_key(&own)
    }
}

/// The key that is about to replace the directory's own, if a change was begun.
pub(crate) fn next(data: &Path) -> Result<Option<Secret<32>>, Failed> {
    let path = data.join(NEXT);
    if path.exists() {
        read_key(&path).map(Some)
    } else {
        Ok(None)
    }
}

/// Draws the key that is about to replace the directory's own, on disk before it is used.
pub(crate) fn make_next(data: &Path) -> Result<Secret<32>, Failed> {
    let key = Secret::<32>::generate()?;
    write_private(&data.join(NEXT), &encode(&key))?;
    Ok(key)
}

/// Replaces the directory's own key.
pub(crate) fn adopt_next(data: &Path) -> Result<(), Failed> {
    fs::rename(data.join(NEXT), data.join(OWN))?;
    Ok(File::open(data)?.sync_all()?)
}

/// Reads a key from a file.
pub(crate) fn read_key(path: &Path) -> Result<Secret<32>, Failed> {
    decode(&read_text(path)?, &path.display().to_string())
}

fn derive(passphrase: &str, data: &Path) -> Result<Secret<32>, Failed> {
    let passphrase = passphrase.trim_end_matches(['\r', '\n']);
    if passphrase.chars().count() < 12 {
        return Err("the passphrase must have at least 12 characters".into());
    }
    let path = data.join(SALT);
    if !path.exists() {
        let mut salt = [0; 16];
        tsutsumi::random(&mut salt)?;
        write_private(&path, &Base64::encode_string(&salt))?;
    }
    let salt = Base64::decode_vec(read_text(&path)?.trim())
        .map_err(|_| format!("`{}` is damaged", path.display()))?;
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|error| error.to_string())?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), &salt, &mut *key)
        .map_err(|error| error.to_string())?;
    Ok(Secret::from_slice(&*key)?)
}

fn encode(key: &Secret<32>) -> Zeroizing<String> {
    Zeroizing::new(Base64::encode_string(key.as_bytes()))
}

fn decode(text: &str, source: &str) -> Result<Secret<32>, Failed> {
    let mut bytes = Zeroizing::new([0; 33]);
    Base64::decode(text.trim(), &mut *bytes)
        .ok()
        .and_then(|key| Secret::from_slice(key).ok())
        .ok_or_else(|| format!("`{source}` must hold 32 bytes in base64").into())
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, Failed> {
    let mut text = Zeroizing::new(String::with_capacity(1024));
    File::open(path)
        .and_then(|file| file.take(1024).read_to_string(&mut text))
        .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    Ok(text)
}

/// Writes a file that only its owner may read; it is on disk when this returns.
fn write_private(path: &Path, text: &str) -> Result<(), Failed> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
