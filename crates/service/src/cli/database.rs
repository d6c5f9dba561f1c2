//! Which database the service keeps its rows in.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use tsutsumi_service::{MemoryStore, PostgresStore, RecentStore, SqliteStore, Store, StoreError};

/// What is given for no database at all.
const MEMORY: &str = "memory:";

type Failed = Box<dyn std::error::Error>;

/// The database, if it is not the directory's own.
#[derive(Debug, Args)]
pub(crate) struct DatabaseUrl {
    /// A PostgreSQL database to use instead of the file in the directory:
    /// `postgres://user@host/database?sslmode=verify-full`. Leave the password out of it:
    /// PGPASSWORD, or the file that PGPASSFILE names, may hold it. Any number of processes may
    /// share one database, if they have the same master key. Copy it with `pg_dump`. `memory:`
    /// keeps nothing once `serve` ends
    #[arg(
        long,
        value_name = "URL",
        env = "TSUTSUMI_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,
}

/// An open database.
pub(crate) struct Database {
    store: Arc<dyn Store>,
    kind: Kind,
}

enum Kind {
    Memory,
    Postgres(PostgresStore),
    Sqlite(SqliteStore),
}

impl DatabaseUrl {
    /// Whether it is not the directory's own.
    pub(crate) const fn is_elsewhere(&self) -> bool {
        self.database.is_some()
    }

    /// Whether it is gone when the program ends.
    pub(crate) fn is_memory(&self) -> bool {
        self.database.as_deref() == Some(MEMORY)
    }

    /// Opens the database, making the directory's own if there is none.
    pub(crate) async fn open(&self, data: &Path) -> Result<Database, Failed> {
        let Some(url) = &self.database else {
            let store = SqliteStore::open(&data.join("service.db")).await?;
            return Ok(Database {
                store: Arc::new(RecentStore::new(Arc::new(store.clone()))),
                kind: Kind::Sqlite(store),
            });
        };
        if url == MEMORY {
            return Ok(Database {
                store: Arc::new(MemoryStore::default()),
                kind: Kind::Memory,
            });
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(
                "the URL of the database must start with `postgres://`, or be `memory:`".into(),
            );
        }
        let store = PostgresStore::open(url).await?;
        Ok(Database {
            store: Arc::new(RecentStore::new(Arc::new(store.clone()))),
            kind: Kind::Postgres(store),
        })
    }
}

impl Database {
    /// The rows, to be shared.
    pub(crate) fn share(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// Tells the database that many rows came at once.
    pub(crate) async fn settle(&self) -> Result<(), StoreError> {
        match &self.kind {
            Kind::Postgres(store) => store.analyze().await,
            Kind::Memory | Kind::Sqlite(_) => Ok(()),
        }
    }

    /// Closes what is open.
    pub(crate) async fn close(&self) {
        match &self.kind {
            Kind::Memory => {}
            Kind::Postgres(store) => store.close().await,
            Kind::Sqlite(store) => store.close().await,
        }
    }
}

impl Deref for Database {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}
