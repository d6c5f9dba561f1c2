//! The UNIX socket: one plugin at a time, its mode right from the start.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

/// What the kernel has room for.
const PATH_LEN_MAX: usize = 107;

/// A listening socket; the file goes when this is dropped.
#[derive(Debug)]
pub struct Socket {
    path: PathBuf,
    inode: u64,
    /// Locked as long as the socket is ours.
    _lock: File,
}

impl Socket {
    /// Listens at `path`. What a plugin that died left there is removed; anything else is not.
    ///
    /// # Errors
    /// A sentence, if another process listens there, something else is there, or it cannot be made.
    pub fn listen(path: &Path, mode: u32) -> Result<(Self, UnixListener), String> {
        let shown = path.display();
        if path.as_os_str().len() > PATH_LEN_MAX - 4 {
            return Err(format!(
                "`{shown}` is longer than the {} bytes that a socket may have here",
                PATH_LEN_MAX - 4
            ));
        }
        let cannot = |error: io::Error| format!("cannot listen at `{shown}`: {error}");
        let lock = lock(path).map_err(cannot)?;
        let lock = lock.ok_or_else(|| format!("another plugin has `{shown}`"))?;
        remove_dead(path)?;
        // Made under another name, so that nobody connects before the mode is set.
        let early = beside(path, ".new");
        drop(fs::remove_file(&early));
        let listener = UnixListener::bind(&early).map_err(cannot)?;
        let made = fs::set_permissions(&early, Permissions::from_mode(mode))
            .and_then(|()| fs::metadata(&early))
            .and_then(|metadata| fs::rename(&early, path).map(|()| metadata.ino()));
        let inode = made.map_err(|error| {
            drop(fs::remove_file(&early));
            cannot(error)
        })?;
        let socket = Self {
            path: path.to_owned(),
            inode,
            _lock: lock,
        };
        Ok((socket, listener))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let ours = fs::metadata(&self.path).is_ok_and(|metadata| metadata.ino() == self.inode);
        if ours {
            drop(fs::remove_file(&self.path));
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A lock that ends with the process, however that ends; `None` if another has it.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(beside(path, ".lck"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

fn remove_dead(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("cannot look at `{shown}`: {error}")),
    };
    if !metadata.file_type().is_socket() {
        return Err(format!("`{shown}` is there already and is no socket"));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path)
            .map_err(|error| format!("cannot remove the dead socket `{shown}`: {error}")),
        Ok(_) => Err(format!("another process listens at `{shown}`")),
        Err(error) => Err(format!("cannot tell whether `{shown}` is dead: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_has_its_mode_and_goes_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kms.sock");
        let (socket, _listener) = Socket::listen(&path, 0o620).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o620);
        assert!(UnixStream::connect(&path).is_ok());
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_dead_socket_is_removed_and_a_living_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kms.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let (_socket, _listener) = Socket::listen(&path, 0o600).unwrap();
        let second = Socket::listen(&path, 0o600).unwrap_err();
        assert!(second.contains("another plugin has"), "{second}");
        let other = folder.path().join("other.sock");
        let _living = std::os::unix::net::UnixListener::bind(&other).unwrap();
        let error = Socket::listen(&other, 0o600).unwrap_err();
        assert!(error.contains("another process listens"), "{error}");
        assert!(UnixStream::connect(&other).is_ok());
    }

    #[tokio::test]
    async fn what_is_no_socket_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "precious").unwrap();
        assert!(
            Socket::listen(&path, 0o600)
                .unwrap_err()
                .contains("is no socket")
        );
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        let long = folder.path().join("x".repeat(120));
        assert!(
            Socket::listen(&long, 0o600)
                .unwrap_err()
                .contains("is longer")
        );
    }

    #[tokio::test]
    async fn a_socket_that_another_put_in_place_is_left_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kms.sock");
        let (socket, _listener) = Socket::listen(&path, 0o600).unwrap();
        fs::remove_file(&path).unwrap();
        let _other = std::os::unix::net::UnixListener::bind(&path).unwrap();
        drop(socket);
        assert!(path.exists());
    }
}
