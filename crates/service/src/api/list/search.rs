//! `search=`: options and scopes before the text, such as `not:name:orders`.

use serde::Serialize;

use crate::problem::Problem;
use crate::query::invalid;
use crate::record::key::KeyRecord;

/// What is searched for.
#[derive(Debug)]
pub(super) struct Search {
    text: String,
    scopes: Vec<&'static str>,
    not: bool,
    exact: bool,
}

/// A search as the reply tells it.
#[derive(Serialize)]
pub(crate) struct SearchView {
    query: String,
    scopes: Vec<&'static str>,
    not: bool,
    exact: bool,
}

impl Search {
    /// Reads the prefixes and the text. One of IBM's clients adds a comma at the end.
    pub(super) fn read(query: &str) -> Result<Self, Problem> {
        let mut rest = query.strip_suffix(',').unwrap_or(query);
        let (mut scopes, mut not, mut exact) = (Vec::new(), false, false);
        while let Some((option, text)) = rest.split_once(':') {
            match option {
                "alias" => scopes.push("alias"),
                "escape" => {
                    rest = text;
                    break;
                }
                "exact" => exact = true,
                "name" => scopes.push("name"),
                "not" => not = true,
                _ => break,
            }
            rest = text;
        }
        if rest.is_empty() {
            return Err(invalid("search", "must have a text to search for"));
        }
        if scopes.is_empty() {
            scopes = vec!["name", "alias"];
        }
        Ok(Self {
            text: rest.to_lowercase(),
            scopes,
            not,
            exact,
        })
    }

    /// Whether a key is found.
    pub(super) fn takes(&self, key: &KeyRecord) -> bool {
        let matches = |value: &str| {
            let value = value.to_lowercase();
            if self.exact {
                value == self.text
            } else {
                value.contains(&self.text)
            }
        };
        let found = self.scopes.iter().any(|scope| match *scope {
            "name" => matches(&key.name),
            _ => key.aliases.iter().any(|alias| matches(alias)),
        });
        (found != self.not) || (!self.not && key.id == self.text)
    }

    pub(super) fn into_view(self) -> SearchView {
        let Self {
            text,
            scopes,
            not,
            exact,
        } = self;
        SearchView {
            query: text,
            scopes,
            not,
            exact,
        }
    }
}
