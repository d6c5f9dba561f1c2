//! `filter=`: terms such as `lastRotateDate=lt:"2026-01-01T00:00:00Z" state=1,5`.

use super::read_states;
use crate::clock::read_stamp;
use crate::problem::Problem;
use crate::query::invalid;
use crate::store::find::{Comparison, Property, Test};

/// How many terms may name the same property.
const TERMS_MAX: usize = 3;

/// Reads the terms: tests that must all hold.
pub(super) fn read(text: Option<&str>) -> Result<Vec<Test>, Problem> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let wrong = || {
        invalid(
            "filter",
            "must be terms like property=value or property=gte:\"date\", with \
             spaces between them and at most three of a property",
        )
    };
    let mut terms: Vec<(&str, Test)> = Vec::new();
    for term in text.split_whitespace() {
        let (property, value) = term.split_once('=').ok_or_else(wrong)?;
        let test = read_test(property, value).ok_or_else(wrong)?;
        terms.push((property, test));
        let same = terms.iter().filter(|(known, _)| *known == property);
        if same.count() > TERMS_MAX {
            return Err(wrong());
        }
    }
    Ok(terms.into_iter().map(|(_, test)| test).collect())
}

fn read_test(property: &str, value: &str) -> Option<Test> {
    let date = |property| read_date(property, value);
    match property {
        "extractable" => value
            .to_ascii_lowercase()
            .parse()
            .ok()
            .map(Test::Extractable),
        "state" => read_states(value).map(Test::States),
        "creationDate" => date(Property::Created),
        "deletionDate" => date(Property::Deleted),
        "expirationDate" => date(Property::Expires),
        "lastRotateDate" => date(Property::Rotated),
        "lastUpdateDate" => date(Property::Updated),
        _ => None,
    }
}

fn read_date(property: Property, value: &str) -> Option<Test> {
    if value.eq_ignore_ascii_case("none") {
        return Some(Test::Missing(property));
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
    Some(Test::Date(property, comparison, read_stamp(date)?))
}
