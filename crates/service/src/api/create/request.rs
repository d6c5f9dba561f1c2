//! The key of `POST /keys`, and what it must be.

use serde::Deserialize;

use crate::clock::read_stamp;
use crate::payload::Text;
use crate::problem::{Problem, code, field};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct KeyBody<'a> {
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
    #[serde(default)]
    encryption_algorithm: Option<String>,
    #[serde(default)]
    encrypted_nonce: Option<String>,
    #[serde(default)]
    iv: Option<String>,
    #[serde(default)]
    rotation: Option<RotationBody>,
    #[serde(default)]
    dual_auth_delete: Option<DualAuthBody>,
}

/// What a rotation policy is set to.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct RotationBody {
    #[serde(default)]
    pub(in crate::api) enabled: Option<bool>,
    /// One of IBM's clients sends -1 for an interval that is not given.
    #[serde(default)]
    pub(in crate::api) interval_month: Option<i64>,
}

/// What a dual-authorisation policy is set to.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct DualAuthBody {
    pub(in crate::api) enabled: bool,
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
    pub(super) sealed: Option<Sealed>,
    pub(super) rotation: Option<RotationBody>,
    pub(super) dual_auth: Option<DualAuthBody>,
}

/// What comes with a payload that an import token protects.
pub(in crate::api) struct Sealed {
    pub(in crate::api) nonce: String,
    pub(in crate::api) iv: String,
}

impl Sealed {
    /// Takes the three fields, all or none.
    pub(in crate::api) fn of(
        algorithm: Option<String>,
        nonce: Option<String>,
        iv: Option<String>,
    ) -> Result<Option<Self>, Problem> {
        match (algorithm.as_deref(), nonce, iv) {
            (None, None, None) => Ok(None),
            (Some("RSAES_OAEP_SHA_256"), Some(nonce), Some(iv)) => Ok(Some(Self { nonce, iv })),
            (Some("RSAES_OAEP_SHA_256"), ..) | (None, ..) => Err(field(
                "encryptedNonce",
                "present together with `encryptionAlgorithm` and `iv`",
            )),
            _ => Err(field("encryptionAlgorithm", "`RSAES_OAEP_SHA_256`")),
        }
    }
}

impl<'a> KeyBody<'a> {
    /// Checks every field.
    ///
    /// * `overrides` - whether policies may be given with the key.
    pub(super) fn check(self, now: i64, overrides: bool) -> Result<KeyRequest<'a>, Problem> {
        let body = self;
        if !overrides && (body.rotation.is_some() || body.dual_auth_delete.is_some()) {
            let text = format!(
                "{}: json: unknown field: policies are given to \
                /keys_with_policy_overrides",
                code::BAD_BODY.message
            );
            return Err(Problem::with(code::BAD_BODY, text));
        }
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
            sealed: Sealed::of(body.encryption_algorithm, body.encrypted_nonce, body.iv)?,
            rotation: body.rotation,
            dual_auth: body.dual_auth_delete,
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
        Ok(())
    } else {
        Err(crate::problem::field(field, rule))
    }
}
