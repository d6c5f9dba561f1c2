//! The data directory: a database and, unless it comes from elsewhere, the master key.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use clap::Args;
use tsutsumi::Secret;
use tsutsumi_service::{Clock, Service, ServiceError, SqliteStore};
use zeroize::Zeroizing;

/// Where a service keeps its things.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// The directory of the database and the master key; made if it is not there
    #[arg(
        long,
        value_name = "DIR",
        default_value = "tsutsumi-data",
        env = "TSUTSUMI_DATA"
    )]
    pub(crate) data: PathBuf,

    /// A file with the master key, 32 bytes in base64, instead of `master.key` in the directory
    #[arg(long, value_name = "FILE", env = "TSUTSUMI_MASTER_KEY_FILE")]
    pub(crate) master_key_file: Option<PathBuf>,
}

/// A service as a directory holds it.
pub(crate) struct Opened {
    pub(crate) service: Service,
    pub(crate) store: Arc<SqliteStore>,
    /// Whether it was made just now.
    pub(crate) fresh: bool,
}

impl Data {
    /// Opens the service, making it if the directory holds none.
    pub(crate) async fn open(
        &self,
        options: tsutsumi_service::Options,
    ) -> Result<Opened, Box<dyn std::error::Error>> {
        make_directory(&self.data)?;
        let store = Arc::new(SqliteStore::open(&self.data.join("service.db")).await?);
        let clock = Arc::new(Clock::default());
        let master = self.master_key()?;
        match Service::open(Arc::clone(&store) as _, &master, Arc::clone(&clock)).await {
            Ok(service) => Ok(Opened {
                service,
                store,
                fresh: false,
            }),
            Err(ServiceError::Missing) => {
                let made = Service::create(Arc::clone(&store) as _, &master, clock, options).await;
                Ok(Opened {
                    service: made?,
                    store,
                    fresh: true,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the service that the directory holds.
    pub(crate) async fn open_existing(&self) -> Result<Opened, Box<dyn std::error::Error>> {
        if !self.data.join("service.db").exists() {
            return Err(format!("there is no database in `{}`", self.data.display()).into());
        }
        self.open(tsutsumi_service::Options::default()).await
    }

    /// From the environment, from the file that was named, or from the directory.
    fn master_key(&self) -> Result<Secret<32>, Box<dyn std::error::Error>> {
        if let Ok(text) = std::env::var("TSUTSUMI_MASTER_KEY") {
            return read_key(&Zeroizing::new(text), "TSUTSUMI_MASTER_KEY");
        }
        let own = self.data.join("master.key");
        let path = self.master_key_file.as_deref().unwrap_or(&own);
        if self.master_key_file.is_none() && !own.exists() {
            make_key(&own)?;
        }
        let mut text = Zeroizing::new(String::with_capacity(64));
        File::open(path)
            .and_then(|file| file.take(64).read_to_string(&mut text))
            .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
        read_key(&text, &path.display().to_string())
    }
}

fn read_key(text: &str, source: &str) -> Result<Secret<32>, Box<dyn std::error::Error>> {
    let mut bytes = Zeroizing::new([0; 33]);
    Base64::decode(text.trim(), &mut *bytes)
        .ok()
        .and_then(|key| Secret::from_slice(key).ok())
        .ok_or_else(|| format!("`{source}` must hold 32 bytes in base64").into())
}

/// Draws a master key into a file that only its owner may read; on disk before it is used.
fn make_key(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let key = Secret::<32>::generate()?;
    let text = Zeroizing::new(Base64::encode_string(key.as_bytes()));
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

fn make_directory(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
