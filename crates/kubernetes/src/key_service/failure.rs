//! Why a call to the key service came to nothing.

use std::fmt;

use reqwest::StatusCode;
use serde::Deserialize;
use tonic::{Code, Status};

/// How long the code of a refusal may be to be shown.
const CODE_LEN_MAX: usize = 64;

/// What kind of failure it is, which decides whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The identity service does not take the API key, or there is none to be read.
    Credentials,
    /// The caller may not do this.
    Denied,
    /// There is no such key, or no longer.
    KeyMissing,
    /// The root key is disabled, or wraps no more.
    KeyState,
    /// The circuit breaker is open: the service was not asked.
    Paused,
    /// What came is no answer of a key service.
    Protocol,
    /// The service does not open this: not its own, altered, or bound to something else.
    Refused,
    /// Too many calls.
    Throttled,
    /// No answer in time.
    TimedOut,
    /// No connection, or the service says that it cannot.
    Unavailable,
}

/// A failed call: its kind, and the status and code that the service answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    kind: Kind,
    detail: String,
    code: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    resources: Vec<Reasons>,
}

#[derive(Deserialize)]
struct Reasons {
    reasons: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    code: String,
}

impl Failure {
    /// A failure of some kind; `detail` holds nothing secret.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            code: None,
        }
    }

    /// The failure that an answer of the key service is, if it is no success.
    pub(crate) fn of_answer(status: StatusCode, body: &[u8]) -> Self {
        let kind = match status.as_u16() {
            400 | 422 => Kind::Refused,
            401 | 403 => Kind::Denied,
            404 | 410 => Kind::KeyMissing,
            409 => Kind::KeyState,
            429 => Kind::Throttled,
            408 | 500..=599 => Kind::Unavailable,
            _ => Kind::Protocol,
        };
        let code = code(body);
        let shown = code
            .as_ref()
            .map_or_else(String::new, |code| format!(", {code}"));
        Self {
            kind,
            detail: format!("status {}{shown}", status.as_u16()),
            code,
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the service answered with this code.
    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the same call may work a moment later.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(
            self.kind,
            Kind::Throttled | Kind::TimedOut | Kind::Unavailable
        )
    }
}

impl Kind {
    /// Its name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Denied => "denied",
            Self::KeyMissing => "key_missing",
            Self::KeyState => "key_state",
            Self::Paused => "paused",
            Self::Protocol => "protocol",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed_out",
            Self::Unavailable => "unavailable",
        }
    }

    /// Whether it is the key service's word that the root key may not be used.
    pub(crate) const fn closes(self) -> bool {
        matches!(self, Self::Denied | Self::KeyMissing | Self::KeyState)
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Credentials => "the API key gives no token",
            Self::Denied => "the key service denies this to the API key's identity",
            Self::KeyMissing => "the root key does not exist",
            Self::KeyState => "the root key is not active",
            Self::Paused => "the key service failed lately and is left alone for a moment",
            Self::Protocol => "the key service's answer makes no sense",
            Self::Refused => {
                "the root key does not open this: it is altered, or of another cluster, provider \
                 or root key"
            }
            Self::Throttled => "the key service takes no more calls for now",
            Self::TimedOut => "the key service does not answer in time",
            Self::Unavailable => "the key service cannot be reached",
        }
    }

    const fn grpc(self) -> Code {
        match self {
            Self::Credentials => Code::Unauthenticated,
            Self::Denied => Code::PermissionDenied,
            Self::KeyMissing | Self::KeyState => Code::FailedPrecondition,
            Self::Paused | Self::Unavailable => Code::Unavailable,
            Self::Protocol => Code::Internal,
            Self::Refused => Code::InvalidArgument,
            Self::Throttled => Code::ResourceExhausted,
            Self::TimedOut => Code::DeadlineExceeded,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.sentence())?;
        if self.detail.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.detail)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind.grpc(), failure.to_string())
    }
}

impl From<tsutsumi::Error> for Failure {
    fn from(error: tsutsumi::Error) -> Self {
        Self::new(Kind::Protocol, error.to_string())
    }
}

/// The code of the first reason, if it looks like one; nothing else of an answer is shown.
fn code(body: &[u8]) -> Option<String> {
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    let code = refusal
        .resources
        .into_iter()
        .next()?
        .reasons
        .into_iter()
        .next()?
        .code;
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (code.len() <= CODE_LEN_MAX && code.bytes().all(plain)).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_shows_its_status_and_code_and_nothing_else() {
        let body = br#"{"resources":[{"errorMsg":"x y","reasons":[{"code":"KEY_DELETED_ERR"}]}]}"#;
        let failure = Failure::of_answer(StatusCode::GONE, body);
        assert_eq!(failure.kind(), Kind::KeyMissing);
        assert_eq!(
            failure.to_string(),
            "the root key does not exist (status 410, KEY_DELETED_ERR)"
        );
        assert!(failure.has_code("KEY_DELETED_ERR"));
        let odd = br#"{"resources":[{"reasons":[{"code":"plain text AAAA"}]}]}"#;
        let failure = Failure::of_answer(StatusCode::BAD_GATEWAY, odd);
        assert!(failure.to_string().ends_with("(status 502)"));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, passing) in [
            (400, false),
            (401, false),
            (404, false),
            (409, false),
            (408, true),
            (429, true),
            (500, true),
            (503, true),
            (302, false),
        ] {
            let failure = Failure::of_answer(StatusCode::from_u16(status).unwrap(), b"");
            assert_eq!(failure.is_passing(), passing, "{status}");
        }
    }
}
