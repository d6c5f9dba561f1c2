//! What is asked of [`Store::find`](super::Store::find) and [`Store::count`](super::Store::count).

use std::cmp::Ordering;

use super::facets::Facets;

/// A facet that rows are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Property {
    /// When the row was made.
    Created,
    /// When it was deleted.
    Deleted,
    /// When something is to be done to it.
    Due,
    /// When its time runs out.
    Expires,
    /// Whether what it stands for may be read.
    Extractable,
    /// The row's id.
    Id,
    /// Whether it was brought by its owner.
    Imported,
    /// When it was last renewed.
    Rotated,
    /// Its state at the time of the question.
    State,
    /// When it was last changed.
    Updated,
}

/// How a date compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparison {
    /// The same moment.
    Eq,
    /// Later.
    Gt,
    /// Later or the same.
    Gte,
    /// Earlier.
    Lt,
    /// Earlier or the same.
    Lte,
}

/// What must hold of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Test {
    /// The date is there and compares so.
    Date(Property, Comparison, i64),
    /// What it stands for may be read, or may not.
    Extractable(bool),
    /// The date is not there.
    Missing(Property),
    /// Its state is one of these.
    States(Vec<u8>),
}

/// A question for rows of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Find {
    /// The owner of the rows.
    pub owner: String,
    /// The groups they are in; any if `None`.
    pub rings: Option<Vec<String>>,
    /// What must hold of each.
    pub tests: Vec<Test>,
    /// The time at which states are judged.
    pub now: i64,
    /// What they are sorted by, and whether greater values come first. What is not there counts
    /// as the smallest. The id decides last, in the direction of the last term.
    pub order: Vec<(Property, bool)>,
    /// How many are left out at the beginning.
    pub skip: usize,
    /// How many are wanted at most.
    pub limit: usize,
}

impl Find {
    /// Asks for all rows of an owner, by id.
    #[must_use]
    pub const fn all(owner: String, now: i64) -> Self {
        Self {
            owner,
            rings: None,
            tests: Vec::new(),
            now,
            order: Vec::new(),
            skip: 0,
            limit: usize::MAX,
        }
    }

    /// Whether a row is asked for.
    pub(crate) fn takes(&self, row: &Facets) -> bool {
        let here = row.owner == self.owner;
        let ring = self
            .rings
            .as_ref()
            .is_none_or(|rings| rings.contains(&row.ring));
        here && ring && self.tests.iter().all(|test| test.takes(row, self.now))
    }

    /// The order in which two rows are given.
    pub(crate) fn compare(&self, a: (&str, &Facets), b: (&str, &Facets)) -> Ordering {
        let mut last = false;
        for (property, descending) in &self.order {
            let order = match property {
                Property::Id => a.0.cmp(b.0),
                _ => property.of(a.1, self.now).cmp(&property.of(b.1, self.now)),
            };
            if order != Ordering::Equal {
                return if *descending { order.reverse() } else { order };
            }
            last = *descending;
        }
        let order = a.0.cmp(b.0);
        if last { order.reverse() } else { order }
    }
}

impl Test {
    fn takes(&self, row: &Facets, now: i64) -> bool {
        match self {
            Self::Date(property, comparison, limit) => property
                .of(row, now)
                .is_some_and(|date| comparison.holds(date, *limit)),
            Self::Extractable(wanted) => row.extractable == *wanted,
            Self::Missing(property) => property.of(row, now).is_none(),
            Self::States(states) => states.contains(&row.state(now)),
        }
    }
}

impl Property {
    /// The value of a row; `None` for what is not there, and for the id, which is no number.
    fn of(self, row: &Facets, now: i64) -> Option<i64> {
        match self {
            Self::Created => Some(row.created),
            Self::Deleted => row.deleted,
            Self::Due => row.due,
            Self::Expires => row.expires,
            Self::Extractable => Some(row.extractable.into()),
            Self::Id => None,
            Self::Imported => Some(row.imported.into()),
            Self::Rotated => row.rotated,
            Self::State => Some(row.state(now).into()),
            Self::Updated => Some(row.updated),
        }
    }
}

impl Comparison {
    const fn holds(self, date: i64, limit: i64) -> bool {
        match self {
            Self::Eq => date == limit,
            Self::Gt => date > limit,
            Self::Gte => date >= limit,
            Self::Lt => date < limit,
            Self::Lte => date <= limit,
        }
    }
}
