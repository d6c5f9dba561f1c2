//! A second writer of messages, of every suite and both versions, written from the specification.

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::aes::Aes192;
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm, Nonce};
use base64ct::{Base64, Encoding};
use hkdf::Hkdf;
use p384::ecdsa::signature::hazmat::PrehashSigner;
use sha2::{Digest, Sha256, Sha384, Sha512};
use tsutsumi::message::Suite;

/// A message in its parts, so that they can be put together otherwise.
pub struct Reference {
    pub suite: Suite,
    pub key: Vec<u8>,
    pub header: Vec<u8>,
    pub frames: Vec<Vec<u8>>,
    pub signature: Vec<u8>,
    pub plaintext: Vec<u8>,
}

impl Reference {
    /// Writes a message, in frames, or in one piece for a frame length of nothing.
    pub fn write(suite: Suite, frame_len: usize, plaintext: &[u8]) -> Self {
        let key: Vec<u8> = (1..=32).take(suite.key_len()).collect();
        let id = vec![0x55; if suite.version() == 2 { 32 } else { 16 }];
        let (frame_key, commitment) = derive(suite, &key, &id);
        let mut header = header(suite, &id, frame_len);
        if let Some(commitment) = commitment {
            header.extend_from_slice(&commitment);
        }
        let tag = gcm(&frame_key, &[0; 12], &header, b"");
        if suite.version() == 1 {
            header.extend_from_slice(&[0; 12]);
        }
        header.extend_from_slice(&tag);
        let frames = frames(&frame_key, &id, frame_len, plaintext);
        let signature = sign(suite, &[header.as_slice(), &frames.concat()].concat());
        Self {
            suite,
            key,
            header,
            frames,
            signature,
            plaintext: plaintext.to_vec(),
        }
    }

    /// The message.
    pub fn message(&self) -> Vec<u8> {
        [&self.header[..], &self.frames.concat(), &self.signature].concat()
    }
}

fn derive(suite: Suite, key: &[u8], id: &[u8]) -> (Vec<u8>, Option<[u8; 32]>) {
    let number = suite.id().to_be_bytes();
    let mut derived = vec![0; key.len()];
    match number[0] {
        0 => derived.copy_from_slice(key),
        1 | 2 => Hkdf::<Sha256>::new(None, key)
            .expand_multi_info(&[&number, id], &mut derived)
            .unwrap(),
        3 => Hkdf::<Sha384>::new(None, key)
            .expand_multi_info(&[&number, id], &mut derived)
            .unwrap(),
        _ => {
            let extracted = Hkdf::<Sha512>::new(Some(id), key);
            let mut commitment = [0; 32];
            extracted
                .expand_multi_info(&[&number, b"DERIVEKEY"], &mut derived)
                .unwrap();
            extracted.expand(b"COMMITKEY", &mut commitment).unwrap();
            return (derived, Some(commitment));
        }
    }
    (derived, None)
}

fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap();
    [&len.to_be_bytes(), bytes].concat()
}

fn header(suite: Suite, id: &[u8], frame_len: usize) -> Vec<u8> {
    let mut pairs = vec![("a".to_owned(), "b".to_owned())];
    if let Some(public_key) = public_key(suite) {
        pairs.push(("aws-crypto-public-key".to_owned(), public_key));
    }
    let mut context = u16::try_from(pairs.len()).unwrap().to_be_bytes().to_vec();
    for (key, value) in &pairs {
        context.extend([prefixed(key.as_bytes()), prefixed(value.as_bytes())].concat());
    }
    let mut header = vec![suite.version()];
    if suite.version() == 1 {
        header.push(0x80);
    }
    header.extend_from_slice(&suite.id().to_be_bytes());
    header.extend_from_slice(id);
    header.extend(prefixed(&context));
    header.extend_from_slice(&[0, 1]);
    for part in ["n", "k", "wrapped"] {
        header.extend(prefixed(part.as_bytes()));
    }
    header.push(if frame_len == 0 { 1 } else { 2 });
    if suite.version() == 1 {
        header.extend_from_slice(&[0, 0, 0, 0, 12]);
    }
    header.extend_from_slice(&u32::try_from(frame_len).unwrap().to_be_bytes());
    header
}

fn frames(key: &[u8], id: &[u8], frame_len: usize, plaintext: &[u8]) -> Vec<Vec<u8>> {
    if frame_len == 0 {
        let sealed = content(key, id, "Single Block", 1, plaintext);
        let len = (plaintext.len() as u64).to_be_bytes();
        return vec![[&sealed.0[..], &len, &sealed.1].concat()];
    }
    let count = plaintext.len().div_ceil(frame_len).max(1);
    let frame = |index: usize| {
        let number = u32::try_from(index + 1).unwrap();
        let end = plaintext.len().min((index + 1) * frame_len);
        let part = &plaintext[index * frame_len..end];
        if index + 1 < count {
            let (nonce, sealed) = content(key, id, "Frame", number, part);
            return [&number.to_be_bytes()[..], &nonce, &sealed].concat();
        }
        let (nonce, sealed) = content(key, id, "Final Frame", number, part);
        let len = u32::try_from(part.len()).unwrap().to_be_bytes();
        [&[0xFF; 4][..], &number.to_be_bytes(), &nonce, &len, &sealed].concat()
    };
    (0..count).map(frame).collect()
}

fn content(key: &[u8], id: &[u8], label: &str, number: u32, part: &[u8]) -> ([u8; 12], Vec<u8>) {
    let mut nonce = [0; 12];
    nonce[8..].copy_from_slice(&number.to_be_bytes());
    let label = format!("AWSKMSEncryptionClient {label}");
    let len = (part.len() as u64).to_be_bytes();
    let aad = [id, label.as_bytes(), &number.to_be_bytes(), &len].concat();
    (nonce, gcm(key, &nonce, &aad, part))
}

fn gcm(key: &[u8], nonce: &[u8; 12], aad: &[u8], msg: &[u8]) -> Vec<u8> {
    let (nonce, payload) = (Nonce::from(*nonce), Payload { msg, aad });
    match key.len() {
        16 => Aes128Gcm::new_from_slice(key)
            .unwrap()
            .encrypt(&nonce, payload),
        24 => AesGcm::<Aes192, U12, U16>::new_from_slice(key)
            .unwrap()
            .encrypt(&nonce, payload),
        _ => Aes256Gcm::new_from_slice(key)
            .unwrap()
            .encrypt(&nonce, payload),
    }
    .unwrap()
}

fn p256_key() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()
}

fn p384_key() -> p384::ecdsa::SigningKey {
    p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap()
}

fn public_key(suite: Suite) -> Option<String> {
    match suite {
        _ if !suite.is_signed() => None,
        Suite::Aes128Signed => {
            let point = p256_key().verifying_key().to_sec1_point(true);
            Some(Base64::encode_string(point.as_bytes()))
        }
        _ => {
            let point = p384_key().verifying_key().to_sec1_point(true);
            Some(Base64::encode_string(point.as_bytes()))
        }
    }
}

fn sign(suite: Suite, signed: &[u8]) -> Vec<u8> {
    match suite {
        _ if !suite.is_signed() => Vec::new(),
        Suite::Aes128Signed => {
            let signature: p256::ecdsa::Signature =
                p256_key().sign_prehash(&Sha256::digest(signed)).unwrap();
            prefixed(signature.to_der().as_bytes())
        }
        _ => {
            let signature: p384::ecdsa::Signature =
                p384_key().sign_prehash(&Sha384::digest(signed)).unwrap();
            prefixed(signature.to_der().as_bytes())
        }
    }
}
