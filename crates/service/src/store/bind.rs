//! Values bound to the parameters of a statement, for either database.

use sqlx::query::Query;
use sqlx::{Database, Encode, Type};

use super::facets::Facets;
use super::sql::Value;

/// Binds the values that a statement was put together with.
pub(super) fn values<'q, DB: Database>(
    query: Query<'q, DB, DB::Arguments>,
    values: &'q [Value],
) -> Query<'q, DB, DB::Arguments>
where
    i64: Encode<'q, DB> + Type<DB>,
    &'q str: Encode<'q, DB> + Type<DB>,
{
    values.iter().fold(query, |query, value| match value {
        Value::Number(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.as_str()),
    })
}

/// Binds what [`INDEX`](super::sql::INDEX) keeps of a row, behind its kind, owner and id.
pub(super) fn facets<'q, DB: Database>(
    query: Query<'q, DB, DB::Arguments>,
    facets: &'q Facets,
) -> Query<'q, DB, DB::Arguments>
where
    i64: Encode<'q, DB> + Type<DB>,
    Option<i64>: Encode<'q, DB> + Type<DB>,
    &'q str: Encode<'q, DB> + Type<DB>,
{
    query
        .bind(facets.ring.as_str())
        .bind(i64::from(facets.life))
        .bind(i64::from(facets.extractable))
        .bind(i64::from(facets.imported))
        .bind(facets.created)
        .bind(facets.updated)
        .bind(facets.rotated)
        .bind(facets.expires)
        .bind(facets.deleted)
        .bind(facets.due)
}
