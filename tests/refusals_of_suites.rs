//! Messages of every suite, in frames and in one piece: everything but what was written is refused,
//! with the code that the manual names.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::reference::Reference;
use tsutsumi::message::{Commitment, Header, Limits, Opener, Suite};
use tsutsumi::{Class, Code, Context, Error, LegacyKey, Problem, SecretBytes};

const ANY: Commitment = Commitment::AllowUncommittedAndUnderived;

const PLAINTEXT: &[u8] = b"five frames: eight, eight, eight, eight, 5";

/// Opens a message; whatever comes out before an error has to be a beginning of the plaintext, and
/// of a signed message not the end.
fn open(reference: &Reference, message: &[u8]) -> Result<Vec<u8>, Error> {
    let header = Header::read_whole_allowing(message, &Limits::default(), ANY)?;
    header.match_context(&Context::new([("a", "b")]).unwrap())?;
    let slot = &header.slots()[0];
    if (&*slot.provider, &*slot.info, &*slot.ciphertext) != ("n", b"k", b"wrapped") {
        // Whoever wrapped the key would not find it.
        return Err(Problem::SlotForeign.into());
    }
    let key = LegacyKey::from_slice(&reference.key)?;
    let mut opener = Opener::allowing(&header, key, &Context::default(), ANY)?;
    let mut plaintext = SecretBytes::default();
    let pushed = opener.push(&message[header.encoded_len()..], &mut plaintext);
    assert!(reference.plaintext.starts_with(plaintext.as_bytes()));
    let finished = pushed.and_then(|()| opener.finish());
    if let Err(error) = finished {
        // What follows the end comes after the signature, which was found to hold.
        let held = reference.suite.is_signed() && error.problem() != Problem::TrailingBytes;
        assert!(!held || plaintext.len() < reference.plaintext.len());
    }
    finished.map(|()| plaintext.as_bytes().to_vec())
}

fn references() -> Vec<Reference> {
    let all = Suite::ALL.into_iter();
    all.flat_map(|suite| [9, 0].map(|frame_len| Reference::write(suite, frame_len, PLAINTEXT)))
        .collect()
}

#[test]
fn every_suite_is_opened_as_it_was_written() {
    for reference in references() {
        let message = reference.message();
        assert_eq!(open(&reference, &message).unwrap(), PLAINTEXT);
        // By default, only those that commit to their key.
        let header = Header::read_whole(&message, &Limits::default());
        assert_eq!(header.is_ok(), reference.suite.commits());
        let other =
            Header::read_whole_allowing(&message, &Limits::default(), Commitment::AllowUncommitted);
        assert_eq!(other.is_ok(), reference.suite.derives());
        for error in [header.err(), other.err()].into_iter().flatten() {
            assert_eq!(error.code(), Code::PolicySuite);
        }
    }
}

#[test]
// spec: M-50
// spec: M-51
fn policy_is_asked_again_with_the_key() {
    for reference in references() {
        let message = reference.message();
        let header = Header::read_whole_allowing(&message, &Limits::default(), ANY).unwrap();
        let key = || LegacyKey::from_slice(&reference.key).unwrap();
        let none = Context::default();
        let required = Opener::allowing(&header, key(), &none, Commitment::Required);
        assert_eq!(required.is_ok(), reference.suite.commits());
        let derived = Opener::allowing(&header, key(), &none, Commitment::AllowUncommitted);
        assert_eq!(derived.is_ok(), reference.suite.derives());
        if let Ok(key) = key().into_data_key() {
            let plain = Opener::new(&header, &key);
            assert_eq!(plain.is_ok(), reference.suite.commits());
            if let Err(error) = plain {
                assert_eq!(error.code(), Code::PolicySuite);
            }
        }
        for error in [required.err(), derived.err()].into_iter().flatten() {
            assert_eq!(error.code(), Code::PolicySuite);
        }
    }
}

#[test]
// spec: M-53
fn keys_of_another_length_are_refused() {
    for reference in references() {
        let header =
            Header::read_whole_allowing(&reference.message(), &Limits::default(), ANY).unwrap();
        for len in [16, 24, 32] {
            let key = LegacyKey::from_slice(&vec![9; len]).unwrap();
            let error = Opener::allowing(&header, key, &Context::default(), ANY).unwrap_err();
            assert_eq!(error.code(), Code::OpenFailed);
        }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let mut counts = [0; 4];
    for reference in references() {
        let message = reference.message();
        for bit in 0..message.len() * 8 {
            let mut altered = message.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let error = open(&reference, &altered).expect_err("a flipped bit went unnoticed");
            let place = match error.code().class() {
                Class::Format => 0,
                Class::Open => 1,
                Class::Policy => 2,
                // A frame length, or the length of a body in one piece.
                Class::Misuse if error.code() == Code::Limit => 3,
                class => panic!("{class:?} at bit {bit}"),
            };
            counts[place] += 1;
            let in_header = bit / 8 < reference.header.len();
            // In a frame, only what says where it stands and how long it is shows as such.
            assert!(
                in_header || place == 1 || place == 0 || place == 3,
                "bit {bit}"
            );
        }
    }
    let all: usize = counts.iter().sum();
    println!("{all} flipped bits refused: format, open, policy, limit {counts:?}");
    assert!(all > 50_000);
}

#[test]
fn every_flipped_bit_of_content_is_one_opaque_failure() {
    for reference in references() {
        let message = reference.message();
        let (start, end) = match reference.frames.len() {
            // After nonce and length, up to what follows.
            1 => (
                reference.header.len() + 20,
                message.len() - reference.signature.len(),
            ),
            _ => (
                reference.header.len() + 4,
                reference.header.len() + 4 + 12 + 9 + 16,
            ),
        };
        for at in start..end {
            let mut altered = message.clone();
            altered[at] ^= 0x40;
            let error = open(&reference, &altered).unwrap_err();
            assert_eq!((error.code(), error.offset()), (Code::OpenFailed, 0));
        }
    }
}

#[test]
fn every_cut_and_every_extension_is_refused() {
    let mut cuts = 0;
    for reference in references() {
        let message = reference.message();
        for len in 0..message.len() {
            let error = open(&reference, &message[..len]).unwrap_err();
            assert_eq!(error.code(), Code::FormatTruncated, "{len}");
            cuts += 1;
        }
        for extra in [&b"\0"[..], b"\xFF\xFF\xFF\xFF", &reference.frames[0]] {
            let error = open(&reference, &[&message, extra].concat()).unwrap_err();
            assert_eq!(error.problem(), Problem::TrailingBytes);
        }
    }
    println!("{cuts} cuts refused");
}

#[test]
fn every_other_order_of_up_to_five_frames_is_refused() {
    let mut refused = 0;
    for suite in [
        Suite::Committing,
        Suite::CommittingSigned,
        Suite::Aes256Derived,
    ] {
        let reference = Reference::write(suite, 9, PLAINTEXT);
        assert_eq!(reference.frames.len(), 5);
        // All sequences of none to five of the five frames: orders, copies and gaps among them.
        for count in 0..=5_u32 {
            for choice in 0..5_usize.pow(count) {
                let order: Vec<_> = (0..count)
                    .map(|place| choice / 5_usize.pow(place) % 5)
                    .collect();
                let mut message = reference.header.clone();
                for index in &order {
                    message.extend_from_slice(&reference.frames[*index]);
                }
                message.extend_from_slice(&reference.signature);
                match open(&reference, &message) {
                    Ok(_) => assert_eq!(order, [0, 1, 2, 3, 4]),
                    Err(error) => {
                        // Where a frame is missing, the signature is taken for what it is not.
                        let class = error.code().class();
                        assert_eq!(class, Class::Format, "{order:?}");
                        refused += 1;
                    }
                }
            }
        }
        // One frame more than there are.
        for place in 0..=5 {
            for copy in 0..5 {
                let mut frames = reference.frames.clone();
                frames.insert(place, reference.frames[copy].clone());
                let body = frames.concat();
                let message = [&reference.header[..], &body, &reference.signature].concat();
                let error = open(&reference, &message).unwrap_err();
                // A frame where the signature should be is taken for one.
                let signed = suite.is_signed() && error.code() == Code::OpenFailed;
                let class = error.code().class();
                assert!(class == Class::Format || signed, "{place} {copy} {error}");
                refused += 1;
            }
        }
    }
    println!("{refused} orders refused");
    assert!(refused > 3 * 3_900);
}

#[test]
fn a_signature_of_another_message_or_key_is_refused() {
    for suite in Suite::ALL.into_iter().filter(|suite| suite.is_signed()) {
        let reference = Reference::write(suite, 9, PLAINTEXT);
        let other = Reference::write(suite, 9, b"another one");
        let body = reference.frames.concat();
        let message = [&reference.header[..], &body, &other.signature].concat();
        let error = open(&reference, &message).unwrap_err();
        assert_eq!(error.code(), Code::OpenFailed);
        // No signature, an empty one, and one with a byte behind it.
        let longer = [&[0, 0], &reference.signature[2..], &[0]].concat();
        let mut longer = longer;
        longer[1] = u8::try_from(longer.len() - 2).unwrap();
        for (signature, code) in [
            (&[][..], Code::FormatTruncated),
            (&[0, 0], Code::OpenFailed),
            (&longer, Code::OpenFailed),
        ] {
            let message = [&reference.header[..], &body, signature].concat();
            assert_eq!(open(&reference, &message).unwrap_err().code(), code);
        }
    }
}

#[test]
// spec: M-52
fn headers_of_version_1_that_break_a_rule_are_named() {
    let reference = Reference::write(Suite::Aes256Derived, 9, PLAINTEXT);
    let header = |at: usize, byte: u8| {
        let mut message = reference.message();
        message[at] = byte;
        let read = Header::read_whole_allowing(&message, &Limits::default(), ANY);
        read.unwrap_err().problem()
    };
    // From the end: tag 16, nonce 12, frame length 4, nonce length 1, reserved 4, content type.
    let end = reference.header.len() - 28;
    assert_eq!(header(1, 0x81), Problem::NotAMessage);
    assert_eq!(header(3, 0x79), Problem::SuiteUnknown);
    assert_eq!(header(end - 10, 3), Problem::ContentType);
    assert_eq!(header(end - 9, 1), Problem::ContentType);
    assert_eq!(header(end - 5, 16), Problem::ContentType);
    assert_eq!(header(end - 4, 1), Problem::FrameTooLong);
    assert_eq!(header(end - 1, 0), Problem::ContentType);
}
