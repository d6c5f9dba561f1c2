//! What a cipher outside of the core needs to seal or open whole chunks, and the way back.

use super::layout::CHUNKS_MAX;
use super::open::ObjectOpener;
use super::range::RangeOpener;
use super::seal::ObjectSealer;
use crate::error::{Error, Problem};
use crate::secret::SecretBytes;

impl ObjectSealer {
    /// Appends key, nonce of the first chunk, index of the next one, and the plaintext held, which
    /// is held no longer.
    pub(crate) fn lift(&mut self, output: &mut SecretBytes) {
        self.committed.lift(output);
        output.extend_from_slice(&self.index.to_be_bytes());
        let held = core::mem::take(&mut self.pending);
        output.extend_from_slice(held.as_bytes());
    }

    /// Counts chunks that were sealed elsewhere.
    pub(crate) fn skip(&mut self, chunks: u64) -> Result<(), Error> {
        self.index = counted(self.index, chunks)?;
        Ok(())
    }
}

impl ObjectOpener {
    /// As [`ObjectSealer::lift`], with the bytes of the chunk that has begun to arrive.
    pub(crate) fn lift(&mut self, output: &mut SecretBytes) {
        self.committed.lift(output);
        output.extend_from_slice(&self.index.to_be_bytes());
        output.extend_from_slice(&self.pending);
        self.pending.clear();
    }

    /// Counts chunks that were opened elsewhere.
    pub(crate) fn skip(&mut self, chunks: u64) -> Result<(), Error> {
        self.index = counted(self.index, chunks)?;
        Ok(())
    }
}

impl RangeOpener {
    /// Appends key and nonce of the first chunk.
    pub(crate) fn lift(&self, output: &mut SecretBytes) {
        self.committed.lift(output);
    }
}

fn counted(index: u64, chunks: u64) -> Result<u64, Error> {
    let next = index.checked_add(chunks).filter(|&next| next <= CHUNKS_MAX);
    next.ok_or_else(|| Problem::ObjectTooLong.into())
}

#[cfg(test)]
mod tests {
    use super::super::layout::{CHUNK_LEN, SEALED_CHUNK_LEN};
    use super::*;
    use crate::aead::Gcm;
    use crate::key::DataKey;
    use crate::secret::Secret;

    fn cipher(output: &SecretBytes, index: u64) -> (Gcm, [u8; 12]) {
        let bytes = output.as_bytes();
        let mut nonce: [u8; 12] = bytes[32..44].try_into().unwrap();
        for (byte, index) in nonce[4..].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= index;
        }
        (Gcm::new(&Secret::from_slice(&bytes[..32]).unwrap()), nonce)
    }

    /// The second of three chunks is sealed, and then opened, outside.
    #[test]
    fn a_chunk_is_the_same_wherever_it_is_made() {
        let key = DataKey::generate().unwrap();
        let plaintext: Vec<u8> = (0..=255).cycle().take(2 * CHUNK_LEN + 5).collect();
        let mut sealer = ObjectSealer::new(&key, b"").unwrap();
        let mut object = sealer.header().to_vec();
        sealer
            .push(&plaintext[..CHUNK_LEN + 3], &mut object)
            .unwrap();
        let mut output = SecretBytes::new();
        sealer.lift(&mut output);
        assert_eq!(output.as_bytes()[44..52], 1_u64.to_be_bytes());
        assert_eq!(output.as_bytes()[52..], plaintext[CHUNK_LEN..CHUNK_LEN + 3]);
        let (gcm, nonce) = cipher(&output, 1);
        let mut chunk = plaintext[CHUNK_LEN..2 * CHUNK_LEN].to_vec();
        let tag = gcm.seal(&nonce, b"", &mut chunk).unwrap();
        object.extend_from_slice(&[&chunk[..], &tag].concat());
        sealer.skip(1).unwrap();
        sealer
            .push(&plaintext[2 * CHUNK_LEN..], &mut object)
            .unwrap();
        sealer.finish(&mut object).unwrap();

        let (header, body) = object.split_first_chunk().unwrap();
        let mut opener = ObjectOpener::new(&key, b"", header).unwrap();
        let mut opened = SecretBytes::new();
        opener
            .push(&body[..SEALED_CHUNK_LEN + 3], &mut opened)
            .unwrap();
        let mut output = SecretBytes::new();
        opener.lift(&mut output);
        assert_eq!(
            output.as_bytes()[52..],
            body[SEALED_CHUNK_LEN..SEALED_CHUNK_LEN + 3]
        );
        opened.extend_from_slice(&plaintext[CHUNK_LEN..2 * CHUNK_LEN]);
        opener.skip(1).unwrap();
        opener
            .push(&body[2 * SEALED_CHUNK_LEN..], &mut opened)
            .unwrap();
        opener.finish(&mut opened).unwrap();
        assert_eq!(opened.as_bytes(), plaintext);

        let layout = super::super::Layout::of(object.len() as u64).unwrap();
        let ranges = RangeOpener::new(&key, b"", header, layout).unwrap();
        let mut again = SecretBytes::new();
        ranges.lift(&mut again);
        assert_eq!(again.as_bytes(), &output.as_bytes()[..44]);
    }

    #[test]
    fn counts_end_where_indices_end() {
        let key = DataKey::generate().unwrap();
        let mut sealer = ObjectSealer::new(&key, b"").unwrap();
        let mut opener = ObjectOpener::new(&key, b"", sealer.header()).unwrap();
        sealer.skip(CHUNKS_MAX).unwrap();
        assert_eq!(
            sealer.skip(1).unwrap_err().problem(),
            Problem::ObjectTooLong
        );
        opener.skip(CHUNKS_MAX).unwrap();
        assert_eq!(
            opener.skip(u64::MAX).unwrap_err().problem(),
            Problem::ObjectTooLong
        );
    }
}
