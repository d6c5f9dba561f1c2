//! Query strings.

use crate::problem::{Problem, code};

/// The parameters of a request's URL, decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what follows the `?`; text that cannot be decoded counts as no parameters.
    pub(crate) fn parse(text: Option<&str>) -> Self {
        Self(serde_urlencoded::from_str(text.unwrap_or_default()).unwrap_or_default())
    }

    /// The first value of a parameter; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut named = self
            .0
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty());
        named.next().map(|(_, value)| value.as_str())
    }

    /// A flag, `true` or `false` as Go writes it.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        self.get(name)
            .map(|value| match value {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
                _ => Err(invalid(name, "must be `true` or `false`")),
            })
            .transpose()
    }

    /// A number between `min` and `max`.
    pub(crate) fn number(
        &self,
        name: &str,
        (min, max): (usize, usize),
    ) -> Result<Option<usize>, Problem> {
        self.get(name)
            .map(|value| {
                let number = value.parse().ok().filter(|n| (min..=max).contains(n));
                number.ok_or_else(|| {
                    invalid(name, &format!("must be a number between {min} and {max}"))
                })
            })
            .transpose()
    }

    /// `limit` and `offset`.
    pub(crate) fn page(&self, default: usize, max: usize) -> Result<(usize, usize), Problem> {
        let limit = self.number("limit", (1, max))?.unwrap_or(default);
        let offset = self.number("offset", (0, usize::MAX))?.unwrap_or(0);
        Ok((limit, offset))
    }
}

/// A query parameter is not what it must be.
pub(crate) fn invalid(name: &str, rule: &str) -> Problem {
    Problem::query(
        code::INVALID_QUERY,
        name,
        format!("The query parameter `{name}` {rule}"),
    )
}
