//! Vectors of objects.
//!
//! Every ciphertext is zeros, and its plaintext is the key stream: the object shrinks to its tags
//! when it is compressed, and is as good as any other.

mod chunks;

use std::io::Write;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use flate2::{Compression, write::ZlibEncoder};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use super::chance::Chance;
use super::draft::pairs;
use super::vector::{About, Vector, base64, hex};

pub(crate) const FILE: &str = "objects.json";

const SEED: &str = "tsutsumi objects 1";
const CHUNK: usize = 16_384;
const LABEL: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";
const PAIRS: &[(&str, &str)] = &[("bucket", "b"), ("key", "k")];

const OPEN_FAILED: &str = "ERR_OPEN_FAILED";
const TRUNCATED: &str = "ERR_FORMAT_TRUNCATED";

/// What stands in the file besides the vectors.
pub(crate) fn head() -> Value {
    json!({
        "format": "object",
        "about": "`object` is the base64 of the zlib of the object; `range` is of the plaintext.",
        "seed": SEED,
    })
}

/// An object about to be written. What a vector gets wrong it changes here.
struct Draft {
    key: [u8; 32],
    salt: [u8; 24],
    context: Vec<u8>,
    label: Vec<u8>,
    aad: &'static [u8],
}

impl Draft {
    fn new(name: &str) -> Self {
        let mut chance = Chance::new(SEED, name);
        Self {
            key: chance.bytes(),
            salt: chance.bytes(),
            context: pairs(PAIRS),
            label: LABEL.to_vec(),
            aad: b"",
        }
    }

    /// Key, base nonce and commitment.
    fn derive(&self) -> Vec<u8> {
        let info = [&self.label[..], &self.salt, &self.context].concat();
        let mut okm = Vec::new();
        for counter in 1..=2_u8 {
            let mut mac = Hmac::<Sha512>::new_from_slice(&self.key).unwrap();
            mac.update(if counter == 1 { b"" } else { &okm });
            mac.update(&info);
            mac.update(&[counter]);
            okm.extend(mac.finalize().into_bytes());
        }
        okm
    }

    fn header(&self) -> Vec<u8> {
        [&self.salt[..], &self.derive()[44..76]].concat()
    }

    /// A chunk of zeros with its tag, and its plaintext.
    fn chunk(&self, index: u64, len: usize) -> (Vec<u8>, Vec<u8>) {
        let okm = self.derive();
        let cipher = Aes256Gcm::new_from_slice(&okm[..32]).unwrap();
        let mut nonce: [u8; 12] = okm[32..44].try_into().unwrap();
        for (byte, index) in nonce[4..].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= index;
        }
        let zeros = vec![0; len];
        let seal = |msg: &[u8]| {
            let payload = Payload { msg, aad: self.aad };
            cipher.encrypt(&Nonce::from(nonce), payload).unwrap()
        };
        let plaintext = seal(&zeros)[..len].to_vec();
        (seal(&plaintext), plaintext)
    }

    /// The chunks of a plaintext of some length, and the plaintext.
    fn chunks(&self, len: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
        let lens = (0..=len / CHUNK).map(|index| CHUNK.min(len - index * CHUNK));
        let (mut chunks, mut plaintext) = (Vec::new(), Vec::new());
        for (len, index) in lens.zip(0..) {
            let (chunk, part) = self.chunk(index, len);
            chunks.push(chunk);
            plaintext.extend(part);
        }
        (chunks, plaintext)
    }
}

/// All vectors of objects.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut list = List::default();
    good(&mut list);
    ranges(&mut list);
    keys(&mut list);
    lengths(&mut list);
    chunks::add(&mut list);
    list.0
}

#[derive(Default)]
struct List(Vec<Vector>);

impl List {
    fn push(&mut self, about: About, expect: &'static str, key: &[u8], object: &[u8]) {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(object).unwrap();
        let mut vector = Vector::new(about, expect, PAIRS);
        vector.fields.insert("dataKey".into(), hex(key));
        let object = base64(&zlib.finish().unwrap());
        vector.fields.insert("object".into(), object);
        self.0.push(vector);
    }

    /// Says what a good one holds.
    fn holds(&mut self, plaintext: &[u8]) {
        let fields = &mut self.0.last_mut().unwrap().fields;
        fields.insert("plaintextLength".into(), json!(plaintext.len()));
        fields.insert("plaintextSha256".into(), hex(&Sha256::digest(plaintext)));
    }

    /// Names the range that is asked for.
    fn range(&mut self, start: u64, end: u64) {
        let fields = &mut self.0.last_mut().unwrap().fields;
        fields.insert("range".into(), json!([start, end]));
    }

    /// An object with chunks of the caller's making.
    fn refused(
        &mut self,
        about: About,
        code: &'static str,
        len: usize,
        change: impl FnOnce(&Draft, &mut Vec<Vec<u8>>),
    ) {
        let draft = Draft::new(about.0);
        let mut chunks = draft.chunks(len).0;
        change(&draft, &mut chunks);
        let object = [draft.header(), chunks.concat()].concat();
        self.push(about, code, &draft.key, &object);
    }
}

fn good(list: &mut List) {
    for (name, len) in [
        ("object_empty", 0),
        ("object_1", 1),
        ("object_16383", CHUNK - 1),
        ("object_16384", CHUNK),
        ("object_16385", CHUNK + 1),
        ("object_3_chunks", 2 * CHUNK + 100),
        ("object_2_full", 2 * CHUNK),
    ] {
        let draft = Draft::new(name);
        let (chunks, plaintext) = draft.chunks(len);
        let object = [draft.header(), chunks.concat()].concat();
        list.push(
            (name, "O-3", "lengths around a chunk"),
            "ok",
            &draft.key,
            &object,
        );
        list.holds(&plaintext);
    }
}

fn ranges(list: &mut List) {
    let len = 2 * CHUNK;
    for (name, clause, start, end) in [
        ("range_start", "O-7", 0, 10),
        ("range_across", "O-7", CHUNK - 5, CHUNK + 5),
        ("range_empty", "O-8", 100, 100),
        ("range_to_the_end", "O-8", len - 1, len),
        ("range_at_the_end", "O-8", len, len),
        ("range_all", "O-7", 0, len),
    ] {
        let draft = Draft::new(name);
        let (chunks, plaintext) = draft.chunks(len);
        let object = [draft.header(), chunks.concat()].concat();
        list.push(
            (name, clause, "a range within the object"),
            "ok",
            &draft.key,
            &object,
        );
        list.holds(&plaintext[start..end]);
        list.range(start as u64, end as u64);
    }
    for (name, start, end, comment) in [
        ("range_over_the_end", 0, len + 1, "a byte over the end"),
        (
            "range_behind_the_end",
            len + 1,
            len + 1,
            "nothing, behind the end",
        ),
        ("range_turned", 11, 10, "turned round"),
        (
            "range_huge",
            0,
            usize::MAX >> 11,
            "as far as numbers go in JavaScript",
        ),
    ] {
        list.refused((name, "O-7", comment), "ERR_ARGUMENT", len, |_, _| ());
        list.range(start as u64, end as u64);
    }
    let about = (
        "range_of_a_cut_object",
        "O-8",
        "the end is where a chunk was cut off",
    );
    list.refused(about, OPEN_FAILED, 2 * CHUNK + 100, |_, chunks| {
        chunks.pop();
        chunks[1].truncate(CHUNK - 1 + 16);
    });
    list.range(2 * CHUNK as u64 - 2, 2 * CHUNK as u64 - 1);
    let about = (
        "range_of_a_moved_chunk",
        "O-5",
        "a chunk in the place of another",
    );
    list.refused(about, OPEN_FAILED, 2 * CHUNK, |_, chunks| chunks.swap(0, 1));
    list.range(5, 10);
}

fn keys(list: &mut List) {
    type Case = (&'static str, &'static str, fn(&mut Draft));
    let cases: [Case; 6] = [
        ("other_key", "another data key", |draft| draft.key[0] ^= 1),
        ("other_context", "another context", |draft| {
            draft.context = pairs(&[("bucket", "b")]);
        }),
        ("no_context", "no context", |draft| draft.context.clear()),
        ("other_label", "the label of 128-bit keys", |draft| {
            draft.label = b"c2sp.org/chunked-encryption@v1+AEAD_AES_128_GCM\0".to_vec();
        }),
        ("label_without_end", "the label without its zero", |draft| {
            draft.label.truncate(LABEL.len() - 1);
        }),
        ("salt_flipped", "one bit of the salt", |draft| {
            draft.salt[0] ^= 1;
        }),
    ];
    for (name, comment, change) in cases {
        let good = Draft::new(name);
        let mut draft = Draft::new(name);
        change(&mut draft);
        let mut header = draft.header();
        if name == "salt_flipped" {
            header[24..].copy_from_slice(&good.header()[24..]);
        }
        let object = [header, draft.chunks(100).0.concat()].concat();
        list.push((name, "O-2", comment), OPEN_FAILED, &good.key, &object);
    }
    for (name, at) in [("commitment_first_bit", 24), ("commitment_last_bit", 55)] {
        let draft = Draft::new(name);
        let mut header = draft.header();
        header[at] ^= if at == 24 { 0x80 } else { 1 };
        let object = [header, draft.chunks(100).0.concat()].concat();
        let about = (name, "O-2", "one bit of the commitment, under good tags");
        list.push(about, OPEN_FAILED, &draft.key, &object);
    }
}

fn lengths(list: &mut List) {
    for (name, len, comment) in [
        ("cut_to_nothing", 0, "nothing at all"),
        ("cut_to_55", 55, "a byte less than a header"),
        ("cut_to_56", 56, "a header and no chunk"),
        ("cut_to_71", 71, "a byte less than an empty chunk"),
        (
            "cut_at_a_chunk",
            56 + CHUNK + 16,
            "where the first chunk ends",
        ),
        (
            "cut_in_a_tag",
            56 + CHUNK + 16 + 15,
            "inside the tag that an empty chunk would have",
        ),
    ] {
        let draft = Draft::new(name);
        let object = [draft.header(), draft.chunks(CHUNK + 1000).0.concat()].concat();
        list.push(
            (name, "O-4", comment),
            TRUNCATED,
            &draft.key,
            &object[..len],
        );
    }
    let about = (
        "last_chunk_full",
        "O-4",
        "the last chunk is full, and none follows",
    );
    list.refused(about, TRUNCATED, CHUNK, |_, chunks| drop(chunks.pop()));
}
