//! Ranges of messages: the right bytes, from the right frames, or nothing.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::ops::Range;

use serde_json::Value;
use support::pieces::Random;
use support::{base64, published};
use tsutsumi::message::{
    Commitment, FrameLayout, Header, Limits, MessageRangeOpener, Sealer, Slot,
};
use tsutsumi::{Code, Context, DataKey, Error, LegacyKey, Problem, SecretBytes};

const ALL: Commitment = Commitment::AllowUncommittedAndUnderived;

struct Sealed {
    key: DataKey,
    message: Vec<u8>,
    plaintext: Vec<u8>,
}

fn sealed(len: usize, frame_len: u32) -> Sealed {
    let key = DataKey::generate().unwrap();
    let slot = Slot::new("p", "i", "c").unwrap();
    let mut sealer = Sealer::with_frame_len(&key, &Context::default(), &[slot], frame_len).unwrap();
    let plaintext: Vec<u8> = (0..=250).cycle().take(len).collect();
    let mut message = sealer.header().to_vec();
    sealer.push(&plaintext, &mut message).unwrap();
    sealer.finish(&mut message).unwrap();
    Sealed {
        key,
        message,
        plaintext,
    }
}

fn at(message: &[u8], range: &Range<u64>) -> Vec<u8> {
    let place = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
    message.get(place).unwrap_or_default().to_vec()
}

fn opener(message: &[u8], key: LegacyKey) -> Result<(MessageRangeOpener, FrameLayout), Error> {
    let header = Header::read_whole_allowing(message, &Limits::default(), ALL)?;
    let layout = FrameLayout::of(&header, message.len() as u64)?;
    let last = at(message, &layout.final_frame());
    let opener = MessageRangeOpener::new(&header, key, &Context::default(), ALL, layout, &last)?;
    Ok((opener, layout))
}

fn read(message: &[u8], key: LegacyKey, range: Range<u64>) -> Result<Vec<u8>, Error> {
    let (opener, layout) = opener(message, key)?;
    let plan = layout.plan(range)?;
    let mut plaintext = SecretBytes::new();
    opener.open(&plan, &at(message, plan.fetch()), &mut plaintext)?;
    Ok(plaintext.as_bytes().to_vec())
}

#[test]
fn every_range_of_short_messages_is_what_stands_there() {
    let mut checked = 0;
    for len in [0, 1, 7, 8, 9, 16, 23, 24, 25] {
        let sealed = sealed(len, 8);
        let (opener, layout) = opener(&sealed.message, (&sealed.key).into()).unwrap();
        assert_eq!(layout.plaintext_len(), len as u64);
        for start in 0..=len {
            for end in start..=len {
                let plan = layout.plan(start as u64..end as u64).unwrap();
                let fetched = at(&sealed.message, plan.fetch());
                let mut plaintext = SecretBytes::new();
                opener.open(&plan, &fetched, &mut plaintext).unwrap();
                assert_eq!(plaintext.as_bytes(), &sealed.plaintext[start..end]);
                // No more than the frames that the range touches.
                assert!(fetched.len() <= (end - start) / 8 * 40 + 2 * 48);
                checked += 1;
            }
        }
    }
    println!("{checked} ranges");
    assert!(checked > 1_000);
}

#[test]
// spec: M-63
fn ranges_that_are_none_are_refused() {
    let sealed = sealed(20, 8);
    let (_, layout) = opener(&sealed.message, (&sealed.key).into()).unwrap();
    let turned = Range { start: 5, end: 4 };
    for range in [
        0..21,
        21..21,
        20..21,
        turned,
        0..u64::MAX,
        u64::MAX..u64::MAX,
    ] {
        let error = layout.plan(range).unwrap_err();
        assert_eq!(error.problem(), Problem::RangeInvalid);
    }
    assert!(layout.plan(20..20).is_ok());
}

#[test]
fn lengths_that_no_message_has_are_refused() {
    let sealed = sealed(20, 8);
    let header = Header::read_whole(&sealed.message, &Limits::default()).unwrap();
    let head = header.encoded_len() as u64;
    let layout = |len| FrameLayout::of(&header, len).map(|layout| layout.plaintext_len());
    for len in [0, head, head + 39, head + 49, head + 79] {
        assert_eq!(
            layout(len).unwrap_err().code(),
            Code::FormatTruncated,
            "{len}"
        );
    }
    assert_eq!(layout(head + 40).unwrap(), 0);
    assert_eq!(layout(head + 48).unwrap(), 8);
    // An empty final frame after a full one, which other writers make.
    assert_eq!(layout(head + 80).unwrap(), 8);
    // The most frames there can be, and more: no overflow, only a word on it.
    let most = u64::from(u32::MAX - 1);
    assert_eq!(layout(head + most * 40 + 40).unwrap(), most * 8);
    for len in [head + (most + 1) * 40 + 40, u64::MAX, u64::MAX - 31] {
        let code = layout(len).unwrap_err().code();
        assert!(
            matches!(code, Code::FormatInvalid | Code::FormatTruncated),
            "{len}"
        );
    }
}

#[test]
// spec: M-61
fn a_message_that_was_cut_at_a_frame_is_refused_from_the_start() {
    let sealed = sealed(40, 8);
    let head = Header::read_whole(&sealed.message, &Limits::default()).unwrap();
    let head = head.encoded_len();
    for frames in 1..5 {
        let cut = &sealed.message[..head + frames * 40];
        let error = opener(cut, (&sealed.key).into()).unwrap_err();
        assert_ne!(error.code(), Code::Internal);
    }
    // As is one whose final frame follows too early: its number says where it belongs.
    let last = &sealed.message[head + 4 * 40..];
    let short = [&sealed.message[..head + 2 * 40], last].concat();
    let error = opener(&short, (&sealed.key).into()).unwrap_err();
    assert_eq!(error.problem(), Problem::FrameOrder);
}

#[test]
// spec: M-62
fn altered_and_moved_frames_are_refused() {
    let sealed = sealed(40, 8);
    let (opener, layout) = opener(&sealed.message, (&sealed.key).into()).unwrap();
    let plan = layout.plan(9..20).unwrap();
    let fetched = at(&sealed.message, plan.fetch());
    let refuse = |bytes: &[u8]| {
        let mut plaintext = SecretBytes::new();
        let error = opener.open(&plan, bytes, &mut plaintext).unwrap_err();
        assert!(plaintext.is_empty());
        error.code()
    };
    for bit in 0..fetched.len() * 8 {
        let mut altered = fetched.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let number = (bit / 8) % 40 < 4;
        let expected = [Code::OpenFailed, Code::FormatInvalid][usize::from(number)];
        assert_eq!(refuse(&altered), expected, "bit {bit}");
    }
    assert_eq!(refuse(&fetched[..79]), Code::FormatTruncated);
    assert_eq!(
        refuse(&[&fetched[..], &[0]].concat()),
        Code::FormatTruncated
    );
    assert_eq!(
        refuse(&[&fetched[40..], &fetched[..40]].concat()),
        Code::FormatInvalid
    );
    // What stands elsewhere in the message, or in another one.
    let elsewhere = layout.plan(17..28).unwrap();
    assert_eq!(
        refuse(&at(&sealed.message, elsewhere.fetch())),
        Code::FormatInvalid
    );
    let other = self::sealed(40, 8);
    assert_eq!(refuse(&at(&other.message, plan.fetch())), Code::OpenFailed);
    let mut plaintext = SecretBytes::new();
    opener.open(&plan, &fetched, &mut plaintext).unwrap();
    assert_eq!(plaintext.as_bytes(), &sealed.plaintext[9..20]);
}

#[test]
fn plans_and_keys_of_other_messages_are_refused() {
    let (sealed, longer) = (sealed(40, 8), sealed(41, 8));
    let error = opener(&sealed.message, (&longer.key).into()).unwrap_err();
    assert_eq!(error.code(), Code::OpenFailed);
    let (opener, _) = opener(&sealed.message, (&sealed.key).into()).unwrap();
    let (_, layout) = self::opener(&longer.message, (&longer.key).into()).unwrap();
    let plan = layout.plan(0..1).unwrap();
    let fetched = at(&longer.message, plan.fetch());
    let error = opener
        .open(&plan, &fetched, &mut SecretBytes::new())
        .unwrap_err();
    assert_eq!(error.code(), Code::Argument);
}

/// A message, its data key, and its plaintext.
type Vector = (Vec<u8>, Vec<u8>, Vec<u8>);

/// Published messages.
fn vectors() -> Option<Vec<Vector>> {
    let commitment = published("esdk/commitment-test-vectors.json")?;
    let commitment: Value = serde_json::from_slice(&commitment).unwrap();
    let good = commitment["tests"].as_array().unwrap().iter();
    let good = good.filter(|test| test["status"] == true).map(|test| {
        let frames = test["plaintext-frames"].as_array().unwrap();
        let text: String = frames.iter().map(|frame| frame.as_str().unwrap()).collect();
        (
            base64(&test["ciphertext"]),
            base64(&test["decrypted-dek"]),
            text.into_bytes(),
        )
    });
    let oracle: Value =
        serde_json::from_slice(&published("esdk/decrypt_oracle_vectors.json")?).unwrap();
    let old = oracle.as_array().unwrap().iter();
    let old = old.filter(|test| test["key-type"] == "null").map(|test| {
        let len = match &test["algorithm-suite"].as_str().unwrap()[2..] {
            "14" => 16,
            "46" => 24,
            _ => 32,
        };
        (
            base64(&test["ciphertext"]),
            vec![0; len],
            base64(&test["plaintext"]),
        )
    });
    Some(good.chain(old).collect())
}

#[test]
// spec: M-60
fn ranges_of_published_messages() {
    let Some(vectors) = vectors() else { return };
    let (mut read_from, mut refused) = (0, 0);
    let mut random = Random(4);
    for (message, key, plaintext) in vectors {
        let key = || LegacyKey::from_slice(&key).unwrap();
        let header = Header::read_whole_allowing(&message, &Limits::default(), ALL).unwrap();
        match FrameLayout::of(&header, message.len() as u64) {
            Ok(_) => {
                for _ in 0..20 {
                    let end = random.below(plaintext.len() + 1);
                    let start = random.below(end + 1);
                    let range = start as u64..end as u64;
                    assert_eq!(read(&message, key(), range).unwrap(), plaintext[start..end]);
                }
                read_from += 1;
            }
            Err(error) => {
                assert_eq!(error.problem(), Problem::RangeSuite);
                refused += 1;
            }
        }
    }
    println!("{read_from} messages read in ranges, {refused} signed or in one piece");
    assert!(read_from > 15 && refused > 15);
}
