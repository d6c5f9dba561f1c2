//! Refusals, written as Key Protect writes them.

pub(crate) mod code;

use axum::http::StatusCode;
use serde::Serialize;

use crate::reply::{Metadata, Reply};
use crate::store::StoreError;

pub(crate) use code::Code;

/// Why a call is refused.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: Kind,
    target: Option<(&'static str, String)>,
    retry_after_s: Option<u32>,
}

#[derive(Clone, Debug)]
enum Kind {
    /// A sentence and nothing else.
    Bare(&'static str),
    /// A code from the table, with its message or a more exact one.
    Reasoned(&'static str, String),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorView<'a> {
    error_msg: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasonView<'a> {
    code: &'a str,
    message: &'a str,
    status: u16,
    more_info: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<TargetView<'a>>,
}

#[derive(Serialize)]
struct TargetView<'a> {
    r#type: &'a str,
    name: &'a str,
}

const MORE_INFO: &str = "https://cloud.ibm.com/apidocs/key-protect";

impl Problem {
    /// Gives the code a more exact message than its table entry has.
    pub(crate) fn with(code: Code, message: impl Into<String>) -> Self {
        let kind = Kind::Reasoned(code.name, message.into());
        Self {
            status: code.status,
            kind,
            target: None,
            retry_after_s: None,
        }
    }

    /// The token is missing or invalid, or its bearer may not do this: the reply does not say
    /// which.
    pub(crate) const fn unauthorized() -> Self {
        Self::bare(
            StatusCode::UNAUTHORIZED,
            "Unauthorized: The user does not have access to the specified resource",
        )
    }

    /// A refusal without reasons.
    pub(crate) const fn bare(status: StatusCode, sentence: &'static str) -> Self {
        Self {
            status,
            kind: Kind::Bare(sentence),
            target: None,
            retry_after_s: None,
        }
    }

    /// A body field is to blame.
    pub(crate) fn field(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self {
            target: Some(("field", field.to_owned())),
            ..Self::with(code, message)
        }
    }

    /// A query parameter is to blame.
    pub(crate) fn query(code: Code, parameter: &str, message: impl Into<String>) -> Self {
        Self {
            target: Some(("query_param", parameter.to_owned())),
            ..Self::with(code, message)
        }
    }

    /// Says when to try again.
    pub(crate) const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// For how long the call is refused, if it is a matter of time.
    pub(crate) const fn retry_after_s(&self) -> Option<u32> {
        self.retry_after_s
    }

    /// The stable code, if the refusal has one.
    pub(crate) const fn code(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Bare(_) => None,
            Kind::Reasoned(code, _) => Some(*code),
        }
    }

    /// Writes the reply.
    ///
    /// * `failed` - what the call did not achieve, as a sentence without its full stop.
    pub(crate) fn reply(&self, failed: &str) -> Reply {
        let view = match &self.kind {
            Kind::Bare(sentence) => ErrorView {
                error_msg: (*sentence).to_owned(),
                reasons: Vec::new(),
            },
            Kind::Reasoned(code, message) => {
                let phrase = self.status.canonical_reason().unwrap_or("Error");
                let target = self.target.as_ref();
                ErrorView {
                    error_msg: format!(
                        "{phrase}: {failed}: Please see `reasons` for more details ({code})"
                    ),
                    reasons: vec![ReasonView {
                        code,
                        message,
                        status: self.status.as_u16(),
                        more_info: MORE_INFO,
                        target: target.map(|(kind, name)| TargetView { r#type: kind, name }),
                    }],
                }
            }
        };
        let reply = Reply::collection(self.status, Metadata::of("error", 1), &[view]);
        reply.retry_after(self.retry_after_s)
    }
}

/// A field of the body is not what it must be.
pub(crate) fn field(name: &str, rule: &str) -> Problem {
    let text = format!("The field `{name}` must be: {rule}");
    Problem::field(code::INVALID_FIELD, name, text)
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::with(code, code.message)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::from(code::BUSY).retry_after(1),
            StoreError::Corrupt => code::INCOMPLETE_METADATA.into(),
            StoreError::Unavailable => Self::from(code::STORE_UNAVAILABLE).retry_after(1),
        }
    }
}

impl From<tsutsumi::Error> for Problem {
    fn from(_: tsutsumi::Error) -> Self {
        // Every open that may fail because of a caller's bytes is mapped where it happens; what is
        // left are rows that were altered, swapped or sealed under another master key
        code::INCOMPLETE_METADATA.into()
    }
}
