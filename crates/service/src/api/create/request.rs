//! The body of `POST /keys`, and what it must be.

use serde::Deserialize;

use crate::clock::read_stamp;
use crate::payload::Text;
use crate::problem::{Problem, code};

/// A collection with one key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody<'a> {
    #[serde(default)]
    metadata: Option<BodyMetadata>,
    #[serde(borrow, default = "Vec::new")]
    resources: Vec<KeyBody<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BodyMetadata {
    #[serde(default, rename = "collectionTotal")]
    _collection_total: serde::de::IgnoredAny,
    #[serde(default, rename = "collectionType")]
    _collection_type: serde::de::IgnoredAny,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyBody<'a> {
    #[serde(default, rename = "type")]
    _type: serde::de::IgnoredAny,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    aliases: Option<Vec<String>>,
    // One of IBM's clients names this field in a way of its own
    #[serde(default, alias = "Tags")]
    tags: Option<Vec<String>>,
    #[serde(default)]
    extractable: Option<bool>,
    #[serde(default)]
    expiration_date: Option<String>,
    #[serde(borrow, default)]
    payload: Option<Text<'a>>,
}

/// A request whose fields are what they must be.
pub(super) struct KeyRequest<'a> {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) aliases: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) extractable: bool,
    pub(super) expires: Option<i64>,
    pub(super) payload: Option<Text<'a>>,
}

/// A key of the body, not checked yet.
pub(super) struct Unchecked<'a>(KeyBody<'a>);

impl<'a> CreateBody<'a> {
    /// The one key that a request may create.
    pub(super) fn only_key(mut self) -> Result<Unchecked<'a>, Problem> {
        let refuse = |rule: &str| Problem::with(code::BAD_BODY, rule);
        if self.metadata.is_none() {
            return Err(refuse("CollectionMetadata is empty"));
        }
        match (self.resources.pop(), self.resources.is_empty()) {
            (Some(key), true) => Ok(Unchecked(key)),
            (None, _) => Err(refuse("CollectionResources is empty")),
            (Some(_), false) => Err(refuse("Only creation of one key per request is supported")),
        }
    }
}

impl<'a> Unchecked<'a> {
    /// Checks every field.
    pub(super) fn check(self, now: i64) -> Result<KeyRequest<'a>, Problem> {
        let body = self.0;
        let extractable = body.extractable.unwrap_or(true);
        require("name", length(&body.name, 2, 90), "2 to 90 characters long")?;
        if let Some(text) = &body.description {
            require(
                "description",
                length(text, 2, 240),
                "2 to 240 characters long",
            )?;
        }
        let aliases = body.aliases.unwrap_or_default();
        check_aliases(&aliases)?;
        let tags = body.tags.unwrap_or_default();
        let good_tag =
            |tag: &String| length(tag, 1, 30) && !tag.contains(['<', '>', ',', ':', '&', '|']);
        require(
            "tags",
            tags.len() <= 30 && tags.iter().all(good_tag),
            "at most 30 tags of 1 to 30 characters other than < > , : & |",
        )?;
        let expires = match &body.expiration_date {
            None => None,
            Some(text) => {
                let moment = read_stamp(text).filter(|moment| *moment > now);
                require(
                    "expirationDate",
                    moment.is_some(),
                    "an RFC 3339 date in the future",
                )?;
                moment
            }
        };
        Ok(KeyRequest {
            name: body.name,
            description: body.description,
            aliases,
            tags,
            extractable,
            expires,
            payload: body.payload,
        })
    }
}

fn check_aliases(aliases: &[String]) -> Result<(), Problem> {
    require("aliases", aliases.len() <= 5, "at most 5 aliases")?;
    let mut seen: Vec<&String> = aliases.iter().collect();
    seen.sort();
    seen.dedup();
    require(
        "aliases",
        seen.len() == aliases.len(),
        "different from each other",
    )?;
    aliases
        .iter()
        .try_for_each(|alias| crate::api::alias::check(alias))
}

fn length(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.chars().count())
}

fn require(field: &str, holds: bool, rule: &str) -> Result<(), Problem> {
    if holds {
        return Ok(());
    }
    let text = format!("The field `{field}` must be: {rule}");
    Err(Problem::field(code::INVALID_FIELD, field, text))
}
