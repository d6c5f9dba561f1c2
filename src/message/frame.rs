//! What a frame looks like, and what is authenticated with it.

use crate::aead::{NONCE_LEN, OpeningGcm, TAG_LEN};
use crate::error::{Error, Problem};
use crate::secret::SecretBytes;

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

/// Opens a frame, or a body in one piece, whose sequence number and length were found in order, and
/// appends its plaintext; nothing is appended if it was altered.
///
/// # Arguments
/// * `unit` - all bytes of it, from sequence number or mark to tag.
pub(crate) fn open(
    cipher: &OpeningGcm,
    message_id: &[u8],
    (kind, sequence): (Kind, u32),
    unit: &[u8],
    plaintext: &mut SecretBytes,
) -> Result<(), Error> {
    let (prefix_len, length_len) = match kind {
        Kind::Regular => (4, 0),
        Kind::Final => (8, 4),
        Kind::Single => (0, 8),
    };
    // The nonce is the one in the frame: other writers need not count as this one does.
    // spec: M-21
    let (nonce, rest) = unit
        .get(prefix_len..)
        .and_then(<[u8]>::split_first_chunk::<NONCE_LEN>)
        .ok_or(Problem::Boundary)?;
    let (ciphertext, tag) = rest
        .get(length_len..)
        .and_then(<[u8]>::split_last_chunk::<TAG_LEN>)
        .ok_or(Problem::Boundary)?;
    let aad = aad(message_id, kind, sequence, ciphertext.len() as u64);
    let start = plaintext.len();
    plaintext.extend_from_slice(ciphertext);
    let frame = &mut plaintext.as_mut_bytes()[start..];
    // spec: M-27
    cipher
        .open(nonce, &aad, frame, tag)
        .inspect_err(|_| plaintext.resize(start))
}

/// The nonce that writers use for a frame: its sequence number.
// spec: M-20
pub(crate) fn nonce(sequence: u32) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - 4..].copy_from_slice(&sequence.to_be_bytes());
    nonce
}
