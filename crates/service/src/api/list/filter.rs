//! `filter=`: terms such as `lastRotateDate=lt:"2026-01-01T00:00:00Z" state=1,5`.

use super::read_states;
use crate::clock::read_stamp;
use crate::problem::Problem;
use crate::query::invalid;
use crate::record::key::KeyRecord;

/// How many terms may name the same property.
const TERMS_MAX: usize = 3;

/// Terms that must all hold.
#[derive(Debug, Default)]
pub(super) struct Filter(Vec<(String, Test)>);

#[derive(Debug)]
enum Test {
    /// The date is missing.
    None,
    Date(Comparison, i64),
    Extractable(bool),
    States(Vec<u8>),
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Eq,
    Gt,
    Gte,
    Lt,
    Lte,
}

impl Filter {
    /// Reads the terms.
    pub(super) fn read(text: Option<&str>) -> Result<Self, Problem> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let wrong = || {
            invalid(
                "filter",
                "must be terms like property=value or property=gte:\"date\", with \
                spaces between them and at most three of a property",
            )
        };
        let mut terms: Vec<(String, Test)> = Vec::new();
        for term in text.split_whitespace() {
            let (property, value) = term.split_once('=').ok_or_else(wrong)?;
            let test = read_test(property, value).ok_or_else(wrong)?;
            terms.push((property.to_owned(), test));
            let same = terms.iter().filter(|(known, _)| known == property);
            if same.count() > TERMS_MAX {
                return Err(wrong());
            }
        }
        Ok(Self(terms))
    }

    /// Whether a term names the property.
    pub(super) fn names(&self, property: &str) -> bool {
        self.0.iter().any(|(known, _)| known == property)
    }

    /// Whether all terms hold for a key.
    pub(super) fn takes(&self, key: &KeyRecord, now: i64) -> bool {
        self.0.iter().all(|(property, test)| match test {
            Test::None => date(key, property).is_none(),
            Test::Date(comparison, limit) => {
                date(key, property).is_some_and(|date| match comparison {
                    Comparison::Eq => date == *limit,
                    Comparison::Gt => date > *limit,
                    Comparison::Gte => date >= *limit,
                    Comparison::Lt => date < *limit,
                    Comparison::Lte => date <= *limit,
                })
            }
            Test::Extractable(wanted) => key.extractable == *wanted,
            Test::States(states) => states.contains(&(key.state(now) as u8)),
        })
    }
}

fn read_test(property: &str, value: &str) -> Option<Test> {
    match property {
        "extractable" => value
            .to_ascii_lowercase()
            .parse()
            .ok()
            .map(Test::Extractable),
        "state" => read_states(value).map(Test::States),
        "creationDate" | "deletionDate" | "expirationDate" | "lastRotateDate"
        | "lastUpdateDate" => read_date(value),
        _ => None,
    }
}

fn read_date(value: &str) -> Option<Test> {
    if value.eq_ignore_ascii_case("none") {
        return Some(Test::None);
    }
    let (comparison, date) = [
        ("gte:", Comparison::Gte),
        ("gt:", Comparison::Gt),
        ("lte:", Comparison::Lte),
        ("lt:", Comparison::Lt),
        ("", Comparison::Eq),
    ]
    .into_iter()
    .find_map(|(prefix, comparison)| Some((comparison, value.strip_prefix(prefix)?)))?;
    let date = date.strip_prefix('"')?.strip_suffix('"')?;
    Some(Test::Date(comparison, read_stamp(date)?))
}

fn date(key: &KeyRecord, property: &str) -> Option<i64> {
    match property {
        "creationDate" => Some(key.created),
        "deletionDate" => key.deleted.as_ref().map(|deletion| deletion.at),
        "expirationDate" => key.expires,
        "lastRotateDate" => key.rotated,
        _ => key.updated.or(Some(key.created)),
    }
}
