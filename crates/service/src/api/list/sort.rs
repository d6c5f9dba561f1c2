//! `sort=`: properties in order of importance; `-` before one turns it around.

use std::cmp::Ordering;

use crate::problem::Problem;
use crate::query::invalid;
use crate::record::key::KeyRecord;

/// A property, and whether greater values come first.
pub(super) type Term = (Property, bool);

type Property = fn(&KeyRecord, i64) -> Value;

/// A value that sorts; what a key does not have comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Number(Option<i64>),
    Text(String),
}

const PROPERTIES: &[(&str, Property)] = &[
    ("creationDate", |key, _| Value::Number(Some(key.created))),
    ("deletionDate", |key, _| {
        Value::Number(key.deleted.as_ref().map(|deletion| deletion.at))
    }),
    ("expirationDate", |key, _| Value::Number(key.expires)),
    ("extractable", |key, _| {
        Value::Number(Some(key.extractable.into()))
    }),
    ("id", |key, _| Value::Text(key.id.clone())),
    ("imported", |key, _| {
        Value::Number(Some(key.imported.into()))
    }),
    ("lastRotateDate", |key, _| Value::Number(key.rotated)),
    ("lastUpdateDate", |key, _| {
        Value::Number(key.updated.or(Some(key.created)))
    }),
    ("state", |key, now| {
        Value::Number(Some(key.state(now) as i64))
    }),
];

/// Reads the terms.
pub(super) fn read(text: Option<&str>) -> Result<Vec<Term>, Problem> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    text.split(',')
        .map(|term| {
            let (name, descending) = match term.trim().strip_prefix('-') {
                Some(name) => (name, true),
                None => (term.trim(), false),
            };
            let mut known = PROPERTIES.iter().filter(|(known, _)| *known == name);
            known.next().map(|(_, property)| (*property, descending))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| invalid("sort", "must be a list of properties that keys sort by"))
}

/// Sorts; keys that no term tells apart stay in the order of their ids.
pub(super) fn apply(terms: &[Term], keys: &mut [KeyRecord], now: i64) {
    keys.sort_by(|a, b| {
        let compare = |(property, descending): &Term| {
            let order = property(a, now).cmp(&property(b, now));
            if *descending { order.reverse() } else { order }
        };
        terms
            .iter()
            .map(compare)
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
}
