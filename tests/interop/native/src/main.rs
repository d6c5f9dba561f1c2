//! The native core as a peer: one request and one reply a line, in JSON, bytes in base64.
//!
//! Opens and seals messages under wrapping keys. A request that the core refuses is answered with
//! `refused` and the code; a request that is malformed ends the program.

use std::io::{BufRead, Write, stdin, stdout};

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use tsutsumi::message::{Commitment, Header, Limits, Opener, Sealer};
use tsutsumi::{Context, DataKey, Error, LegacyKey, Secret, SecretBytes, WrappingKey};

/// Pieces in which a message goes through the opener: no divisor of a frame.
const PIECE_LEN: usize = 1000;

/// What keeps a request from being answered.
enum Trouble {
    /// The core says no, which a test may be waiting for.
    Refused(Error),
    /// The request makes no sense.
    Malformed(&'static str),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

type Answer = Result<Value, Trouble>;

fn main() {
    for line in stdin().lock().lines() {
        let request: Value = line
            .ok()
            .and_then(|line| serde_json::from_str(&line).ok())
            .expect("a line of JSON");
        let answer = match text(&request, "do") {
            Ok("seal") => seal(&request),
            Ok("open") => open(&request),
            _ => Err(Trouble::Malformed("do")),
        };
        let reply = match answer {
            Ok(reply) => reply,
            Err(Trouble::Refused(error)) => json!({ "refused": error.code().name() }),
            Err(Trouble::Malformed(field)) => panic!("`{field}` is malformed"),
        };
        writeln!(stdout(), "{reply}").expect("a reader");
    }
}

fn seal(request: &Value) -> Answer {
    let (stored, unstored) = (context(request, "context")?, context(request, "required")?);
    let full = stored.completed_by(&unstored)?;
    let plaintext = bytes(request, "plaintext")?;
    let frame_len = request["frame"]
        .as_u64()
        .and_then(|len| len.try_into().ok());
    let data_key = DataKey::generate()?;
    let mut slots = Vec::new();
    for key in keys(request)? {
        slots.push(key.wrap(&data_key, &full)?);
    }
    let frame_len = frame_len.ok_or(Trouble::Malformed("frame"))?;
    let mut sealer = Sealer::with_unstored(&data_key, &stored, &unstored, &slots, frame_len)?;
    let mut message = sealer.header().to_vec();
    for piece in plaintext.chunks(PIECE_LEN) {
        sealer.push(piece, &mut message)?;
    }
    sealer.finish(&mut message)?;
    Ok(json!({ "message": Base64::encode_string(&message) }))
}

fn open(request: &Value) -> Answer {
    let message = bytes(request, "message")?;
    let commitment = match request["allow"].as_bool() {
        Some(true) => Commitment::AllowUncommittedAndUnderived,
        _ => Commitment::Required,
    };
    let header = Header::read_whole_allowing(&message, &Limits::default(), commitment)?;
    if !request["context"].is_null() {
        header.match_context(&context(request, "context")?)?;
    }
    let unstored = context(request, "required")?;
    let full = header.context().completed_by(&unstored)?;
    let data_key = unwrap(&header, &full, &keys(request)?)?;
    let mut opener = Opener::allowing(&header, data_key, &unstored, commitment)?;
    let mut plaintext = SecretBytes::new();
    for piece in message[header.encoded_len()..].chunks(PIECE_LEN) {
        opener.push(piece, &mut plaintext)?;
    }
    opener.finish()?;
    // The one that the format adds to signed messages is nobody's context.
    let own = |(key, _): &(&str, &str)| *key != "aws-crypto-public-key";
    let pairs: Vec<_> = header.context().iter().filter(own).collect();
    Ok(json!({ "plaintext": Base64::encode_string(plaintext.as_bytes()), "context": pairs }))
}

/// The data key out of the first slot that one of the keys opens; otherwise what the last one said.
fn unwrap(header: &Header, context: &Context, keys: &[WrappingKey]) -> Result<LegacyKey, Trouble> {
    let mut failed = Trouble::Malformed("keys");
    for slot in header.slots() {
        for key in keys {
            match key.unwrap_legacy(slot, context) {
                Ok(data_key) => return Ok(data_key),
                // That a slot is not ours says less than that ours does not open.
                Err(_) if !key.owns(slot) && matches!(failed, Trouble::Refused(_)) => (),
                Err(error) => failed = error.into(),
            }
        }
    }
    Err(failed)
}

fn keys(request: &Value) -> Result<Vec<WrappingKey>, Trouble> {
    let described = request["keys"]
        .as_array()
        .ok_or(Trouble::Malformed("keys"))?;
    let key = |key: &Value| {
        let secret = Secret::from_slice(&bytes(key, "key")?)?;
        Ok(WrappingKey::new(
            text(key, "namespace")?,
            text(key, "name")?,
            &secret,
        )?)
    };
    described.iter().map(key).collect()
}

fn context(request: &Value, field: &'static str) -> Result<Context, Trouble> {
    let malformed = || Trouble::Malformed(field);
    let pairs: Vec<(String, String)> =
        serde_json::from_value(request[field].clone()).map_err(|_| malformed())?;
    Ok(Context::new(pairs)?)
}

fn text<'a>(value: &'a Value, field: &'static str) -> Result<&'a str, Trouble> {
    value[field].as_str().ok_or(Trouble::Malformed(field))
}

fn bytes(value: &Value, field: &'static str) -> Result<Vec<u8>, Trouble> {
    Base64::decode_vec(text(value, field)?).map_err(|_| Trouble::Malformed(field))
}
