//! Where the service keeps its rows: one small trait, several stores.
//!
//! A row is a JSON document under a kind and an id, with a revision that every write raises. All
//! writes go through [`Store::commit`], which applies a whole batch or nothing and refuses it when
//! a row is not at the revision that the writer had read. That one rule gives unique aliases,
//! exactly one winner of a concurrent rotate, and no half-written change, on every store alike.

#[cfg(feature = "native")]
mod bind;
pub(crate) mod facets;
pub(crate) mod find;
pub(crate) mod memory;
#[cfg(feature = "native")]
mod migrations;
#[cfg(feature = "native")]
pub(crate) mod postgres;
#[cfg(feature = "native")]
pub(crate) mod recent;
#[cfg(feature = "native")]
mod sql;
#[cfg(feature = "native")]
pub(crate) mod sqlite;
pub(crate) mod typed;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use facets::Facets;
use find::Find;

/// What a store's call returns: a future that any thread may poll.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// One stored document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The id within its kind; rows of a kind are ordered by it, byte by byte.
    pub id: String,
    /// Raised by one with every write, starting at 1.
    pub revision: u64,
    /// The document.
    pub body: Vec<u8>,
}

impl Row {
    /// Makes a row, as a store does when it answers.
    #[must_use]
    pub const fn new(id: String, revision: u64, body: Vec<u8>) -> Self {
        Self { id, revision, body }
    }
}

/// What a write demands of the row it touches, and what it does to it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change {
    /// The row must not exist; it is written at revision 1.
    Insert(Vec<u8>),
    /// The row must be at this revision; it is removed.
    Remove(u64),
    /// The row must be at this revision; it is rewritten at the next.
    Update(u64, Vec<u8>),
}

/// One write of a batch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Write {
    /// The kind of the row.
    pub kind: &'static str,
    /// The id of the row.
    pub id: String,
    /// What happens to it.
    pub change: Change,
    /// What it is found by from then on; `None` for kinds that are never asked for by it.
    pub facets: Option<Box<Facets>>,
}

impl Write {
    /// Makes one write of a batch.
    #[must_use]
    pub const fn new(kind: &'static str, id: String, change: Change) -> Self {
        Self {
            kind,
            id,
            change,
            facets: None,
        }
    }

    /// Gives the row the facets that it is found by. Rows of a kind all have them, or none.
    #[must_use]
    pub fn found_by(mut self, facets: Facets) -> Self {
        self.facets = Some(Box::new(facets));
        self
    }
}

/// Why a store refused or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// A row of the batch is not at the revision that its writer had read. Nothing was written.
    Conflict,
    /// The store holds something that this program cannot read.
    Corrupt,
    /// The store cannot be reached or failed to write. Whether it wrote is unknown.
    Unavailable,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "a row was changed by somebody else meanwhile",
            Self::Corrupt => "a stored row cannot be read",
            Self::Unavailable => "the store cannot be reached",
        })
    }
}

impl std::error::Error for StoreError {}

/// Keeps rows. Implemented by the in-memory, the SQLite and the PostgreSQL store.
pub trait Store: Send + Sync {
    /// Returns one row, or `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be reached.
    fn get<'a>(&'a self, kind: &'static str, id: &'a str) -> Answer<'a, Option<Row>>;

    /// Returns one row as it is, or as it was at some time within the last second but after the
    /// last write of this process, or `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be reached.
    fn recent<'a>(&'a self, kind: &'static str, id: &'a str) -> Answer<'a, Option<Row>> {
        self.get(kind, id)
    }

    /// Returns up to `limit` rows whose id starts with `prefix` and sorts after `after`, in order.
    ///
    /// # Arguments
    /// * `after` - empty to start with the first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be reached.
    fn scan<'a>(
        &'a self,
        kind: &'static str,
        prefix: &'a str,
        after: &'a str,
        limit: usize,
    ) -> Answer<'a, Vec<Row>>;

    /// Returns the rows of a kind that are asked for, in the order that is asked for.
    ///
    /// Reads the documents of these rows only: the rest is told from [`Facets`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be reached.
    fn find<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, Vec<Row>>;

    /// Counts the rows of a kind that are asked for, whatever the limit says.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be reached.
    fn count<'a>(&'a self, kind: &'static str, find: &'a Find) -> Answer<'a, u64>;

    /// Applies every write of the batch, or none. Returns once they would survive a crash.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a row is not as its write demands; nothing was written then.
    /// [`StoreError::Unavailable`] if the store cannot be reached.
    fn commit(&self, batch: Vec<Write>) -> Answer<'_, ()>;
}
