//! Algorithm suites: which cipher, which key derivation, and what vouches for the message.

use crate::error::{Error, Problem};

/// A suite of the AWS Encryption SDK.
///
/// The two that commit to their key belong to message version 2; the others are read, on demand, in
/// messages of version 1.
///
/// # Source
/// AWS Encryption SDK specification, "Algorithm Suites".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
#[non_exhaustive]
pub enum Suite {
    /// AES-128-GCM under the data key itself.
    Aes128 = 0x0014,
    /// AES-192-GCM under the data key itself.
    Aes192 = 0x0046,
    /// AES-256-GCM under the data key itself.
    Aes256 = 0x0078,
    /// AES-128-GCM, HKDF-SHA-256.
    Aes128Derived = 0x0114,
    /// AES-192-GCM, HKDF-SHA-256.
    Aes192Derived = 0x0146,
    /// AES-256-GCM, HKDF-SHA-256.
    Aes256Derived = 0x0178,
    /// AES-128-GCM, HKDF-SHA-256, signed with ECDSA over P-256.
    Aes128Signed = 0x0214,
    /// AES-192-GCM, HKDF-SHA-384, signed with ECDSA over P-384.
    Aes192Signed = 0x0346,
    /// AES-256-GCM, HKDF-SHA-384, signed with ECDSA over P-384.
    Aes256Signed = 0x0378,
    /// AES-256-GCM, HKDF-SHA-512, key commitment. The one that is written.
    Committing = 0x0478,
    /// The same, signed with ECDSA over P-384.
    CommittingSigned = 0x0578,
}

/// A curve for signatures, with the hash that goes with it: SHA-256 or SHA-384.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
}

impl Suite {
    /// Every suite, by number.
    pub const ALL: [Self; 11] = [
        Self::Aes128,
        Self::Aes192,
        Self::Aes256,
        Self::Aes128Derived,
        Self::Aes192Derived,
        Self::Aes256Derived,
        Self::Aes128Signed,
        Self::Aes192Signed,
        Self::Aes256Signed,
        Self::Committing,
        Self::CommittingSigned,
    ];

    /// The number that stands in a message.
    #[must_use]
    pub const fn id(self) -> u16 {
        self as u16
    }

    /// Its name in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128 => "AES-128-GCM",
            Self::Aes192 => "AES-192-GCM",
            Self::Aes256 => "AES-256-GCM",
            Self::Aes128Derived => "AES-128-GCM, HKDF-SHA-256",
            Self::Aes192Derived => "AES-192-GCM, HKDF-SHA-256",
            Self::Aes256Derived => "AES-256-GCM, HKDF-SHA-256",
            Self::Aes128Signed => "AES-128-GCM, HKDF-SHA-256, ECDSA P-256",
            Self::Aes192Signed => "AES-192-GCM, HKDF-SHA-384, ECDSA P-384",
            Self::Aes256Signed => "AES-256-GCM, HKDF-SHA-384, ECDSA P-384",
            Self::Committing => "AES-256-GCM, HKDF-SHA-512, key commitment",
            Self::CommittingSigned => "AES-256-GCM, HKDF-SHA-512, key commitment, ECDSA P-384",
        }
    }

    /// Whether a message of this suite says to which key it belongs. Where none does, a message can
    /// be made that opens to two plaintexts under two keys.
    #[must_use]
    pub const fn commits(self) -> bool {
        matches!(self, Self::Committing | Self::CommittingSigned)
    }

    /// Whether a message has a key of its own, derived from the data key and the message id.
    #[must_use]
    pub const fn derives(self) -> bool {
        !matches!(self, Self::Aes128 | Self::Aes192 | Self::Aes256)
    }

    /// Whether a signature ends the message.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        self.curve().is_some()
    }

    /// Bytes of its data key, and of the key of its cipher.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes128Derived | Self::Aes128Signed => 16,
            Self::Aes192 | Self::Aes192Derived | Self::Aes192Signed => 24,
            _ => 32,
        }
    }

    /// The version of messages that it belongs to.
    #[must_use]
    pub const fn version(self) -> u8 {
        if self.commits() { 2 } else { 1 }
    }

    pub(crate) const fn curve(self) -> Option<Curve> {
        match self {
            Self::Aes128Signed => Some(Curve::P256),
            Self::Aes192Signed | Self::Aes256Signed | Self::CommittingSigned => Some(Curve::P384),
            _ => None,
        }
    }

    pub(crate) fn from_id(id: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.id() == id)
    }
}

/// Which suites a reader takes: whether a message has to commit to its key.
///
/// # Example
/// ```
/// use tsutsumi::message::{Commitment, Suite};
///
/// assert!(Commitment::default().check(Suite::Committing).is_ok());
/// assert!(Commitment::default().check(Suite::Aes256Signed).is_err());
/// assert!(Commitment::AllowUncommitted.check(Suite::Aes256Signed).is_ok());
/// assert!(Commitment::AllowUncommitted.check(Suite::Aes256).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Commitment {
    /// Only suites that commit to their key.
    #[default]
    Required,
    /// Also those of version 1 that derive a key for each message. Whoever writes such a message
    /// can make it open to one plaintext for one reader and to another for another.
    AllowUncommitted,
    /// Also those of version 1 that use the data key as it is.
    AllowUncommittedAndUnderived,
}

impl Commitment {
    /// Checks a suite.
    ///
    /// # Errors
    /// `ERR_POLICY_SUITE` if it is not taken.
    pub fn check(self, suite: Suite) -> Result<(), Error> {
        match self {
            _ if suite.commits() => Ok(()),
            // spec: M-50
            Self::Required => Err(Problem::SuiteUncommitted.into()),
            // spec: M-51
            Self::AllowUncommitted if !suite.derives() => Err(Problem::SuiteUnderived.into()),
            Self::AllowUncommitted | Self::AllowUncommittedAndUnderived => Ok(()),
        }
    }
}
