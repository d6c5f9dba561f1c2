//! `sort=`: properties in order of importance; `-` before one turns it around.

use crate::problem::Problem;
use crate::query::invalid;
use crate::store::find::Property;

const PROPERTIES: &[(&str, Property)] = &[
    ("creationDate", Property::Created),
    ("deletionDate", Property::Deleted),
    ("expirationDate", Property::Expires),
    ("extractable", Property::Extractable),
    ("id", Property::Id),
    ("imported", Property::Imported),
    ("lastRotateDate", Property::Rotated),
    ("lastUpdateDate", Property::Updated),
    ("state", Property::State),
];

/// Reads the terms: properties, and whether greater values come first.
pub(super) fn read(text: Option<&str>) -> Result<Vec<(Property, bool)>, Problem> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let mut terms: Vec<(Property, bool)> = Vec::new();
    for term in text.split(',') {
        let (name, descending) = match term.trim().strip_prefix('-') {
            Some(name) => (name, true),
            None => (term.trim(), false),
        };
        let known = PROPERTIES.iter().find(|(known, _)| *known == name);
        let (_, property) = known
            .ok_or_else(|| invalid("sort", "must be a list of properties that keys sort by"))?;
        // Named again, a property tells nothing apart
        if !terms.iter().any(|(named, _)| named == property) {
            terms.push((*property, descending));
        }
    }
    Ok(terms)
}
