//! The steps that bring a database up to date. Steps are added, never changed.

use std::borrow::Cow;

use sqlx::AssertSqlSafe;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// A step: its name and its statements.
type Step = (&'static str, &'static str);

/// The steps of a SQLite database.
pub(super) const SQLITE: &[Step] = &[
    ("rows", include_str!("migrations/sqlite-1-rows.sql")),
    ("facets", include_str!("migrations/sqlite-2-facets.sql")),
];

/// The steps of a PostgreSQL database.
pub(super) const POSTGRES: &[Step] = &[("rows", include_str!("migrations/postgres-1-rows.sql"))];

/// What runs the steps that a database has not taken yet, in order, one process at a time.
pub(super) fn migrator(steps: &[Step]) -> Migrator {
    let steps = steps.iter().zip(1..).map(|((name, sql), version)| {
        let (name, sql) = (Cow::Borrowed(*name), AssertSqlSafe(*sql));
        let sql = sqlx::SqlSafeStr::into_sql_str(sql);
        Migration::new(version, name, MigrationType::Simple, sql, false)
    });
    Migrator {
        migrations: Cow::Owned(steps.collect()),
        ..Migrator::DEFAULT
    }
}
