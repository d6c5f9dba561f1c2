//! Rows in a PostgreSQL database, which many replicas may share.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{
    PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow, PgSslMode,
};
use sqlx::{AssertSqlSafe, Postgres, Row as _};

use super::bind;
use super::find::Find;
use super::migrations::{POSTGRES, migrator};
use super::sql::{self, Dialect, Statement};
use super::{Answer, Change, Row, Store, StoreError, Write};

const CONNECTION_COUNT: u32 = 8;
/// How long a call waits for a connection before it is told that the store cannot be reached.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a program that starts waits for a database that starts too.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// A read is asked again when its connection turns out to be dead: every idle one may be, once
/// the server was started again.
const READ_ATTEMPTS: u32 = CONNECTION_COUNT + 1;

/// Keeps rows in a PostgreSQL database. What [`Store::commit`] has acknowledged is on the
/// server's disk, unless that server is told otherwise by `synchronous_commit` or `fsync`.
///
/// Many processes may use one database: what one has written, all read.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
}

impl PostgresStore {
    /// Connects to a database, and brings its schema up to date. Of several processes that start
    /// at once, one does, and the others wait for it.
    ///
    /// # Arguments
    /// * `url` - `postgres://user:password@host:port/database`, with parameters such as
    ///   `sslmode=verify-full`, `sslrootcert=…` or `host=/directory/of/a/socket` after a `?`. What
    ///   is not in it is taken from the variables that PostgreSQL's own programs read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database cannot be reached within 30 seconds,
    /// [`StoreError::Corrupt`] if its schema is a newer program's or was altered.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        // The text of the error may hold the password: it is not told
        let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Unavailable)?;
        let local = options.get_socket().is_some() || is_loopback(options.get_host());
        if !local && matches!(options.get_ssl_mode(), PgSslMode::Prefer) {
            tracing::warn!("nothing checks the database server: add `sslmode=verify-full`");
        }
        let options = options
            .application_name("tsutsumi-service")
            // A server set up to acknowledge early would break what is promised here
            .options([("synchronous_commit", "on")]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTION_COUNT)
            .acquire_timeout(CONNECT_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await
            .map_err(unavailable)?;
        let migrated = migrator(POSTGRES).run(&pool).await;
        pool.close().await;
        migrated.map_err(|error| {
            tracing::error!(%error, "the schema cannot be brought up to date");
            StoreError::Corrupt
        })?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTION_COUNT)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // Asking costs as much as a read; a read on a dead connection is asked again
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Ok(Self { pool })
    }

    /// Has the database learn how its rows are spread, by which it chooses how to look for them. It
    /// does so by itself after a while; after many rows came at once, a while is too long.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database cannot be reached.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        let done = sqlx::query("ANALYZE").execute(&self.pool).await;
        done.map(drop).map_err(unavailable)
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn write(&self, mut batch: Vec<Write>) -> Result<(), StoreError> {
        // In one order everywhere, so that two batches wait for each other one way only
        batch.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
        let (inserts, others): (Vec<Write>, Vec<Write>) = batch
            .into_iter()
            .partition(|write| matches!(write.change, Change::Insert(_)));
        if let Some(one) = OneUpdate::of(&inserts, &others) {
            match one.run(&self.pool).await {
                Err(error) if is_dead(&error) => {
                    // It may have been done all the same
                    if let Some(row) = self.get(one.write.kind, &one.write.id).await?
                        && row.body == one.body
                        && row.revision == one.revision + 1
                    {
                        return Ok(());
                    }
                }
                outcome => return outcome.map_err(refused),
            }
        }
        let mut transaction = self.begin().await?;
        if !inserts.is_empty() {
            insert(&mut transaction, &inserts).await?;
        }
        for write in &others {
            change(&mut transaction, write).await?;
        }
        index(&mut transaction, inserts.iter().chain(&others)).await?;
        transaction.commit().await.map_err(refused)
    }

    /// Begins a transaction; nothing is written yet, so a dead connection is no harm.
    async fn begin(&self) -> Result<sqlx::Transaction<'static, Postgres>, StoreError> {
        let mut attempts = 1;
        loop {
            match self.pool.begin().await {
                Err(error) if is_dead(&error) && attempts < READ_ATTEMPTS => attempts += 1,
                begun => return begun.map_err(unavailable),
            }
        }
    }

    async fn fetch<'q>(
        &self,
        query: impl Fn() -> sqlx::query::Query<'q, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, StoreError> {
        let mut attempts = 1;
        loop {
            match query().fetch_all(&self.pool).await {
                Err(error) if is_dead(&error) && attempts < READ_ATTEMPTS => attempts += 1,
                rows => return rows.map_err(unavailable),
            }
        }
    }
}

/// A batch of new rows and one update, of rows that are found by their id alone: one statement does
/// it, which is a quarter of the round trips. Batches of events are of this kind.
struct OneUpdate<'a> {
    inserts: &'a [Write],
    write: &'a Write,
    revision: u64,
    body: &'a [u8],
}

impl<'a> OneUpdate<'a> {
    fn of(inserts: &'a [Write], others: &'a [Write]) -> Option<Self> {
        let [write] = others else { return None };
        let Change::Update(revision, body) = &write.change else {
            return None;
        };
        let plain = inserts.iter().chain(others).all(|one| one.facets.is_none());
        plain.then_some(Self {
            inserts,
            write,
            revision: *revision,
            body,
        })
    }

    async fn run(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let (kinds, ids, bodies) = columns(self.inserts);
        let revision = sql::number(self.revision).unwrap_or(i64::MAX);
        let wanted = sql::number(self.inserts.len() as u64).unwrap_or(i64::MAX);
        // A division by zero undoes the statement
        let query = sqlx::query(
            "WITH fresh AS (INSERT INTO entry (kind, id, revision, body) \
                SELECT kind, id, 1, body \
                FROM UNNEST($1::text[], $2::bytea[], $3::bytea[]) AS fresh (kind, id, body) \
                ON CONFLICT DO NOTHING RETURNING 1), \
            changed AS (UPDATE entry SET body = $7, revision = revision + 1 \
                WHERE kind = $4 AND id = $5 AND revision = $6 RETURNING 1) \
            SELECT 1 / CASE WHEN (SELECT COUNT(*) FROM fresh) = $8 \
                AND (SELECT COUNT(*) FROM changed) = 1 THEN 1 ELSE 0 END",
        );
        let query = query.bind(kinds).bind(ids).bind(bodies);
        let query = query.bind(self.write.kind).bind(self.write.id.as_bytes());
        let query = query.bind(revision).bind(self.body).bind(wanted);
        query.execute(pool).await.map(drop)
    }
}

/// What a statement needs of new rows, column by column.
fn columns(rows: &[Write]) -> (Vec<&str>, Vec<&[u8]>, Vec<&[u8]>) {
    let kinds = rows.iter().map(|write| write.kind).collect();
    let ids = rows.iter().map(|write| write.id.as_bytes()).collect();
    let bodies = rows.iter().filter_map(|write| match &write.change {
        Change::Insert(body) => Some(body.as_slice()),
        Change::Remove(_) | Change::Update(..) => None,
    });
    (kinds, ids, bodies.collect())
}

/// Inserts rows by one statement.
async fn insert(connection: &mut PgConnection, rows: &[Write]) -> Result<(), StoreError> {
    let (kinds, ids, bodies) = columns(rows);
    let done = sqlx::query(
        "INSERT INTO entry (kind, id, revision, body) \
            SELECT kind, id, 1, body \
            FROM UNNEST($1::text[], $2::bytea[], $3::bytea[]) AS fresh (kind, id, body) \
            ON CONFLICT DO NOTHING",
    )
    .bind(kinds)
    .bind(ids)
    .bind(bodies)
    .execute(connection)
    .await
    .map_err(refused)?;
    sql::demand(done.rows_affected(), rows.len())
}

/// Updates or removes a row.
async fn change(connection: &mut PgConnection, write: &Write) -> Result<(), StoreError> {
    let query = match &write.change {
        Change::Insert(_) => return insert(connection, std::slice::from_ref(write)).await,
        Change::Remove(revision) => {
            sqlx::query("DELETE FROM entry WHERE kind = $1 AND id = $2 AND revision = $3")
                .bind(write.kind)
                .bind(write.id.as_bytes())
                .bind(sql::number(*revision)?)
        }
        Change::Update(revision, body) => sqlx::query(
            "UPDATE entry SET body = $4, revision = revision + 1 \
                WHERE kind = $1 AND id = $2 AND revision = $3",
        )
        .bind(write.kind)
        .bind(write.id.as_bytes())
        .bind(sql::number(*revision)?)
        .bind(body.as_slice()),
    };
    let done = query.execute(connection).await.map_err(refused)?;
    sql::demand(done.rows_affected(), 1)
}

/// Keeps what rows are found by.
async fn index(
    connection: &mut PgConnection,
    writes: impl Iterator<Item = &Write>,
) -> Result<(), StoreError> {
    let (kept, removed) = sql::indexed(writes);
    for part in sql::parts(&kept) {
        let mut query = sqlx::query(AssertSqlSafe(sql::index(part.len())));
        for (write, facets) in part {
            query = query
                .bind(write.kind)
                .bind(&facets.owner)
                .bind(write.id.as_bytes());
            query = bind::facets(query, facets);
        }
        query.execute(&mut *connection).await.map_err(refused)?;
    }
    for (write, facets) in removed {
        let query = sqlx::query(sql::UNINDEX)
            .bind(write.kind)
            .bind(&facets.owner)
            .bind(write.id.as_bytes());
        query.execute(&mut *connection).await.map_err(refused)?;
    }
    Ok(())
}

/// A question, planned for its own values: how many rows a condition leaves decides how to look.
fn bound(statement: &Statement) -> sqlx::query::Query<'_, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(statement.text.clone())).persistent(false);
    bind::values(query, &statement.values)
}

impl Store for PostgresStore {
    fn get<'a>(&'a self, kind: &'static str, id: &'a str) -> Answer<'a, Option<Row>> {
        Box::pin(async move {
            let rows = self.fetch(|| {
                sqlx::query("SELECT revision, body, id FROM entry WHERE kind = $1 AND id = $2")
                    .bind(kind)
                    .bind(id.as_bytes())
            });
            rows.await?.first().map(read).transpose()
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
            // No text holds this byte: what starts with the prefix sorts before it
            let end = [prefix.as_bytes(), &[0xFF]].concat();
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = self.fetch(|| {
                sqlx::query(
                    "SELECT revision, body, id FROM entry \
                        WHERE kind = $1 AND id >= $2 AND id > $3 AND id < $4 \
                        ORDER BY id LIMIT $5",
                )
                .bind(kind)
                .bind(prefix.as_bytes())
                .bind(after.as_bytes())
                .bind(end.clone())
                .bind(limit)
            });
            rows.await?.iter().map(read).collect()
        })
    }

    fn find<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, Vec<Row>> {
        Box::pin(async move {
            let statement = sql::select(Dialect::Postgres, kind, find)?;
            let rows = self.fetch(|| bound(&statement)).await?;
            rows.iter().map(read).collect()
        })
    }

    fn count<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, u64> {
        Box::pin(async move {
            let statement = sql::count(Dialect::Postgres, kind, find)?;
            let rows = self.fetch(|| bound(&statement)).await?;
            let count: i64 = match rows.first() {
                Some(row) => row.try_get(0).map_err(|_| StoreError::Corrupt)?,
                None => return Err(StoreError::Corrupt),
            };
            u64::try_from(count).map_err(|_| StoreError::Corrupt)
        })
    }

    fn commit(&self, batch: Vec<Write>) -> Answer<'_, ()> {
        Box::pin(self.write(batch))
    }
}

fn read(row: &PgRow) -> Result<Row, StoreError> {
    let corrupt = |_| StoreError::Corrupt;
    let revision: i64 = row.try_get(0).map_err(corrupt)?;
    let id: Vec<u8> = row.try_get(2).map_err(corrupt)?;
    Ok(Row::new(
        String::from_utf8(id).map_err(|_| StoreError::Corrupt)?,
        u64::try_from(revision).map_err(|_| StoreError::Corrupt)?,
        row.try_get(1).map_err(corrupt)?,
    ))
}

/// Whether the connection is gone, or the server was going.
fn is_dead(error: &sqlx::Error) -> bool {
    const SHUTDOWN: &str = "57P";
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with(SHUTDOWN)),
        _ => false,
    }
}

/// Two batches that met at the same rows: one of them is undone, and may be tried again. Or a row
/// was not as its write demands.
fn refused(error: sqlx::Error) -> StoreError {
    const SERIALIZATION_FAILURE: &str = "40001";
    const DEADLOCK: &str = "40P01";
    const DIVISION_BY_ZERO: &str = "22012";
    let code = error.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        Some(SERIALIZATION_FAILURE | DEADLOCK | DIVISION_BY_ZERO) => StoreError::Conflict,
        _ => unavailable(error),
    }
}

fn unavailable(error: sqlx::Error) -> StoreError {
    tracing::error!(%error, "the database failed");
    StoreError::Unavailable
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
