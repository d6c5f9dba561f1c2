//! What a cipher outside of the core needs to seal or open regular frames, and the way back.
//!
//! The platform's AES works where the core's own would be slower. It gets the key of the message
//! and the place of the next frame; what is not a regular frame in its place comes back here, so
//! that every rule of the format stands in one place.

use super::frame::REGULAR_OVERHEAD;
use super::header::Content;
use super::open::Opener;
use super::seal::Sealer;
use crate::secret::{Secret, SecretBytes};

impl Sealer {
    /// Counts frames that were sealed elsewhere. Then appends key, frame length, sequence number,
    /// message id, and the plaintext held, which is held no longer.
    pub(crate) fn lift(&mut self, frames: u32, output: &mut SecretBytes) {
        self.sequence = self.sequence.saturating_add(frames);
        let place = [self.frame_len, self.sequence as usize];
        let key = self.committed.key();
        write(
            output,
            key,
            place,
            &self.header.message_id,
            self.pending.as_bytes(),
        );
        self.pending.clear();
    }
}

impl Opener {
    /// As [`Sealer::lift`], with the bytes of the frame that has begun to arrive; appends nothing
    /// if not all frames that follow may be opened elsewhere.
    ///
    /// # Arguments
    /// * `last` - all bytes of the final frame, if that was opened too; 0 if not.
    pub(crate) fn lift(&mut self, frames: u32, last: usize, output: &mut SecretBytes) {
        let (Some(key), None, Content::Framed { frame_len }, true) =
            (&self.key, &self.signature, self.content, self.is_in_body())
        else {
            return;
        };
        let len = (frames as usize).wrapping_mul(frame_len as usize + REGULAR_OVERHEAD);
        self.position = self.position.wrapping_add(len).wrapping_add(last);
        self.sequence = self.sequence.saturating_add(frames);
        let place = [frame_len as usize, self.sequence as usize];
        write(output, key, place, &self.message_id, &self.pending);
        self.pending.clear();
        if last > 0 {
            self.end();
        }
    }
}

fn write(output: &mut SecretBytes, key: &Secret<32>, place: [usize; 2], id: &[u8], held: &[u8]) {
    output.extend_from_slice(key.as_bytes());
    for number in place {
        // INVARIANT: a frame is at most as long as a reader's default limit allows.
        #[expect(clippy::cast_possible_truncation, reason = "both are under 2³²")]
        output.extend_from_slice(&(number as u32).to_be_bytes());
    }
    output.extend_from_slice(id);
    output.extend_from_slice(held);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aead::Gcm;
    use crate::context::Context;
    use crate::error::{Error, Problem};
    use crate::key::DataKey;
    use crate::message::frame::{Kind, aad, nonce};
    use crate::message::{Header, Limits, Slot};

    const FRAME_LEN: u32 = 100;
    const FRAME: usize = FRAME_LEN as usize;

    struct Lifted {
        cipher: Gcm,
        sequence: u32,
        id: Vec<u8>,
        held: Vec<u8>,
    }

    fn lifted(output: &SecretBytes) -> Lifted {
        let bytes = output.as_bytes();
        assert_eq!(bytes[32..36], FRAME_LEN.to_be_bytes());
        Lifted {
            cipher: Gcm::new(&Secret::from_slice(&bytes[..32]).unwrap()),
            sequence: u32::from_be_bytes(bytes[36..40].try_into().unwrap()),
            id: bytes[40..72].to_vec(),
            held: bytes[72..].to_vec(),
        }
    }

    fn sealer() -> (DataKey, Sealer) {
        let key = DataKey::generate().unwrap();
        let slot = Slot::new("example", "key 1", "wrapped").unwrap();
        let context = Context::default();
        let sealer = Sealer::with_frame_len(&key, &context, &[slot], FRAME_LEN).unwrap();
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
        sealer.lift(0, &mut output);
        let Lifted {
            cipher,
            sequence,
            id,
            held,
        } = lifted(&output);
        let aad = aad(&id, Kind::Regular, sequence, FRAME as u64);
        assert_eq!((sequence, &held[..]), (2, &plaintext[FRAME..FRAME + 30]));
        message.extend_from_slice(&sequence.to_be_bytes());
        message.extend_from_slice(&nonce(sequence));
        let mut frame = plaintext[FRAME..2 * FRAME].to_vec();
        let tag = cipher.seal(&nonce(sequence), &aad, &mut frame).unwrap();
        message.extend_from_slice(&frame);
        message.extend_from_slice(&tag);

        sealer.lift(1, &mut SecretBytes::new());
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
        opener.lift(0, 0, &mut output);
        let Lifted {
            cipher,
            sequence,
            id,
            held,
        } = lifted(&output);
        let aad = aad(&id, Kind::Regular, sequence, FRAME as u64);
        assert_eq!((sequence, &held[..]), (2, &body[unit..unit + 9]));
        let mut frame = body[unit + 16..2 * unit - 16].to_vec();
        let tag = body[2 * unit - 16..2 * unit].try_into().unwrap();
        cipher
            .open(&nonce(sequence), &aad, &mut frame, tag)
            .unwrap();
        opened.extend_from_slice(&frame);

        opener.lift(1, 0, &mut SecretBytes::new());
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
            opener.lift(0, 0, &mut output);
            let Lifted {
                cipher,
                sequence,
                id,
                ..
            } = lifted(&output);
            let aad = aad(&id, Kind::Final, sequence, FRAME as u64);
            let (mut frame, tag) = (body[24..24 + FRAME].to_vec(), &body[24 + FRAME..]);
            let tag = tag.try_into().unwrap();
            cipher
                .open(&nonce(sequence), &aad, &mut frame, tag)
                .unwrap();
            assert_eq!(frame, [7; FRAME]);
            opener.lift(0, body.len(), &mut SecretBytes::new());
            let pushed = opener.push(&body[..extra], &mut SecretBytes::new());
            let at_end = Error::at(Problem::TrailingBytes, message.len());
            assert_eq!(pushed.err(), (extra > 0).then_some(at_end));
            assert_eq!(opener.finish().is_ok(), extra == 0);
        }
    }

    #[test]
    fn counts_end_where_sequence_numbers_end() {
        let (key, mut sealer) = sealer();
        let header = Header::read_whole(sealer.header(), &Limits::default()).unwrap();
        sealer.lift(u32::MAX - 1, &mut SecretBytes::new());
        sealer.lift(9, &mut SecretBytes::new());
        let sealed = sealer.push(&[0; 2 * FRAME], &mut Vec::new());
        assert_eq!(sealed.unwrap_err().problem(), Problem::MessageTooLong);
        let mut opener = Opener::new(&header, &key).unwrap();
        opener.lift(u32::MAX, 0, &mut SecretBytes::new());
        let opened = opener.push(&0_u32.to_be_bytes(), &mut SecretBytes::new());
        assert_eq!(opened.unwrap_err().problem(), Problem::FrameOrder);
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
        opener.lift(0, 0, &mut output);
        assert!(output.is_empty());
    }
}
