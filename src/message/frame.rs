//! What a frame looks like, and what is authenticated with it.

use crate::aead::{NONCE_LEN, TAG_LEN};

/// Stands where the sequence number of a regular frame would, in front of the final frame.
pub(crate) const FINAL_MARK: [u8; 4] = [0xFF; 4];

/// Sequence number, nonce and tag.
pub(crate) const REGULAR_OVERHEAD: usize = 4 + NONCE_LEN + TAG_LEN;

/// The same, with the mark and the length.
pub(crate) const FINAL_OVERHEAD: usize = 4 + REGULAR_OVERHEAD + 4;

/// Which kind of content a tag speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Regular,
    Final,
    /// A body in one piece, which other writers may make and which is only read here.
    Single,
}

impl Kind {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Regular => b"AWSKMSEncryptionClient Frame",
            Self::Final => b"AWSKMSEncryptionClient Final Frame",
            Self::Single => b"AWSKMSEncryptionClient Single Block",
        }
    }
}

/// What a frame's tag authenticates: the message, the kind, the position and the length.
pub(crate) fn aad(message_id: &[u8], kind: Kind, sequence: u32, len: u64) -> Vec<u8> {
    [
        message_id,
        kind.label(),
        &sequence.to_be_bytes(),
        &len.to_be_bytes(),
    ]
    .concat()
}

/// The nonce that writers use for a frame: its sequence number.
// spec: M-20
pub(crate) fn nonce(sequence: u32) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - 4..].copy_from_slice(&sequence.to_be_bytes());
    nonce
}
