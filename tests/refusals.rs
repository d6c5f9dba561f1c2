//! Everything but the message as it was written is refused, and nothing is ever out of bounds.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::slice;

use tsutsumi::message::{Header, Limits, Opener, Sealer, Slot};
use tsutsumi::{Class, Code, Context, DataKey, Error, Problem, Secret, SecretBytes, WrappingKey};

const FRAME_LEN: u32 = 16;
const PLAINTEXT: &[u8] = b"three frames: sixteen, sixteen, ten bytes.";

struct Sealed {
    wrapping: WrappingKey,
    context: Context,
    message: Vec<u8>,
    header_len: usize,
}

fn sealed() -> Sealed {
    let secret = Secret::from_slice(&[7; 32]).unwrap();
    let wrapping = WrappingKey::new("n", "k", &secret).unwrap();
    let context = Context::new([("a", "b")]).unwrap();
    let key = DataKey::generate().unwrap();
    let slot = wrapping.wrap(&key, &context).unwrap();
    let mut sealer = Sealer::with_frame_len(&key, &context, &[slot], FRAME_LEN).unwrap();
    let mut message = sealer.header().to_vec();
    let header_len = message.len();
    sealer.push(PLAINTEXT, &mut message).unwrap();
    sealer.finish(&mut message).unwrap();
    Sealed {
        wrapping,
        context,
        message,
        header_len,
    }
}

impl Sealed {
    fn open(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let header = Header::read_whole(message, &Limits::default())?;
        header.match_context(&self.context)?;
        let key = self.wrapping.unwrap(&header.slots()[0], header.context())?;
        let mut opener = Opener::new(&header, &key)?;
        let mut plaintext = SecretBytes::default();
        let pushed = opener.push(&message[header.encoded_len()..], &mut plaintext);
        // Whatever came out before the error is the beginning of what went in.
        assert!(PLAINTEXT.starts_with(plaintext.as_bytes()));
        pushed?;
        opener.finish()?;
        Ok(plaintext.as_bytes().to_vec())
    }

    fn frames(&self) -> Vec<&[u8]> {
        let body = &self.message[self.header_len..];
        let (first, rest) = body.split_at(FRAME_LEN as usize + 32);
        let (second, last) = rest.split_at(FRAME_LEN as usize + 32);
        vec![first, second, last]
    }
}

#[test]
// spec: M-13, M-14, M-27
fn every_flipped_bit_is_refused() {
    let sealed = sealed();
    assert_eq!(sealed.open(&sealed.message).unwrap(), PLAINTEXT);
    let mut refused = 0;
    for bit in 0..sealed.message.len() * 8 {
        let mut altered = sealed.message.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let error = sealed
            .open(&altered)
            .expect_err("a flipped bit went unnoticed");
        assert_ne!(error.code().class(), Class::Internal, "bit {bit}: {error}");
        refused += 1;
    }
    println!("{refused} flipped bits refused");
    assert!(refused > 2_400);
}

#[test]
// spec: M-12, M-26, M-28
fn every_truncation_and_every_extension_is_refused() {
    let sealed = sealed();
    for len in 0..sealed.message.len() {
        let error = sealed.open(&sealed.message[..len]).unwrap_err();
        assert_eq!(error.code(), Code::FormatTruncated, "{len}");
    }
    for extra in [&b"\0"[..], b"\xFF\xFF\xFF\xFF", sealed.frames()[2]] {
        let error = sealed.open(&[&sealed.message, extra].concat()).unwrap_err();
        assert_eq!(error.problem(), Problem::TrailingBytes);
    }
}

#[test]
// spec: M-24
fn every_other_order_of_frames_is_refused() {
    let sealed = sealed();
    let other = self::sealed();
    let (header, frames) = (&sealed.message[..sealed.header_len], sealed.frames());
    // Every sequence of up to four frames of this message.
    let mut opened = 0;
    for count in 0..=4_u32 {
        for choice in 0..3_usize.pow(count) {
            let order: Vec<_> = (0..count)
                .map(|place| choice / 3_usize.pow(place) % 3)
                .collect();
            let body: Vec<_> = order
                .iter()
                .flat_map(|index| frames[*index])
                .copied()
                .collect();
            match sealed.open(&[header, &body].concat()) {
                Ok(_) => {
                    assert_eq!(order, [0, 1, 2]);
                    opened += 1;
                }
                Err(error) => assert_eq!(error.code().class(), Class::Format, "{order:?}"),
            }
        }
    }
    assert_eq!(opened, 1);
    // A frame of another message in its own place.
    for place in 0..3 {
        let mut frames = sealed.frames();
        frames[place] = other.frames()[place];
        let error = sealed
            .open(&[header, &frames.concat()].concat())
            .unwrap_err();
        assert_eq!(error.code(), Code::OpenFailed);
    }
}

#[test]
fn a_dead_opener_stays_dead() {
    let sealed = sealed();
    let header = Header::read_whole(&sealed.message, &Limits::default()).unwrap();
    let key = sealed
        .wrapping
        .unwrap(&header.slots()[0], header.context())
        .unwrap();
    let mut opener = Opener::new(&header, &key).unwrap();
    let mut plaintext = SecretBytes::default();
    let mut altered = sealed.frames()[0].to_vec();
    altered[20] ^= 1;
    let first = opener.push(&altered, &mut plaintext).unwrap_err();
    assert_eq!(
        opener.push(sealed.frames()[0], &mut plaintext).unwrap_err(),
        first
    );
    assert!(plaintext.is_empty());
    assert_eq!(opener.finish().unwrap_err(), first);
}

#[test]
// spec: M-13, M-15
fn keys_and_contexts_of_others_are_refused() {
    let sealed = sealed();
    let header = Header::read_whole(&sealed.message, &Limits::default()).unwrap();
    let error = Opener::new(&header, &DataKey::generate().unwrap()).unwrap_err();
    assert_eq!(error.code(), Code::OpenFailed);
    for pairs in [&[][..], &[("a", "c")], &[("a", "b"), ("c", "d")]] {
        let other = Context::new(pairs.iter().copied()).unwrap();
        assert_eq!(
            header.match_context(&other).unwrap_err().code(),
            Code::PolicyContext
        );
        assert!(sealed.wrapping.unwrap(&header.slots()[0], &other).is_err());
    }
    assert!(header.match_context(&sealed.context).is_ok());
}

/// Bytes of a header around the field at hand.
fn header(edit: impl FnOnce(&mut Vec<u8>)) -> Result<Option<Header>, Error> {
    let slot = Slot::new("p", "i", "c").unwrap();
    let key = DataKey::generate().unwrap();
    let sealer = Sealer::new(&key, &Context::default(), &[slot]).unwrap();
    let mut bytes = sealer.header().to_vec();
    edit(&mut bytes);
    Header::read(&bytes, &Limits::default())
}

#[test]
// spec: M-1, M-2, M-3, M-4, M-6, M-7, M-8, M-9, M-10, M-40
fn headers_that_break_a_rule_are_named() {
    // Offsets: version 0, suite 1, message id 3, context 35, slot count 37, slots 39, content type
    // 48.
    type Case = (&'static str, fn(&mut Vec<u8>), Problem);
    let cases: [Case; 15] = [
        ("version", |b| b[0] = 3, Problem::NotAMessage),
        ("nothing like it", |b| b[0] = b'{', Problem::NotAMessage),
        (
            "version 1",
            |b| b[..4].copy_from_slice(&[1, 0x80, 3, 0x78]),
            Problem::SuiteUncommitted,
        ),
        (
            "not version 1",
            |b| b[..4].copy_from_slice(&[1, 0x81, 3, 0x78]),
            Problem::NotAMessage,
        ),
        (
            "suite of the other version",
            |b| b[..4].copy_from_slice(&[1, 0x80, 4, 0x78]),
            Problem::SuiteUnknown,
        ),
        (
            "base64",
            |b| b[..2].copy_from_slice(b"Ag"),
            Problem::Base64Text,
        ),
        (
            "base64 of version 1",
            |b| b[..2].copy_from_slice(b"AY"),
            Problem::Base64Text,
        ),
        ("suite", |b| b[1] = 0xFF, Problem::SuiteUnknown),
        (
            "signed without a key",
            |b| b[1] = 0x05,
            Problem::SignatureContext,
        ),
        ("no slot", |b| b[38] = 0, Problem::SlotsNone),
        ("too many slots", |b| b[38] = 11, Problem::SlotsTooMany),
        (
            "65,535 slots",
            |b| b[37..39].fill(0xFF),
            Problem::SlotsTooMany,
        ),
        ("provider", |b| b[41] = 0xFF, Problem::SlotMalformed),
        ("content type", |b| b[48] = 3, Problem::ContentType),
        (
            "frame length",
            |b| b[49..53].fill(0xFF),
            Problem::FrameTooLong,
        ),
    ];
    assert!(header(|_| ()).unwrap().is_some());
    for (name, edit, problem) in cases {
        assert_eq!(header(edit).unwrap_err().problem(), problem, "{name}");
    }
    let zero = header(|b| b[49..53].fill(0)).unwrap_err();
    assert_eq!(zero.problem(), Problem::ContentType);
}

#[test]
// spec: M-11, M-12
fn lengths_are_bounded_before_anything_is_held() {
    // A header that promises more than is allowed is refused when it is too long, not when it ends.
    let limits = Limits::default();
    let mut endless = vec![2, 4, 0x78];
    endless.extend_from_slice(&[0; 32]);
    endless.extend_from_slice(&[0, 0, 0, 10]);
    while endless.len() <= limits.header_len as usize {
        endless.extend_from_slice(&[0, 1, b'p', 0, 0, 0xFF, 0xFF]);
        endless.resize(endless.len() + 0xFFFF, 0);
    }
    let error = Header::read(&endless, &limits).unwrap_err();
    assert_eq!(error.problem(), Problem::HeaderTooLong);
    assert!(Header::read(&endless[..1000], &limits).unwrap().is_none());

    // A body in one piece that claims 64 GiB is refused at its length field.
    let sealed = sealed();
    let mut single = sealed.message[..sealed.header_len].to_vec();
    let content = sealed.header_len - 16 - 32 - 5;
    single[content..content + 5].copy_from_slice(&[1, 0, 0, 0, 0]);
    let header = Header::read_whole(&single, &limits).unwrap();
    let key = sealed
        .wrapping
        .unwrap(&header.slots()[0], header.context())
        .unwrap();
    // The content type is authentic, so even this takes a writer who knows the key.
    assert_eq!(
        Opener::new(&header, &key).unwrap_err().code(),
        Code::OpenFailed
    );
}

/// A second message under the same key and slots has an id of its own, and so another frame key:
/// nothing of the two headers can be exchanged.
#[test]
fn sealing_again_is_never_the_same_message() {
    let key = DataKey::generate().unwrap();
    let slots = |name| [Slot::new("p", name, "c").unwrap()];
    let header = |name| {
        let sealer = Sealer::new(&key, &Context::default(), &slots(name)).unwrap();
        sealer.header().to_vec()
    };
    let (one, again, rewrapped) = (header("i"), header("i"), header("j"));
    for (a, b) in [(&one, &again), (&one, &rewrapped)] {
        assert_ne!(a[3..35], b[3..35], "the message id");
        let tail = a.len() - 48;
        assert_ne!(a[tail..tail + 32], b[tail..tail + 32], "the commitment");
        assert_ne!(a[tail + 32..], b[tail + 32..], "the tag");
    }
    // The slots of one in the header of the other.
    let mut spliced = one.clone();
    let place = 39..one.len() - 53;
    spliced[place.clone()].copy_from_slice(&rewrapped[place]);
    assert_ne!(spliced, one, "the control");
    let header = Header::read_whole(&spliced, &Limits::default()).unwrap();
    assert_eq!(header.slots(), slots("j"));
    let error = Opener::new(&header, &key).unwrap_err();
    assert_eq!(error.code(), Code::OpenFailed);
}

#[test]
fn writers_keep_to_the_limits_of_readers() {
    let key = DataKey::generate().unwrap();
    let slot = Slot::new("p", "i", "c").unwrap();
    let context = Context::default();
    let problem = |slots: &[Slot], frame_len| {
        Sealer::with_frame_len(&key, &context, slots, frame_len)
            .unwrap_err()
            .problem()
    };
    assert_eq!(problem(&[], 1), Problem::SlotCount);
    assert_eq!(problem(&vec![slot.clone(); 11], 1), Problem::SlotsTooMany);
    assert_eq!(problem(slice::from_ref(&slot), 0), Problem::FrameLength);
    assert_eq!(problem(&[slot], (1 << 20) + 1), Problem::FrameLength);
    assert!(Slot::new("", "i", "c").is_err());
    assert!(Slot::new("p", vec![0; 65_536], "c").is_err());
}
