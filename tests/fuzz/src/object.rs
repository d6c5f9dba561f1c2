//! Objects and ranges of them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use tsutsumi::object::{HEADER_LEN, Layout, ObjectOpener, RangeOpener};
use tsutsumi::{DataKey, Secret, SecretBytes};

const KEY: [u8; 32] = [7; 32];
const LABEL: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";

fn data_key() -> DataKey {
    DataKey::from_secret(Secret::from_slice(&KEY).expect("32 bytes"))
}

/// The header with a commitment made good.
fn committed(header: &[u8; HEADER_LEN]) -> [u8; HEADER_LEN] {
    let mut header = *header;
    let block = |previous: &[u8], counter: u8| {
        let mut mac = Hmac::<Sha512>::new_from_slice(&KEY).expect("any length");
        for part in [previous, LABEL, &header[..24], &[counter]] {
            mac.update(part);
        }
        mac.finalize().into_bytes()
    };
    let first = block(&[], 1);
    let second = block(&first, 2);
    let okm = [&first[..], &second[..]].concat();
    header[24..].copy_from_slice(&okm[44..76]);
    header
}

/// An object whose commitment is made good, in pieces.
pub(crate) fn open(data: &[u8]) {
    let Some((header, body)) = data.split_first_chunk() else {
        return;
    };
    drop(ObjectOpener::new(&data_key(), b"", header));
    let header = committed(header);
    let piece = usize::from(header[0]) * 100 + 1;
    let mut plaintext = SecretBytes::new();
    let mut opener = ObjectOpener::new(&data_key(), b"", &header).expect("it is good");
    for bytes in body.chunks(piece) {
        if opener.push(bytes, &mut plaintext).is_err() {
            assert!(opener.push(bytes, &mut plaintext).is_err());
            return;
        }
    }
    let streamed = opener.finish(&mut plaintext);
    let Ok(layout) = Layout::of(data.len() as u64) else {
        assert!(streamed.is_err());
        return;
    };
    let opener = RangeOpener::new(&data_key(), b"", &header, layout).expect("it is good");
    let plan = opener.plan(0..layout.plaintext_len()).expect("the whole");
    let mut again = SecretBytes::new();
    let ranged = opener.open(&plan, body, &mut again);
    assert_eq!(ranged.is_ok(), streamed.is_ok());
    if ranged.is_ok() {
        assert_eq!(again.as_bytes(), plaintext.as_bytes());
    }
}

/// A range of an object of any length: what is to be fetched is within it and holds the range.
pub(crate) fn range(data: &[u8]) {
    let Some(numbers) = data.first_chunk::<24>() else {
        return;
    };
    let number = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&numbers[at..at + 8]);
        u64::from_be_bytes(bytes)
    };
    let (len, start, end) = (number(0), number(8), number(16));
    let Ok(layout) = Layout::of(len) else {
        return;
    };
    assert!(layout.plaintext_len() < len);
    let header = committed(&[0; HEADER_LEN]);
    let opener = RangeOpener::new(&data_key(), b"", &header, layout).expect("it is good");
    // Most numbers are far outside: these are within.
    let span = layout.plaintext_len() + 2;
    for (start, end) in [(start, end), (start % span, end % span)] {
        let Ok(plan) = opener.plan(start..end) else {
            assert!(start > end || end > layout.plaintext_len());
            continue;
        };
        let fetch = plan.fetch();
        assert!(fetch.start >= HEADER_LEN as u64 && fetch.end <= len);
        assert!(fetch.end - fetch.start >= end - start + 16);
        let mut plaintext = SecretBytes::new();
        assert!(opener.open(&plan, &[], &mut plaintext).is_err());
    }
}
