//! The data directory: a database and, unless it comes from elsewhere, the master key.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tsutsumi::Secret;
use tsutsumi_service::{Clock, Options, Service, ServiceError, SqliteStore};

use super::master::{self, MasterKey};

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

    #[command(flatten)]
    pub(crate) master: MasterKey,
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
        options: Options,
    ) -> Result<Opened, Box<dyn std::error::Error>> {
        make_directory(&self.data)?;
        let store = self.store().await?;
        let master = self.master.read(&self.data)?;
        match open(&store, &master).await {
            Ok(service) => Ok(Opened {
                service,
                store,
                fresh: false,
            }),
            Err(ServiceError::Missing) => {
                let clock = Arc::new(Clock::default());
                let made = Service::create(Arc::clone(&store) as _, &master, clock, options).await;
                Ok(Opened {
                    service: made?,
                    store,
                    fresh: true,
                })
            }
            Err(ServiceError::WrongMasterKey) if self.master.is_own() => {
                // A change of the key that was interrupted after the database had taken it
                let next = master::next(&self.data)?.ok_or(ServiceError::WrongMasterKey)?;
                let service = open(&store, &next).await?;
                master::adopt_next(&self.data)?;
                Ok(Opened {
                    service,
                    store,
                    fresh: false,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the service that the directory holds.
    pub(crate) async fn open_existing(&self) -> Result<Opened, Box<dyn std::error::Error>> {
        self.require_database()?;
        self.open(Options::default()).await
    }

    /// The database.
    pub(crate) async fn store(&self) -> Result<Arc<SqliteStore>, Box<dyn std::error::Error>> {
        Ok(Arc::new(
            SqliteStore::open(&self.data.join("service.db")).await?,
        ))
    }

    /// Refuses a directory without a database.
    pub(crate) fn require_database(&self) -> Result<(), Box<dyn std::error::Error>> {
        if self.data.join("service.db").exists() {
            return Ok(());
        }
        Err(format!("there is no database in `{}`", self.data.display()).into())
    }
}

async fn open(store: &Arc<SqliteStore>, master: &Secret<32>) -> Result<Service, ServiceError> {
    Service::open(Arc::clone(store) as _, master, Arc::new(Clock::default())).await
}

fn make_directory(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
