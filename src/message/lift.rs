//! What a cipher outside of the core needs to seal or open regular frames, and the way back.
//!
//! The platform's AES works where the core's own would be slower. It gets the key of the message
//! and the place of the next frame; what is not a regular frame in its place comes back here, so
//! that every rule of the format stands in one place.

use super::frame::{Kind, REGULAR_OVERHEAD, aad};
use super::header::Content;
use super::open::Opener;
use super::seal::Sealer;
use crate::error::{Error, Problem};
use crate::secret::SecretBytes;

impl Sealer {
    /// Appends key, frame length, sequence number, associated data of the next frame if it is a
    /// regular one and if it is the final one, and the plaintext held, which is held no longer.
    pub(crate) fn lift(&mut self, output: &mut SecretBytes) {
        let id = &self.header.message_id;
        write(
            output,
            self.committed.key().as_bytes(),
            (self.frame_len, self.sequence),
            id,
        );
        let held = core::mem::take(&mut self.pending);
        output.extend_from_slice(held.as_bytes());
    }

    /// Counts frames that were sealed elsewhere.
    pub(crate) fn skip(&mut self, frames: u32) -> Result<(), Error> {
        let next = self.sequence.checked_add(frames);
        self.sequence = next.ok_or(Problem::MessageTooLong)?;
        Ok(())
    }
}

impl Opener {
    /// As [`Sealer::lift`], with the bytes of the frame that has begun to arrive; appends nothing
    /// if not all frames that follow may be opened elsewhere.
    pub(crate) fn lift(&mut self, output: &mut SecretBytes) {
        let (Some(key), None, Content::Framed { frame_len }, true) =
            (&self.key, &self.signature, self.content, self.is_in_body())
        else {
            return;
        };
        let place = (frame_len as usize, self.sequence);
        write(output, key.as_bytes(), place, &self.message_id);
        output.extend_from_slice(&self.pending);
        self.pending.clear();
    }

    /// Counts frames that were opened elsewhere.
    ///
    /// # Arguments
    /// * `last` - all bytes of the final frame, if that was opened too; 0 if not.
    pub(crate) fn skip(&mut self, frames: u32, last: usize) -> Result<(), Error> {
        let Content::Framed { frame_len } = self.content else {
            return Err(Problem::Boundary.into());
        };
        let next = self.sequence.checked_add(frames);
        self.sequence = next.ok_or(Problem::FramesTooMany)?;
        let len = (frames as usize).wrapping_mul(frame_len as usize + REGULAR_OVERHEAD);
        self.position = self.position.wrapping_add(len).wrapping_add(last);
        if last > 0 {
            self.end();
        }
        Ok(())
    }
}

fn write(output: &mut SecretBytes, key: &[u8; 32], (frame_len, sequence): (usize, u32), id: &[u8]) {
    output.extend_from_slice(key);
    // INVARIANT: a frame is at most as long as a reader's default limit allows.
    #[expect(clippy::cast_possible_truncation, reason = "under 2³²")]
    output.extend_from_slice(&(frame_len as u32).to_be_bytes());
    output.extend_from_slice(&sequence.to_be_bytes());
    for kind in [Kind::Regular, Kind::Final] {
        output.extend_from_slice(&aad(id, kind, sequence, frame_len as u64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aead::Gcm;
    use crate::context::Context;
    use crate::key::DataKey;
    use crate::message::frame::nonce;
    use crate::message::{Header, Limits, Slot};
    use crate::secret::Secret;

    const FRAME: usize = 100;

    struct Lifted {
        cipher: Gcm,
        sequence: u32,
        aad: Vec<u8>,
        last_aad: Vec<u8>,
        held: Vec<u8>,
    }

    fn lifted(output: &SecretBytes) -> Lifted {
        let bytes = output.as_bytes();
        assert_eq!(bytes[32..36], (FRAME as u32).to_be_bytes());
        Lifted {
            cipher: Gcm::new(&Secret::from_slice(&bytes[..32]).unwrap()),
            sequence: u32::from_be_bytes(bytes[36..40].try_into().unwrap()),
            aad: bytes[40..112].to_vec(),
            last_aad: bytes[112..190].to_vec(),
            held: bytes[190..].to_vec(),
        }
    }

    fn sealer() -> (DataKey, Sealer) {
        let key = DataKey::generate().unwrap();
        let slot = Slot::new("example", "key 1", "wrapped").unwrap();
        let context = Context::default();
        let sealer = Sealer::with_frame_len(&key, &context, &[slot], FRAME as u32).unwrap();
        (key, sealer)
    }

    /// Seals the second of four frames outside, and opens the message inside.
    #[test]
    fn a_frame_sealed_outside_is_a_frame() {
        let plaintext: Vec<u8> = (0..=255).cycle().take(3 * FRAME + 7).collect();
        let (key, mut sealer) = sealer();
        let mut message = sealer.header().to_vec();
        sealer.push(&plaintext[..FRAME + 30], &mut message).unwrap();

        let mut output = SecretBytes::new();
        sealer.lift(&mut output);
        let Lifted {
            cipher,
            sequence,
            aad,
            held,
            ..
        } = lifted(&output);
        assert_eq!((sequence, &held[..]), (2, &plaintext[FRAME..FRAME + 30]));
        message.extend_from_slice(&sequence.to_be_bytes());
        message.extend_from_slice(&nonce(sequence));
        let mut frame = plaintext[FRAME..2 * FRAME].to_vec();
        let tag = cipher.seal(&nonce(sequence), &aad, &mut frame).unwrap();
        message.extend_from_slice(&frame);
        message.extend_from_slice(&tag);

        sealer.skip(1).unwrap();
        sealer.push(&plaintext[2 * FRAME..], &mut message).unwrap();
        sealer.finish(&mut message).unwrap();
        let header = Header::read_whole(&message, &Limits::default()).unwrap();
        let mut opener = Opener::new(&header, &key).unwrap();
        let mut opened = SecretBytes::new();
        opener
            .push(&message[header.encoded_len()..], &mut opened)
            .unwrap();
        opener.finish().unwrap();
        assert_eq!(opened.as_bytes(), plaintext);
    }

    /// Opens the second of three frames outside; what comes after it stays where it stands.
    #[test]
    fn an_opener_goes_on_behind_what_was_opened_outside() {
        let plaintext: Vec<u8> = (0..=255).cycle().take(2 * FRAME + 7).collect();
        let (key, mut sealer) = sealer();
        let mut message = sealer.header().to_vec();
        sealer.push(&plaintext, &mut message).unwrap();
        sealer.finish(&mut message).unwrap();
        let header = Header::read_whole(&message, &Limits::default()).unwrap();
        let mut opener = Opener::new(&header, &key).unwrap();
        let body = &message[header.encoded_len()..];
        let unit = FRAME + REGULAR_OVERHEAD;
        let mut opened = SecretBytes::new();
        opener.push(&body[..unit + 9], &mut opened).unwrap();

        let mut output = SecretBytes::new();
        opener.lift(&mut output);
        let Lifted {
            cipher,
            sequence,
            aad,
            held,
            ..
        } = lifted(&output);
        assert_eq!((sequence, &held[..]), (2, &body[unit..unit + 9]));
        let mut frame = body[unit + 16..2 * unit - 16].to_vec();
        let tag = body[2 * unit - 16..2 * unit].try_into().unwrap();
        cipher
            .open(&nonce(sequence), &aad, &mut frame, tag)
            .unwrap();
        opened.extend_from_slice(&frame);

        opener.skip(1, 0).unwrap();
        opener.push(&body[2 * unit..], &mut opened).unwrap();
        opener.finish().unwrap();
        assert_eq!(opened.as_bytes(), plaintext);
    }

    /// Opens the one frame of a message outside; whatever follows that is refused inside.
    #[test]
    fn an_opener_is_at_its_end_when_the_final_frame_was_opened_outside() {
        let (key, mut sealer) = sealer();
        let mut message = sealer.header().to_vec();
        sealer.push(&[7; FRAME], &mut message).unwrap();
        sealer.finish(&mut message).unwrap();
        let header = Header::read_whole(&message, &Limits::default()).unwrap();
        let body = &message[header.encoded_len()..];
        for extra in [0, 1] {
            let mut opener = Opener::new(&header, &key).unwrap();
            let mut output = SecretBytes::new();
            opener.lift(&mut output);
            let Lifted {
                cipher,
                sequence,
                last_aad,
                ..
            } = lifted(&output);
            let (mut frame, tag) = (body[24..24 + FRAME].to_vec(), &body[24 + FRAME..]);
            let tag = tag.try_into().unwrap();
            cipher
                .open(&nonce(sequence), &last_aad, &mut frame, tag)
                .unwrap();
            assert_eq!(frame, [7; FRAME]);
            opener.skip(0, body.len()).unwrap();
            let pushed = opener.push(&body[..extra], &mut SecretBytes::new());
            let at_end = Error::at(Problem::TrailingBytes, message.len());
            assert_eq!(pushed.err(), (extra > 0).then_some(at_end));
            assert_eq!(opener.finish().is_ok(), extra == 0);
        }
    }

    #[test]
    fn counts_end_where_sequence_numbers_end() {
        let (key, mut sealer) = sealer();
        sealer.skip(u32::MAX - 1).unwrap();
        assert_eq!(
            sealer.skip(1).unwrap_err().problem(),
            Problem::MessageTooLong
        );
        let header = Header::read_whole(sealer.header(), &Limits::default()).unwrap();
        let mut opener = Opener::new(&header, &key).unwrap();
        opener.skip(u32::MAX - 1, 0).unwrap();
        assert_eq!(
            opener.skip(1, 0).unwrap_err().problem(),
            Problem::FramesTooMany
        );
    }

    #[test]
    fn an_opener_that_failed_gives_nothing_away() {
        let (key, sealer) = sealer();
        let header = Header::read_whole(sealer.header(), &Limits::default()).unwrap();
        let mut opener = Opener::new(&header, &key).unwrap();
        opener
            .push(&[9; FRAME], &mut SecretBytes::new())
            .unwrap_err();
        let mut output = SecretBytes::new();
        opener.lift(&mut output);
        assert!(output.is_empty());
    }
}
