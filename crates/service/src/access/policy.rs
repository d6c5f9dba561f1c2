//! Access policies and service-to-service authorizations as they are stored.

use serde::{Deserialize, Serialize};

use crate::store::typed::Record;

/// One attribute of a subject or a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attribute {
    pub(crate) key: String,
    pub(crate) operator: Operator,
    pub(crate) value: String,
}

impl Attribute {
    /// `key` must equal `value`.
    pub(crate) fn equals(key: &str, value: &str) -> Self {
        Self {
            key: key.to_owned(),
            operator: Operator::Equals,
            value: value.to_owned(),
        }
    }

    /// Whether the attribute holds for what is there; an absent thing is the empty string.
    pub(crate) fn matches(&self, actual: &str) -> bool {
        match self.operator {
            Operator::Equals => self.value == actual,
            Operator::Exists => (self.value == "true") != actual.is_empty(),
            Operator::Match => wildcard(&self.value, actual),
        }
    }
}

/// How an attribute compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Operator {
    #[serde(rename = "stringEquals")]
    Equals,
    #[serde(rename = "stringExists")]
    Exists,
    #[serde(rename = "stringMatch")]
    Match,
}

/// What a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PolicyType {
    /// Gives a user or a service ID roles.
    Access,
    /// Lets one service use another.
    Authorization,
}

/// A stored policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PolicyRecord {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) policy_type: PolicyType,
    pub(crate) description: String,
    pub(crate) subject: Vec<Attribute>,
    pub(crate) resource: Vec<Attribute>,
    pub(crate) roles: Vec<String>,
    pub(crate) created: i64,
    pub(crate) created_by: String,
    pub(crate) modified: i64,
    pub(crate) modified_by: String,
}

impl PolicyRecord {
    /// The value of the subject attribute `key`, if it demands equality.
    pub(crate) fn subject_value(&self, key: &str) -> Option<&str> {
        let mut equal = self
            .subject
            .iter()
            .filter(|a| a.operator == Operator::Equals);
        equal.find(|a| a.key == key).map(|a| a.value.as_str())
    }
}

impl Record for PolicyRecord {
    const KIND: &'static str = "policy";

    fn row_id(&self) -> String {
        format!("{}/{}", self.account, self.id)
    }
}

/// Matches `*` (anything, also nothing) and `?` (one character).
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_documented() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("prod-*", "prod-1", true),
            ("prod-*", "test-1", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*x*y", "axbxy", true),
            ("", "a", false),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
        }
    }
}
