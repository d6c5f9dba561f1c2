//! A slot: one wrapped copy of a data key, and who wrapped it.

use super::reader::{Reader, Stop};
use crate::context::push_len;
use crate::error::{Error, Problem};

/// One wrapped copy of the data key ("encrypted data key" in the specification).
///
/// # Source
/// AWS Encryption SDK specification, "Encrypted Data Key Entries".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slot {
    /// Who wrapped it, such as `ibm-key-protect`.
    pub provider: String,
    /// What the provider needs to find its key, such as the root key's CRN.
    pub info: Vec<u8>,
    /// The wrapped data key as the provider returned it.
    pub ciphertext: Vec<u8>,
}

impl Slot {
    /// Makes a slot out of its three parts.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` if a part is longer than 65,535 bytes or the provider is empty.
    pub fn new(
        provider: impl Into<String>,
        info: impl Into<Vec<u8>>,
        ciphertext: impl Into<Vec<u8>>,
    ) -> Result<Self, Error> {
        let (provider, info, ciphertext) = (provider.into(), info.into(), ciphertext.into());
        let longest = provider.len().max(info.len()).max(ciphertext.len());
        if provider.is_empty() || longest > usize::from(u16::MAX) {
            return Err(Problem::NameInvalid.into());
        }
        Ok(Self {
            provider,
            info,
            ciphertext,
        })
    }

    /// Appends the three parts, each behind its length.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        for part in [self.provider.as_bytes(), &self.info, &self.ciphertext] {
            push_len(bytes, part.len());
            bytes.extend_from_slice(part);
        }
    }

    /// Reads one slot out of a header.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Stop> {
        let provider = reader.prefixed()?;
        // spec: M-8
        let Ok(provider) = core::str::from_utf8(provider) else {
            return Err(reader.bad(Problem::SlotMalformed));
        };
        let provider = provider.to_owned();
        let info = reader.prefixed()?.to_vec();
        Ok(Self {
            provider,
            info,
            ciphertext: reader.prefixed()?.to_vec(),
        })
    }

    /// Reads a whole list of slots, such as crosses the wasm boundary.
    #[cfg(all(target_arch = "wasm32", feature = "bindings"))]
    pub(crate) fn read_all(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let mut reader = Reader::new(bytes);
        let mut slots = Vec::new();
        while reader.taken().len() < bytes.len() {
            slots.push(Self::read(&mut reader).map_err(|stop| stop.or(Problem::SlotMalformed))?);
        }
        Ok(slots)
    }
}
