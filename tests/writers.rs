//! What writers owe, of which a reader can see only the outcome.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use tsutsumi::message::{Sealer, Slot};
use tsutsumi::object::{CHUNK_LEN, HEADER_LEN, ObjectSealer, RangeOpener, sealed_len};
use tsutsumi::object::{Layout, ObjectOpener};
use tsutsumi::{Code, Context, DataKey, Secret, SecretBytes, WrappingKey};

const FRAME_LEN: usize = 16;

fn key() -> DataKey {
    DataKey::from_secret(Secret::from_slice(&[3; 32]).unwrap())
}

/// The header, and the frames behind it.
fn message(len: usize) -> (Vec<u8>, Vec<u8>) {
    let slots = [Slot::new("p", "i", "c").unwrap()];
    let frame_len = u32::try_from(FRAME_LEN).unwrap();
    let mut sealer =
        Sealer::with_frame_len(&key(), &Context::default(), &slots, frame_len).unwrap();
    let header = sealer.header().to_vec();
    let mut body = Vec::new();
    sealer.push(&vec![9; len], &mut body).unwrap();
    sealer.finish(&mut body).unwrap();
    (header, body)
}

// spec: M-5
#[test]
fn the_same_key_never_gets_the_same_message_id() {
    let ids: Vec<_> = (0..50).map(|_| message(0).0[3..35].to_vec()).collect();
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[..index].contains(id));
        assert_ne!(*id, [0; 32]);
    }
}

// spec: M-20, M-22
#[test]
fn frames_are_counted_in_their_nonces_and_none_is_empty_after_a_full_one() {
    for len in [0, 1, FRAME_LEN - 1, FRAME_LEN, FRAME_LEN + 1, 3 * FRAME_LEN] {
        let (header, body) = message(len);
        // Content type and frame length stand in front of commitment and tag.
        assert_eq!(header[header.len() - 53..][..5], [2, 0, 0, 0, 16]);
        let regular = len.saturating_sub(1) / FRAME_LEN;
        let last = len - regular * FRAME_LEN;
        assert_eq!(body.len(), regular * (FRAME_LEN + 32) + last + 40, "{len}");
        let (frames, last_frame) = body.split_at(regular * (FRAME_LEN + 32));
        for (frame, sequence) in frames.chunks(FRAME_LEN + 32).zip(1_u32..) {
            assert_eq!(frame[..4], sequence.to_be_bytes());
            assert_eq!(frame[4..12], [0; 8]);
            assert_eq!(frame[12..16], sequence.to_be_bytes());
        }
        let sequence = u32::try_from(regular + 1).unwrap().to_be_bytes();
        assert_eq!(last_frame[..4], [0xFF; 4]);
        assert_eq!(last_frame[4..8], sequence);
        assert_eq!(last_frame[8..16], [0; 8]);
        assert_eq!(last_frame[16..20], sequence);
        assert_eq!(
            last_frame[20..24],
            u32::try_from(last).unwrap().to_be_bytes()
        );
    }
}

// spec: W-4
#[test]
fn a_wrapping_key_never_uses_a_nonce_twice() {
    let wrapping = WrappingKey::new("n", "k", &Secret::generate().unwrap()).unwrap();
    let slots: Vec<_> = (0..50)
        .map(|_| wrapping.wrap(&key(), &Context::default()).unwrap())
        .collect();
    for (index, slot) in slots.iter().enumerate() {
        assert!(slots[..index].iter().all(|other| other.info != slot.info));
    }
}

// spec: O-1, O-3
#[test]
fn objects_have_a_salt_of_their_own_and_a_last_chunk_that_is_short() {
    let full = CHUNK_LEN as u64;
    let mut salts = Vec::new();
    for len in [0, 1, full - 1, full, full + 1, 2 * full] {
        let mut sealer = ObjectSealer::new(&key(), b"").unwrap();
        let mut object = sealer.header().to_vec();
        let plaintext = vec![9; usize::try_from(len).unwrap()];
        sealer.push(&plaintext, &mut object).unwrap();
        sealer.finish(&mut object).unwrap();
        assert_eq!(object.len() as u64, sealed_len(len).unwrap());
        assert!((object.len() - HEADER_LEN) % (CHUNK_LEN + 16) >= 16);
        let salt = object[..24].to_vec();
        assert!(!salts.contains(&salt));
        salts.push(salt);
    }
}

// spec: O-6
#[test]
fn objects_of_too_many_chunks_are_refused_by_their_length() {
    let chunks = 1_u64 << 38;
    assert!(sealed_len(chunks * CHUNK_LEN as u64 - 1).is_some());
    assert_eq!(sealed_len(chunks * CHUNK_LEN as u64), None);
    let longest = HEADER_LEN as u64 + chunks * (CHUNK_LEN as u64 + 16) - 1;
    assert_eq!(Layout::of(longest).unwrap().chunks(), chunks);
    assert_eq!(Layout::of(longest + 17).unwrap_err().code(), Code::Limit);
}

// spec: O-8
#[test]
fn a_range_to_the_end_opens_the_last_chunk_and_an_empty_one_its_own() {
    let mut sealer = ObjectSealer::new(&key(), b"").unwrap();
    let mut object = sealer.header().to_vec();
    sealer.push(&[9; 2 * CHUNK_LEN], &mut object).unwrap();
    sealer.finish(&mut object).unwrap();
    let header = *object.first_chunk().unwrap();
    let layout = Layout::of(object.len() as u64).unwrap();
    let opener = RangeOpener::new(&key(), b"", &header, layout).unwrap();
    let end = 2 * CHUNK_LEN as u64;
    let plan = opener.plan(end - 1..end).unwrap();
    assert_eq!(plan.fetch().end, object.len() as u64);
    let empty = opener.plan(5..5).unwrap();
    let chunk = HEADER_LEN as u64..(HEADER_LEN + CHUNK_LEN + 16) as u64;
    assert_eq!(*empty.fetch(), chunk);
    // Nothing at all is given out of a chunk that was altered.
    let mut altered = object[HEADER_LEN..][..CHUNK_LEN + 16].to_vec();
    altered[0] ^= 1;
    let mut plaintext = SecretBytes::default();
    let refused = opener.open(&empty, &altered, &mut plaintext).unwrap_err();
    assert_eq!(refused.code(), Code::OpenFailed);
    assert!(ObjectOpener::new(&key(), b"", &header).is_ok());
}
