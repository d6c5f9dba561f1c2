//! Rows in one SQLite file.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row as _, Sqlite};

use super::bind;
use super::find::Find;
use super::migrations::{SQLITE, migrator};
use super::sql::{self, Dialect, Statement};
use super::{Answer, Change, Row, Store, StoreError, Write};

/// How long a write waits for another one, in this process or another.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECTION_COUNT: u32 = 4;
/// How much of the file each connection keeps in memory: 32 MiB.
const CACHE_KIB: &str = "-32768";

/// Keeps rows in one SQLite file, in WAL mode with full synchronisation: what
/// [`Store::commit`] has acknowledged survives a crash of the process and of the machine.
///
/// Several processes may use one file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pool: SqlitePool,
    /// One connection for all that is written: it finds the pages that it wrote last in its cache,
    /// and nothing in this process waits for a lock of the file.
    writer: SqlitePool,
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
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", CACHE_KIB)
            // What SQLite knows of how rows are spread is renewed when it is closed
            .optimize_on_close(true, Some(1000));
        let connect = async |count| {
            let pool = SqlitePoolOptions::new()
                .max_connections(count)
                // A file does not go away, and asking costs as much as a read
                .test_before_acquire(false)
                .connect_with(options.clone());
            pool.await.map_err(unavailable)
        };
        let writer = connect(1).await?;
        let migrated = migrator(SQLITE).run(&writer).await;
        migrated.map_err(|_| StoreError::Corrupt)?;
        let pool = connect(CONNECTION_COUNT).await?;
        Ok(Self { pool, writer })
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
        self.writer.close().await;
    }

    async fn write(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        // IMMEDIATE takes the write lock at once, so that no batch fails half way for want of it
        let mut transaction = self
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(unavailable)?;
        let (inserts, others): (Vec<Write>, Vec<Write>) = batch
            .into_iter()
            .partition(|write| matches!(write.change, Change::Insert(_)));
        for part in sql::parts(&inserts) {
            insert(&mut transaction, part).await?;
        }
        for write in &others {
            change(&mut transaction, write).await?;
        }
        index(&mut transaction, inserts.iter().chain(&others)).await?;
        transaction.commit().await.map_err(unavailable)
    }
}

/// Inserts rows by one statement.
async fn insert(connection: &mut SqliteConnection, rows: &[Write]) -> Result<(), StoreError> {
    let values = vec!["(?, ?, 1, ?)"; rows.len()].join(", ");
    let text = format!(
        "INSERT INTO entry (kind, id, revision, body) VALUES {values} ON CONFLICT DO NOTHING"
    );
    let mut query = sqlx::query(AssertSqlSafe(text));
    for write in rows {
        if let Change::Insert(body) = &write.change {
            query = query.bind(write.kind).bind(&write.id).bind(body.as_slice());
        }
    }
    let done = query.execute(connection).await.map_err(unavailable)?;
    sql::demand(done.rows_affected(), rows.len())
}

/// Updates or removes a row.
async fn change(connection: &mut SqliteConnection, write: &Write) -> Result<(), StoreError> {
    let query = match &write.change {
        Change::Insert(_) => return insert(connection, std::slice::from_ref(write)).await,
        Change::Remove(revision) => {
            sqlx::query("DELETE FROM entry WHERE kind = ? AND id = ? AND revision = ?")
                .bind(write.kind)
                .bind(&write.id)
                .bind(sql::number(*revision)?)
        }
        Change::Update(revision, body) => sqlx::query(
            "UPDATE entry SET body = ?, revision = revision + 1 \
                WHERE kind = ? AND id = ? AND revision = ?",
        )
        .bind(body.as_slice())
        .bind(write.kind)
        .bind(&write.id)
        .bind(sql::number(*revision)?),
    };
    let done = query.execute(connection).await.map_err(unavailable)?;
    sql::demand(done.rows_affected(), 1)
}

/// Keeps what rows are found by.
async fn index(
    connection: &mut SqliteConnection,
    writes: impl Iterator<Item = &Write>,
) -> Result<(), StoreError> {
    let (kept, removed) = sql::indexed(writes);
    for part in sql::parts(&kept) {
        let mut query = sqlx::query(AssertSqlSafe(sql::index(part.len())));
        for (write, facets) in part {
            query = query.bind(write.kind).bind(&facets.owner).bind(&write.id);
            query = bind::facets(query, facets);
        }
        query.execute(&mut *connection).await.map_err(unavailable)?;
    }
    for (write, facets) in removed {
        let query = sqlx::query(sql::UNINDEX)
            .bind(write.kind)
            .bind(&facets.owner)
            .bind(&write.id);
        query.execute(&mut *connection).await.map_err(unavailable)?;
    }
    Ok(())
}

fn bound(statement: &Statement) -> sqlx::query::Query<'_, Sqlite, SqliteArguments> {
    let query = sqlx::query(AssertSqlSafe(statement.text.clone()));
    bind::values(query, &statement.values)
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

    fn find<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, Vec<Row>> {
        Box::pin(async move {
            let statement = sql::select(Dialect::Sqlite, kind, find)?;
            let rows = bound(&statement).fetch_all(&self.pool).await;
            let rows = rows.map_err(unavailable)?;
            rows.iter().map(|row| read(row.get(2), row, 0)).collect()
        })
    }

    fn count<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, u64> {
        Box::pin(async move {
            let statement = sql::count(Dialect::Sqlite, kind, find)?;
            let row = bound(&statement).fetch_one(&self.pool).await;
            let count: i64 = row.map_err(unavailable)?.get(0);
            u64::try_from(count).map_err(|_| StoreError::Corrupt)
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
