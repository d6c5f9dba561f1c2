//! Algorithm suites of message version 2.

/// The suites that commit to their key, the only ones read and written here.
///
/// # Source
/// AWS Encryption SDK specification, "Algorithm Suites".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
#[non_exhaustive]
pub enum Suite {
    /// AES-256-GCM, HKDF-SHA-512, key commitment. The one that is written.
    Committing = 0x0478,
    /// The same, signed with ECDSA over P-384.
    CommittingSigned = 0x0578,
}

impl Suite {
    /// The number that stands in a message.
    #[must_use]
    pub const fn id(self) -> u16 {
        self as u16
    }

    /// Its name in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Committing => "AES-256-GCM, HKDF-SHA-512, key commitment",
            Self::CommittingSigned => "AES-256-GCM, HKDF-SHA-512, key commitment, ECDSA P-384",
        }
    }

    /// Whether a signature ends the message.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::CommittingSigned)
    }

    pub(crate) const fn from_id(id: u16) -> Option<Self> {
        match id {
            0x0478 => Some(Self::Committing),
            0x0578 => Some(Self::CommittingSigned),
            _ => None,
        }
    }
}

/// The suites of message version 1, none of which commits to its key.
pub(crate) const fn is_uncommitted(id: u16) -> bool {
    matches!(
        id,
        0x0014 | 0x0046 | 0x0078 | 0x0114 | 0x0146 | 0x0178 | 0x0214 | 0x0346 | 0x0378
    )
}
