//! Records in Tink's framing.

use super::check_len;
use crate::aead::{NONCE_LEN, OpeningGcm, TAG_LEN, Xaes256Gcm, open_behind};
use crate::error::{Error, Problem};
use crate::pool::draw;
use crate::secret::{Secret, SecretBytes};

/// Nonces drawn at a time where many are needed: one call of the platform costs more than sealing a
/// short record.
const NONCES_DRAWN: usize = 64;

/// Random nonces for the records of one call. What is left over is wiped with the call.
pub(crate) struct Nonces {
    drawn: SecretBytes,
    left: usize,
}

impl Nonces {
    /// For a call that seals about `count` records.
    pub(crate) fn new(count: usize) -> Self {
        let mut drawn = SecretBytes::new();
        drawn.resize(count.clamp(1, NONCES_DRAWN) * Xaes256Gcm::NONCE_LEN);
        Self { drawn, left: 0 }
    }

    fn next(&mut self) -> Result<[u8; Xaes256Gcm::NONCE_LEN], Error> {
        if self.left == 0 {
            draw(self.drawn.as_mut_bytes())?;
            self.left = self.drawn.len() / Xaes256Gcm::NONCE_LEN;
        }
        self.left -= 1;
        let mut nonce = [0; Xaes256Gcm::NONCE_LEN];
        let start = self.left * Xaes256Gcm::NONCE_LEN;
        nonce.copy_from_slice(&self.drawn.as_bytes()[start..start + Xaes256Gcm::NONCE_LEN]);
        Ok(nonce)
    }
}

/// The cipher of one key of a table.
pub(crate) enum RecordCipher {
    /// AES-GCM with a random 96-bit nonce: good for 2³² records, and so only for opening.
    Gcm(OpeningGcm),
    /// XAES-256-GCM; the first `salt_len` bytes of the nonce's first half are there, the rest zero.
    Xaes { cipher: Xaes256Gcm, salt_len: usize },
}

impl RecordCipher {
    pub(crate) fn xaes(key: &Secret<32>, salt_len: usize) -> Self {
        Self::Xaes {
            cipher: Xaes256Gcm::new(key),
            salt_len,
        }
    }

    /// Appends a record of the value.
    pub(crate) fn seal(
        &self,
        nonces: &mut Nonces,
        prefix: &[u8],
        aad: &[u8],
        value: &[u8],
        record: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let Self::Xaes { cipher, salt_len } = self else {
            // spec: T-9
            return Err(Problem::TableKeyOpensOnly.into());
        };
        check_len(value)?;
        // spec: R-1
        let mut nonce = nonces.next()?;
        nonce[*salt_len..Xaes256Gcm::SALT_LEN].fill(0);
        // Room for all of it now: if the vector moved later, plaintext would stay behind.
        record.reserve(prefix.len() + value.len() + Xaes256Gcm::OVERHEAD);
        record.extend_from_slice(prefix);
        record.extend_from_slice(&nonce[..*salt_len]);
        record.extend_from_slice(&nonce[Xaes256Gcm::SALT_LEN..]);
        cipher.seal_to(&nonce, aad, value, record)
    }

    /// Appends the value of a record without its prefix.
    pub(crate) fn open(
        &self,
        aad: &[u8],
        record: &[u8],
        value: &mut SecretBytes,
    ) -> Result<(), Error> {
        let nonce_len = match self {
            Self::Gcm(_) => NONCE_LEN,
            Self::Xaes { salt_len, .. } => salt_len + NONCE_LEN,
        };
        let short = Error::from(Problem::RecordTruncated);
        // spec: R-4
        let (head, rest) = record.split_at_checked(nonce_len).ok_or(short)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(short)?;
        check_len(ciphertext)?;
        // spec: R-5
        match self {
            Self::Gcm(cipher) => {
                let mut nonce = [0; NONCE_LEN];
                nonce.copy_from_slice(head);
                open_behind(value, ciphertext, |buffer| {
                    cipher.open(&nonce, aad, buffer, tag)
                })
            }
            Self::Xaes { cipher, salt_len } => {
                let mut nonce = [0; Xaes256Gcm::NONCE_LEN];
                nonce[..*salt_len].copy_from_slice(&head[..*salt_len]);
                nonce[Xaes256Gcm::SALT_LEN..].copy_from_slice(&head[*salt_len..]);
                cipher.open_to(&nonce, aad, ciphertext, tag, value)
            }
        }
    }
}
