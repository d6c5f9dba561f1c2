//! Questions to [`Store::find`](super::Store::find) as SQL, for the two databases.
//!
//! The table `facet` holds the facets of rows in columns, the table `facet_count` how many rows
//! there are of each group, state and kind of thing; the database itself keeps both in step with
//! the rows. Parameters are `$1`, `$2`, …, which both databases understand.

use std::fmt::Write as _;

use super::facets::{EXPIRED, Facets, GONE, LIVING};
use super::find::{Comparison, Find, Property, Test};
use super::{Change, StoreError, Write};

/// How many rows one statement writes at most; fewer go in statements of the sizes after it, so
/// that a handful of prepared statements serves every batch.
pub(super) const SIZES: [usize; 4] = [64, 16, 4, 1];

/// Cuts rows into parts of these sizes.
pub(super) fn parts<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rest.len())?;
        let (part, more) = rest.split_at(size);
        rest = more;
        Some(part)
    })
}

/// Writes with the facets that they keep, or forget.
pub(super) type Indexed<'a> = Vec<(&'a Write, &'a Facets)>;

/// The writes of rows that are found by facets: those whose facets are kept, and those of rows that
/// are removed.
pub(super) fn indexed<'a>(writes: impl Iterator<Item = &'a Write>) -> (Indexed<'a>, Indexed<'a>) {
    let found = writes.filter_map(|write| Some((write, write.facets.as_deref()?)));
    found.partition(|(write, _)| !matches!(write.change, Change::Remove(_)))
}

/// Keeps what so many rows are found by.
pub(super) fn index(rows: usize) -> String {
    const COLUMNS: usize = 13;
    let mut text = "INSERT INTO facet (kind, owner, id, ring, life, extractable, imported, \
        created, updated, rotated, expires, deleted, due) VALUES "
        .to_owned();
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=COLUMNS {
            let comma = if column == COLUMNS { ")" } else { ", " };
            let _ = write!(text, "${}{comma}", row * COLUMNS + column);
        }
    }
    text.push_str(
        " ON CONFLICT (kind, owner, id) DO UPDATE SET ring = excluded.ring, \
        life = excluded.life, extractable = excluded.extractable, \
        imported = excluded.imported, created = excluded.created, updated = excluded.updated, \
        rotated = excluded.rotated, expires = excluded.expires, deleted = excluded.deleted, \
        due = excluded.due",
    );
    text
}

/// Forgets what a row was found by.
pub(super) const UNINDEX: &str = "DELETE FROM facet WHERE kind = $1 AND owner = $2 AND id = $3";

/// Which database is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Number(i64),
    Text(String),
}

/// A statement being put together.
#[derive(Debug)]
pub(super) struct Statement {
    dialect: Dialect,
    pub(super) text: String,
    pub(super) values: Vec<Value>,
    /// Whether an index may still be chosen by a condition. SQLite, which knows little of how
    /// rows are spread, chooses the first that has an equality, and would sort all that it finds:
    /// every condition but one is hidden from it.
    may_drive: bool,
}

/// The rows that are asked for: revision, body and id.
pub(super) fn select(dialect: Dialect, kind: &str, find: &Find) -> Result<Statement, StoreError> {
    let order = order(find);
    let mut statement = Statement::new(dialect);
    statement.may_drive = find.order.is_empty();
    statement.push("SELECT e.revision, e.body, e.id FROM (SELECT f.* FROM facet f WHERE ");
    statement.conditions(kind, find)?;
    let limit = i64::try_from(find.limit).unwrap_or(i64::MAX);
    let skip = i64::try_from(find.skip).unwrap_or(i64::MAX);
    // Numbers in the text, so that PostgreSQL plans for a page and not for the whole table
    let _ = write!(
        statement.text,
        " ORDER BY {order} LIMIT {limit} OFFSET {skip}) f \
         JOIN entry e ON e.kind = f.kind AND e.id = f.id ORDER BY {order}"
    );
    Ok(statement)
}

/// How many rows are asked for: one number. Told from the counts where they tell it.
pub(super) fn count(dialect: Dialect, kind: &str, find: &Find) -> Result<Statement, StoreError> {
    let counted = |test: &Test| matches!(test, Test::Extractable(_) | Test::States(_));
    let states = find
        .tests
        .iter()
        .filter(|test| matches!(test, Test::States(_)));
    let mut statement = Statement::new(dialect);
    if !find.tests.iter().all(counted) || states.count() > 1 {
        statement.push("SELECT COUNT(*) FROM facet f WHERE ");
        statement.conditions(kind, find)?;
        return Ok(statement);
    }
    let (lives, expired, sign) = lives(find);
    statement.push("SELECT CAST((SELECT COALESCE(SUM(f.count), 0) FROM facet_count f WHERE ");
    statement.of_lives(kind, find, &lives);
    statement.push(")");
    if !expired.is_empty() {
        let _ = write!(
            statement.text,
            " {sign} (SELECT COUNT(*) FROM facet f WHERE "
        );
        statement.of_lives(kind, find, &expired);
        statement.push(" AND f.expires <= ");
        statement.bind(Value::Number(find.now));
        statement.push(")");
    }
    statement.push(" AS BIGINT)");
    Ok(statement)
}

/// Which lives make up the states that are wanted, and in which of them those whose time has run
/// out are to be added or taken away.
fn lives(find: &Find) -> (Vec<u8>, Vec<u8>, char) {
    let states = find.tests.iter().find_map(|test| match test {
        Test::States(states) => Some(states),
        _ => None,
    });
    let Some(states) = states else {
        return ([&LIVING[..], &[GONE]].concat(), Vec::new(), '+');
    };
    let wanted = |life: &u8| states.contains(life);
    let (kept, left): (Vec<u8>, Vec<u8>) = LIVING.iter().partition(|life| wanted(life));
    let gone = [GONE].into_iter().filter(wanted);
    let lives = kept.iter().copied().chain(gone).collect();
    if wanted(&EXPIRED) {
        (lives, left, '+')
    } else {
        (lives, kept, '-')
    }
}

impl Statement {
    const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            text: String::new(),
            values: Vec::new(),
            may_drive: false,
        }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn bind(&mut self, value: Value) {
        self.values.push(value);
        let _ = write!(self.text, "${}", self.values.len());
    }

    /// A column in an equality: the first drives the search, the others do not.
    fn equality(&mut self, column: &str) {
        let hidden = self.dialect == Dialect::Sqlite && !std::mem::take(&mut self.may_drive);
        let _ = write!(
            self.text,
            " AND {}f.{column} ",
            if hidden { "+" } else { "" }
        );
    }

    fn list(&mut self, values: impl Iterator<Item = Value>) {
        self.push("IN (");
        for (value, index) in values.zip(0..) {
            self.push(if index == 0 { "" } else { ", " });
            self.bind(value);
        }
        self.push(")");
    }

    fn owner(&mut self, kind: &str, find: &Find) {
        self.push("f.kind = ");
        self.bind(Value::Text(kind.to_owned()));
        self.push(" AND f.owner = ");
        self.bind(Value::Text(find.owner.clone()));
    }

    fn rings(&mut self, find: &Find) {
        match find.rings.as_deref() {
            None => {}
            // PostgreSQL knows no empty list
            Some([]) => self.push(" AND 1 = 0"),
            Some([ring]) => {
                self.equality("ring");
                self.push("= ");
                self.bind(Value::Text(ring.clone()));
            }
            Some(rings) => {
                let drives = std::mem::take(&mut self.may_drive);
                self.equality("ring");
                self.may_drive = drives;
                self.list(rings.iter().cloned().map(Value::Text));
            }
        }
    }

    fn extractable(&mut self, wanted: bool) {
        // Most keys are not: few are left out by asking for those
        let drives = self.may_drive;
        self.may_drive &= wanted;
        self.equality("extractable");
        self.may_drive = drives && !wanted;
        self.push("= ");
        self.bind(Value::Number(wanted.into()));
    }

    fn of_lives(&mut self, kind: &str, find: &Find, lives: &[u8]) {
        self.owner(kind, find);
        self.rings(find);
        for test in &find.tests {
            if let Test::Extractable(wanted) = test {
                self.extractable(*wanted);
            }
        }
        if lives.is_empty() {
            self.push(" AND 1 = 0");
            return;
        }
        self.equality("life");
        self.list(lives.iter().map(|life| Value::Number((*life).into())));
    }

    fn conditions(&mut self, kind: &str, find: &Find) -> Result<(), StoreError> {
        self.owner(kind, find);
        self.rings(find);
        for test in &find.tests {
            match test {
                Test::Date(property, comparison, limit) => {
                    let sign = match comparison {
                        Comparison::Eq => "=",
                        Comparison::Gt => ">",
                        Comparison::Gte => ">=",
                        Comparison::Lt => "<",
                        Comparison::Lte => "<=",
                    };
                    let _ = write!(self.text, " AND f.{} {sign} ", date(*property)?);
                    self.bind(Value::Number(*limit));
                }
                Test::Extractable(wanted) => self.extractable(*wanted),
                Test::Missing(property) => {
                    let _ = write!(self.text, " AND f.{} IS NULL", date(*property)?);
                }
                Test::States(states) => self.states(states, find.now),
            }
        }
        Ok(())
    }

    fn states(&mut self, states: &[u8], now: i64) {
        let wanted = |state: &u8| states.contains(state);
        let (living, gone) = (LIVING.iter().filter(|life| wanted(life)), wanted(&GONE));
        if living.clone().count() == LIVING.len() && wanted(&EXPIRED) {
            if !gone {
                let _ = write!(self.text, " AND f.life <> {GONE}");
            }
            return;
        }
        let mut parts: Vec<String> = living
            .map(|life| format!("f.life = {life} AND (f.expires IS NULL OR f.expires > {now})"))
            .collect();
        if wanted(&EXPIRED) {
            parts.push(format!("f.life <> {GONE} AND f.expires <= {now}"));
        }
        if gone {
            parts.push(format!("f.life = {GONE}"));
        }
        match parts.as_slice() {
            [] => self.push(" AND 1 = 0"),
            [one] if self.may_drive || self.dialect == Dialect::Postgres => {
                let _ = write!(self.text, " AND {one}");
                self.may_drive = false;
            }
            // An OR of more than columns is nothing that SQLite looks up in an index
            _ => {
                let parts = parts.join(") OR (");
                let parts = match self.dialect {
                    Dialect::Postgres => parts,
                    Dialect::Sqlite => parts.replace("f.life", "+f.life"),
                };
                let _ = write!(self.text, " AND (({parts}))");
            }
        }
    }
}

fn order(find: &Find) -> String {
    let mut text = String::new();
    let mut last = false;
    for (property, descending) in &find.order {
        let column = match property {
            Property::Extractable => "f.extractable".to_owned(),
            Property::Id => "f.id".to_owned(),
            Property::Imported => "f.imported".to_owned(),
            Property::State => format!(
                "CASE WHEN f.life <> {GONE} AND f.expires <= {} THEN {EXPIRED} ELSE f.life END",
                find.now
            ),
            other => format!("f.{}", date(*other).unwrap_or("id")),
        };
        // What is missing counts as the smallest
        let direction = if *descending {
            "DESC NULLS LAST"
        } else {
            "ASC NULLS FIRST"
        };
        let _ = write!(text, "{column} {direction}, ");
        last = *descending;
    }
    text.push_str(if last { "f.id DESC" } else { "f.id ASC" });
    text
}

/// The column of a date; `Corrupt` for what is no date, which only a mistake in this program asks.
fn date(property: Property) -> Result<&'static str, StoreError> {
    match property {
        Property::Created => Ok("created"),
        Property::Deleted => Ok("deleted"),
        Property::Due => Ok("due"),
        Property::Expires => Ok("expires"),
        Property::Rotated => Ok("rotated"),
        Property::Updated => Ok("updated"),
        Property::Extractable | Property::Id | Property::Imported | Property::State => {
            Err(StoreError::Corrupt)
        }
    }
}

/// Whether a statement met the rows that it was meant for.
pub(super) fn demand(affected: u64, wanted: usize) -> Result<(), StoreError> {
    if affected == wanted as u64 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

/// A revision as the databases hold it.
pub(super) fn number(revision: u64) -> Result<i64, StoreError> {
    i64::try_from(revision).map_err(|_| StoreError::Corrupt)
}
