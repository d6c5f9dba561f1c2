//! The data directory: a database and, unless it comes from elsewhere, the master key.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tsutsumi::Secret;
use tsutsumi_service::{Clock, Options, Service, ServiceError, StoreError};

use super::database::{Database, DatabaseUrl};
use super::master::MasterKey;

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
    pub(crate) database: DatabaseUrl,

    #[command(flatten)]
    pub(crate) master: MasterKey,
}

/// A service as a directory holds it.
pub(crate) struct Opened {
    pub(crate) service: Service,
    pub(crate) store: Database,
    /// Whether it was made just now.
    pub(crate) fresh: bool,
}

impl Data {
    /// Opens the service, making it if the directory holds none.
    pub(crate) async fn open(
        &self,
        options: Options,
    ) -> Result<Opened, Box<dyn std::error::Error>> {
        self.make_directory()?;
        let store = self.store().await?;
        let source = self.master.source()?;
        let new = !Service::exists(&*store).await?;
        let master = source.read(&self.data, new)?;
        if new {
            let clock = Arc::new(Clock::default());
            match Service::create(store.share(), &master, clock, options).await {
                Ok(service) => {
                    return Ok(Opened {
                        service,
                        store,
                        fresh: true,
                    });
                }
                // Another process over the same database was first
                Err(ServiceError::Store(StoreError::Conflict)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let service = match open(&store, &master).await {
            Err(ServiceError::WrongMasterKey) => {
                // A change of the key that was interrupted after the database had taken it
                let next = source.next(&self.data)?;
                let service = open(&store, &next.ok_or(ServiceError::WrongMasterKey)?).await?;
                source.adopt_next(&self.data)?;
                service
            }
            opened => opened?,
        };
        Ok(Opened {
            service,
            store,
            fresh: false,
        })
    }

    /// Opens the service that the directory holds.
    pub(crate) async fn open_existing(&self) -> Result<Opened, Box<dyn std::error::Error>> {
        self.require_database()?;
        self.open(Options::default()).await
    }

    /// Makes the directory, for its owner alone, if it is not there.
    pub(crate) fn make_directory(&self) -> std::io::Result<()> {
        make_directory(&self.data)
    }

    /// The database.
    pub(crate) async fn store(&self) -> Result<Database, Box<dyn std::error::Error>> {
        self.database.open(&self.data).await
    }

    /// Refuses a directory without a database.
    pub(crate) fn require_database(&self) -> Result<(), Box<dyn std::error::Error>> {
        if self.database.is_memory() {
            return Err("a database in memory is that of a running `serve` alone".into());
        }
        if self.database.is_elsewhere() || self.data.join("service.db").exists() {
            return Ok(());
        }
        Err(format!("there is no database in `{}`", self.data.display()).into())
    }
}

async fn open(store: &Database, master: &Secret<32>) -> Result<Service, ServiceError> {
    Service::open(store.share(), master, Arc::new(Clock::default())).await
}

fn make_directory(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
