//! Messages put together byte by byte, right or wrong; of the core nothing is used.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use p384::ecdsa::signature::hazmat::PrehashSigner;
use p384::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::chance::Chance;

pub(crate) const LABELS: [&str; 3] = [
    "AWSKMSEncryptionClient Frame",
    "AWSKMSEncryptionClient Final Frame",
    "AWSKMSEncryptionClient Single Block",
];

/// AES-256-GCM with the tag behind the ciphertext.
pub(crate) fn gcm(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let cipher = Aes256Gcm::new(key.into());
    let msg = Payload {
        msg: plaintext,
        aad,
    };
    cipher.encrypt(&Nonce::from(*nonce), msg).unwrap()
}

/// A length and the bytes.
pub(crate) fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap();
    [&len.to_be_bytes()[..], bytes].concat()
}

/// Pairs as they stand, in the order in which they are given.
pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<u8> {
    if pairs.is_empty() {
        return Vec::new();
    }
    let mut bytes = u16::try_from(pairs.len()).unwrap().to_be_bytes().to_vec();
    for (key, value) in pairs {
        bytes.extend(prefixed(key.as_bytes()));
        bytes.extend(prefixed(value.as_bytes()));
    }
    bytes
}

/// A key that wraps data keys, as the files name it.
pub(crate) struct Wrapping {
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
    pub(crate) key: [u8; 32],
}

impl Wrapping {
    /// Provider, info and ciphertext.
    pub(crate) fn slot(&self, data_key: &[u8], context: &[u8], chance: &mut Chance) -> Slot {
        let nonce = chance.bytes();
        let numbers = [0, 0, 0, 128, 0, 0, 0, 12];
        Slot {
            provider: self.namespace.into(),
            info: [self.name.as_bytes(), &numbers, &nonce].concat(),
            ciphertext: gcm(&self.key, &nonce, context, data_key),
        }
    }
}

/// The three parts of a slot.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) provider: Vec<u8>,
    pub(crate) info: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
}

/// A message about to be written. What a vector gets wrong it changes here.
pub(crate) struct Draft {
    pub(crate) version: u8,
    pub(crate) suite: u16,
    pub(crate) id: [u8; 32],
    pub(crate) data_key: [u8; 32],
    pub(crate) context: Vec<u8>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) slot_count: Option<u16>,
    pub(crate) content: u8,
    pub(crate) frame_len: u32,
    pub(crate) commitment: Option<[u8; 32]>,
    /// Authenticated behind the header, stored nowhere.
    pub(crate) unstored: Vec<u8>,
    pub(crate) label: Option<&'static str>,
}

impl Draft {
    fn expand(&self, info: &[&[u8]]) -> [u8; 32] {
        let mut key = [0; 32];
        let hkdf = Hkdf::<Sha512>::new(Some(&self.id), &self.data_key);
        hkdf.expand_multi_info(info, &mut key).unwrap();
        key
    }

    fn frame_key(&self) -> [u8; 32] {
        self.expand(&[&self.suite.to_be_bytes(), b"DERIVEKEY"])
    }

    /// The header of version 2, its tag included.
    pub(crate) fn header(&self) -> Vec<u8> {
        let mut bytes = vec![self.version];
        bytes.extend(self.suite.to_be_bytes());
        bytes.extend(self.id);
        bytes.extend(self.after_id());
        let commitment = self
            .commitment
            .unwrap_or_else(|| self.expand(&[b"COMMITKEY"]));
        bytes.extend(commitment);
        let aad = [&bytes[..], &self.unstored].concat();
        bytes.extend(gcm(&self.frame_key(), &[0; 12], &aad, b""));
        bytes
    }

    /// Context, slots, content type and frame length.
    fn after_id(&self) -> Vec<u8> {
        let mut bytes = prefixed(&self.context);
        let count = u16::try_from(self.slots.len()).unwrap();
        bytes.extend(self.slot_count.unwrap_or(count).to_be_bytes());
        for slot in &self.slots {
            bytes.extend(prefixed(&slot.provider));
            bytes.extend(prefixed(&slot.info));
            bytes.extend(prefixed(&slot.ciphertext));
        }
        bytes.push(self.content);
        if self.version == 1 {
            bytes.extend([0, 0, 0, 0, 12]);
        }
        bytes.extend(self.frame_len.to_be_bytes());
        bytes
    }

    /// A whole message of version 1, suite 0178 or 0078, with one final frame.
    pub(crate) fn version_1(&self, plaintext: &[u8]) -> Vec<u8> {
        let id = &self.id[..16];
        let mut bytes = vec![1, 0x80];
        bytes.extend(self.suite.to_be_bytes());
        bytes.extend(id);
        bytes.extend(self.after_id());
        let mut key = self.data_key;
        if self.suite == 0x0178 {
            let info = [&self.suite.to_be_bytes(), id];
            let hkdf = Hkdf::<Sha256>::new(None, &self.data_key);
            hkdf.expand_multi_info(&info, &mut key).unwrap();
        }
        let tag = gcm(&key, &[0; 12], &bytes, b"");
        bytes.extend([0; 12]);
        bytes.extend(tag);
        bytes.extend(self.frame(&key, id, Kind::Final, 1, &nonce(1), plaintext));
        bytes
    }

    fn frame(
        &self,
        key: &[u8; 32],
        id: &[u8],
        kind: Kind,
        sequence: u32,
        nonce: &[u8; 12],
        plaintext: &[u8],
    ) -> Vec<u8> {
        let label = self.label.unwrap_or(LABELS[kind as usize]);
        let len = (plaintext.len() as u64).to_be_bytes();
        let sequence = sequence.to_be_bytes();
        let aad = [id, label.as_bytes(), &sequence, &len].concat();
        let sealed = gcm(key, nonce, &aad, plaintext);
        match kind {
            Kind::Regular => [&sequence[..], nonce, &sealed].concat(),
            Kind::Final => [&[0xFF; 4], &sequence[..], nonce, &len[4..], &sealed].concat(),
            Kind::Single => [&nonce[..], &len, &sealed].concat(),
        }
    }

    /// One frame, or the body in one piece, under a nonce of the caller's.
    pub(crate) fn frame_with(
        &self,
        kind: Kind,
        sequence: u32,
        nonce: &[u8; 12],
        plaintext: &[u8],
    ) -> Vec<u8> {
        let key = self.frame_key();
        self.frame(&key, &self.id, kind, sequence, nonce, plaintext)
    }

    /// A regular frame as a writer makes it.
    pub(crate) fn regular(&self, sequence: u32, plaintext: &[u8]) -> Vec<u8> {
        self.frame_with(Kind::Regular, sequence, &nonce(sequence), plaintext)
    }

    /// A final frame as a writer makes it.
    pub(crate) fn last(&self, sequence: u32, plaintext: &[u8]) -> Vec<u8> {
        self.frame_with(Kind::Final, sequence, &nonce(sequence), plaintext)
    }

    /// The frames of a plaintext as a writer makes them.
    pub(crate) fn frames(&self, plaintext: &[u8]) -> Vec<Vec<u8>> {
        let len = self.frame_len as usize;
        let regular = plaintext.len().saturating_sub(1) / len;
        let (head, tail) = plaintext.split_at(regular * len);
        let mut frames: Vec<_> = head
            .chunks(len)
            .zip(1..)
            .map(|(frame, sequence)| self.regular(sequence, frame))
            .collect();
        frames.push(self.last(u32::try_from(regular + 1).unwrap(), tail));
        frames
    }

    /// The whole message.
    pub(crate) fn message(&self, plaintext: &[u8]) -> Vec<u8> {
        [self.header(), self.frames(plaintext).concat()].concat()
    }
}

/// The three kinds of content.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Regular = 0,
    Final = 1,
    Single = 2,
}

/// The nonce that writers use: the sequence number.
pub(crate) fn nonce(sequence: u32) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[8..].copy_from_slice(&sequence.to_be_bytes());
    nonce
}

/// A key that signs, by RFC 6979 and so always the same.
pub(crate) fn signing_key(chance: &mut Chance) -> SigningKey {
    let mut secret = chance.bytes::<48>();
    // Surely below the order of the curve.
    secret[0] = 0x01;
    SigningKey::from_slice(&secret).unwrap()
}

/// The footer of a signed message.
pub(crate) fn footer(key: &SigningKey, signed: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign_prehash(&Sha384::digest(signed)).unwrap();
    prefixed(signature.to_der().as_bytes())
}
