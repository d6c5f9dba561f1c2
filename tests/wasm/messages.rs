//! Messages.

use tsutsumi::message::{Header, Limits, Opener, Part, Sealer, inspect};
use tsutsumi::{Code, Context, DataKey, Error, Problem, Secret, SecretBytes, WrappingKey};
use wasm_bindgen_test::wasm_bindgen_test;

fn wrapping_key() -> WrappingKey {
    WrappingKey::new("browser", "key 1", &Secret::from_slice(&[1; 32]).unwrap()).unwrap()
}

fn context() -> Context {
    Context::new([("tenant", "acme")]).unwrap()
}

fn seal(plaintext: &[u8], frame_len: u32, piece: usize) -> Vec<u8> {
    let key = DataKey::generate().unwrap();
    let slot = wrapping_key().wrap(&key, &context()).unwrap();
    let mut sealer = Sealer::with_frame_len(&key, &context(), &[slot], frame_len).unwrap();
    let mut message = sealer.header().to_vec();
    for bytes in plaintext.chunks(piece) {
        sealer.push(bytes, &mut message).unwrap();
    }
    sealer.finish(&mut message).unwrap();
    message
}

fn open(message: &[u8], piece: usize) -> Result<Vec<u8>, Error> {
    let header = Header::read_whole(message, &Limits::default())?;
    header.match_context(&context())?;
    let key = wrapping_key().unwrap(&header.slots()[0], header.context())?;
    let mut opener = Opener::new(&header, &key)?;
    let mut plaintext = SecretBytes::default();
    for bytes in message[header.encoded_len()..].chunks(piece) {
        opener.push(bytes, &mut plaintext)?;
    }
    opener.finish()?;
    Ok(plaintext.as_bytes().to_vec())
}

fn round_trip(len: usize) {
    let plaintext: Vec<u8> = (0..len).map(|byte| (byte % 251) as u8).collect();
    let message = seal(&plaintext, 65_536, 65_536);
    assert_eq!(open(&message, 65_536).unwrap(), plaintext);
}

#[wasm_bindgen_test]
fn an_empty_message_round_trips() {
    round_trip(0);
}

#[wasm_bindgen_test]
fn one_byte_round_trips() {
    round_trip(1);
}

#[wasm_bindgen_test]
fn a_full_frame_round_trips() {
    round_trip(65_536);
}

#[wasm_bindgen_test]
fn a_frame_and_a_byte_round_trip() {
    round_trip(65_537);
}

#[wasm_bindgen_test]
fn several_frames_round_trip() {
    round_trip(200_000);
}

#[wasm_bindgen_test]
fn pieces_of_any_size_give_the_same_plaintext() {
    let plaintext = [7; 1000];
    for piece in [1, 3, 64, 65, 999, 1000] {
        let message = seal(&plaintext, 64, piece);
        for again in [1, 5, 96, 5000] {
            assert_eq!(open(&message, again).unwrap(), plaintext);
        }
    }
}

#[wasm_bindgen_test]
fn a_flipped_bit_in_any_byte_is_refused() {
    let message = seal(b"three small frames in all", 10, 10);
    for byte in 0..message.len() {
        let mut altered = message.clone();
        altered[byte] ^= 1 << (byte % 8);
        assert!(open(&altered, 1000).is_err(), "byte {byte}");
    }
    assert!(open(&message, 1000).is_ok());
}

#[wasm_bindgen_test]
fn every_truncation_is_refused() {
    let message = seal(b"three small frames in all", 10, 10);
    for len in 0..message.len() {
        let error = open(&message[..len], 1000).unwrap_err();
        assert_eq!(error.code(), Code::FormatTruncated);
    }
}

#[wasm_bindgen_test]
fn trailing_bytes_are_refused() {
    let message = [seal(b"x", 10, 10), vec![0]].concat();
    assert_eq!(
        open(&message, 1000).unwrap_err().problem(),
        Problem::TrailingBytes
    );
}

#[wasm_bindgen_test]
fn frames_out_of_order_are_refused() {
    let message = seal(&[7; 30], 10, 10);
    let body = message.len() - (10 + 40) - 2 * (10 + 32);
    let mut altered = message.clone();
    altered[body..body + 84].rotate_left(42);
    assert_eq!(
        open(&altered, 1000).unwrap_err().problem(),
        Problem::FrameOrder
    );
}

#[wasm_bindgen_test]
fn another_data_key_fails_on_the_commitment() {
    let message = seal(b"x", 10, 10);
    let header = Header::read_whole(&message, &Limits::default()).unwrap();
    let error = Opener::new(&header, &DataKey::generate().unwrap()).unwrap_err();
    assert_eq!(error.code(), Code::OpenFailed);
}

#[wasm_bindgen_test]
fn another_context_is_refused_before_any_key_is_asked_for() {
    let message = seal(b"x", 10, 10);
    let header = Header::read_whole(&message, &Limits::default()).unwrap();
    let error = header.match_context(&Context::default()).unwrap_err();
    assert_eq!(error.code(), Code::PolicyContext);
}

#[wasm_bindgen_test]
fn any_of_two_slots_opens() {
    let key = DataKey::generate().unwrap();
    let other =
        WrappingKey::new("browser", "key 2", &Secret::from_slice(&[2; 32]).unwrap()).unwrap();
    let slots = [
        other.wrap(&key, &context()),
        wrapping_key().wrap(&key, &context()),
    ];
    let slots = slots.map(Result::unwrap);
    let mut sealer = Sealer::new(&key, &context(), &slots).unwrap();
    let mut message = sealer.header().to_vec();
    sealer.push(b"either", &mut message).unwrap();
    sealer.finish(&mut message).unwrap();
    let header = Header::read_whole(&message, &Limits::default()).unwrap();
    for wrapping in [wrapping_key(), other] {
        let slot = header
            .slots()
            .iter()
            .find(|slot| wrapping.owns(slot))
            .unwrap();
        let key = wrapping.unwrap(slot, header.context()).unwrap();
        assert!(Opener::new(&header, &key).is_ok());
    }
}

#[wasm_bindgen_test]
fn text_in_base64_is_named() {
    let error = Header::read(b"AgR4", &Limits::default()).unwrap_err();
    assert_eq!(error.problem(), Problem::Base64Text);
}

#[wasm_bindgen_test]
fn limits_of_the_reader_hold() {
    let message = seal(b"x", 4096, 10);
    let mut limits = Limits::default();
    limits.frame_len = 4095;
    let error = Header::read_whole(&message, &limits).unwrap_err();
    assert_eq!(error.code(), Code::Limit);
    let mut limits = Limits::default();
    limits.slots = 0;
    assert_eq!(
        Header::read_whole(&message, &limits).unwrap_err().code(),
        Code::Limit
    );
    let mut limits = Limits::default();
    limits.header_len = 100;
    assert_eq!(
        Header::read(&message, &limits).unwrap_err().code(),
        Code::Limit
    );
}

#[wasm_bindgen_test]
fn inspection_names_every_field() {
    let message = seal(b"x", 4096, 10);
    let inspection = inspect(&message, &Limits::default()).unwrap();
    assert_eq!(inspection.suite.id(), 0x0478);
    assert_eq!(inspection.frame_len, 4096);
    let commitment = inspection
        .fields
        .iter()
        .find(|field| field.part == Part::Commitment);
    assert_eq!(commitment.unwrap().length, 32);
    let length: usize = inspection.fields.iter().map(|field| field.length).sum();
    assert_eq!(length, inspection.header_len);
}

#[wasm_bindgen_test]
fn messages_of_the_python_sdk_have_headers_that_are_read() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/esdk-python-custom-keyring.json")).unwrap();
    let mut read = 0;
    for test in vectors["tests"].as_array().unwrap() {
        use base64ct::{Base64, Encoding};
        let message = Base64::decode_vec(test["ciphertextBase64"].as_str().unwrap()).unwrap();
        let header = Header::read_whole(&message, &Limits::default()).unwrap();
        assert_eq!(header.slots()[0].provider, "ibm-key-protect");
        read += 1;
    }
    assert_eq!(read, 16);
}
