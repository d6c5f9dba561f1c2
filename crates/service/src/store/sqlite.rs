//! Rows in one SQLite file.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row as _};

use super::{Answer, Change, Row, Store, StoreError, Write};

/// How long a write waits for another one, in this process or another.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Every step the schema took, in order. Steps are added, never changed.
const MIGRATIONS: &[(&str, &str)] = &[(
    "rows",
    "CREATE TABLE entry (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID",
)];

/// Keeps rows in one SQLite file, in WAL mode with full synchronisation: what
/// [`Store::commit`] has acknowledged survives a crash of the process and of the machine.
///
/// Several processes may use one file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pool: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, making it if it is not there, and brings its schema up to date.
    ///
    /// A new file is readable by its owner only.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the file cannot be opened, [`StoreError::Corrupt`] if it is
    /// no database or a newer program's.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path).map_err(|_| StoreError::Unavailable)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await;
        let pool = pool.map_err(unavailable)?;
        let steps = MIGRATIONS.iter().zip(1..).map(|((name, sql), version)| {
            let (name, sql) = (Cow::Borrowed(*name), AssertSqlSafe(*sql));
            Migration::new(
                version,
                name,
                MigrationType::Simple,
                sqlx::SqlSafeStr::into_sql_str(sql),
                false,
            )
        });
        Migrator {
            migrations: Cow::Owned(steps.collect()),
            ..Migrator::DEFAULT
        }
        .run(&pool)
        .await
        .map_err(|_| StoreError::Corrupt)?;
        Ok(Self { pool })
    }

    /// Writes a consistent copy of the whole database into a new file, while it is in use.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the copy cannot be written, or is there already.
    pub async fn backup(&self, path: &Path) -> Result<(), StoreError> {
        if path.exists() {
            return Err(StoreError::Unavailable);
        }
        let name = path.to_str().ok_or(StoreError::Unavailable)?;
        create_private(path).map_err(|_| StoreError::Unavailable)?;
        sqlx::query("VACUUM INTO ?")
            .bind(name)
            .execute(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn write(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        // IMMEDIATE takes the write lock at once, so that no batch fails half way for want of it
        let mut transaction = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(unavailable)?;
        for write in batch {
            apply(&mut transaction, write).await?;
        }
        transaction.commit().await.map_err(unavailable)
    }
}

async fn apply(connection: &mut SqliteConnection, write: Write) -> Result<(), StoreError> {
    let query = match write.change {
        Change::Insert(body) => sqlx::query(
            "INSERT INTO entry (kind, id, revision, body) VALUES (?, ?, 1, ?) \
                ON CONFLICT DO NOTHING",
        )
        .bind(write.kind)
        .bind(write.id)
        .bind(body),
        Change::Remove(revision) => {
            sqlx::query("DELETE FROM entry WHERE kind = ? AND id = ? AND revision = ?")
                .bind(write.kind)
                .bind(write.id)
                .bind(to_sql(revision)?)
        }
        Change::Update(revision, body) => sqlx::query(
            "UPDATE entry SET body = ?, revision = revision + 1 \
                WHERE kind = ? AND id = ? AND revision = ?",
        )
        .bind(body)
        .bind(write.kind)
        .bind(write.id)
        .bind(to_sql(revision)?),
    };
    match query
        .execute(connection)
        .await
        .map_err(unavailable)?
        .rows_affected()
    {
        1 => Ok(()),
        _ => Err(StoreError::Conflict),
    }
}

impl Store for SqliteStore {
    fn get<'a>(&'a self, kind: &'static str, id: &'a str) -> Answer<'a, Option<Row>> {
        Box::pin(async move {
            let row = sqlx::query("SELECT revision, body FROM entry WHERE kind = ? AND id = ?")
                .bind(kind)
                .bind(id)
                .fetch_optional(&self.pool)
                .await
                .map_err(unavailable)?;
            row.map(|row| read(id.to_owned(), &row, 0)).transpose()
        })
    }

    fn scan<'a>(
        &'a self,
        kind: &'static str,
        prefix: &'a str,
        after: &'a str,
        limit: usize,
    ) -> Answer<'a, Vec<Row>> {
        Box::pin(async move {
            // Every id that starts with the prefix sorts before the prefix followed by the greatest
            // character; ids are compared byte by byte
            let end = format!("{prefix}\u{10FFFF}");
            let rows = sqlx::query(
                "SELECT revision, body, id FROM entry \
                 WHERE kind = ? AND id >= ? AND id > ? AND id < ? ORDER BY id LIMIT ?",
            )
            .bind(kind)
            .bind(prefix)
            .bind(after)
            .bind(end)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
            rows.iter().map(|row| read(row.get(2), row, 0)).collect()
        })
    }

    fn commit(&self, batch: Vec<Write>) -> Answer<'_, ()> {
        Box::pin(self.write(batch))
    }
}

fn read(id: String, row: &sqlx::sqlite::SqliteRow, first: usize) -> Result<Row, StoreError> {
    let revision: i64 = row.try_get(first).map_err(|_| StoreError::Corrupt)?;
    let body = row.try_get(first + 1).map_err(|_| StoreError::Corrupt)?;
    Ok(Row::new(
        id,
        u64::try_from(revision).map_err(|_| StoreError::Corrupt)?,
        body,
    ))
}

fn to_sql(revision: u64) -> Result<i64, StoreError> {
    i64::try_from(revision).map_err(|_| StoreError::Corrupt)
}

fn unavailable(error: sqlx::Error) -> StoreError {
    tracing::error!(%error, "the database failed");
    StoreError::Unavailable
}

/// Makes an empty file that only its owner may read, if there is none.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}
