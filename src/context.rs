//! The context: key–value pairs that are authenticated with a message and needed to open it.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha384};

use crate::error::{Error, Problem};

/// The prefix that the message format keeps for itself.
const RESERVED_PREFIX: &str = "aws-crypto-";

/// The context entry that carries the public key of a signed message.
pub(crate) const PUBLIC_KEY: &str = "aws-crypto-public-key";

/// Authenticated key–value pairs, in the order of the bytes of their keys.
///
/// Not secret: a message carries its context in the clear. Whoever opens a message has to say which
/// context he expects.
///
/// # Example
/// ```
/// let context = tsutsumi::Context::new([("tenant", "acme"), ("row", "17")])?;
/// assert_eq!(context.iter().next(), Some(("row", "17")));
/// assert!(tsutsumi::Context::new([("aws-crypto-x", "")]).is_err());
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// AWS Encryption SDK specification, "Encryption Context" and "AAD".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(Vec<(String, String)>);

impl Context {
    /// Bytes that a serialised context may have.
    pub const LEN_MAX: usize = u16::MAX as usize;

    /// Pairs that a context may have.
    pub const PAIRS_MAX: usize = 1024;

    /// Makes a context out of pairs in any order.
    ///
    /// # Errors
    /// `ERR_POLICY_CONTEXT` if a key is given twice or begins with `aws-crypto-`; `ERR_LIMIT` if
    /// the serialised form would be longer than [`LEN_MAX`](Self::LEN_MAX), or over
    /// [`PAIRS_MAX`](Self::PAIRS_MAX) pairs.
    pub fn new<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, Error>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let context = Self::of_any_keys(pairs)?;
        // spec: C-3
        if context
            .iter()
            .any(|(key, _)| key.starts_with(RESERVED_PREFIX))
        {
            return Err(Problem::ContextReserved.into());
        }
        Ok(context)
    }

    /// As [`new`](Self::new), with the keys too that the format keeps for itself.
    pub(crate) fn of_any_keys<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, Error>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let mut context = Self::default();
        for (key, value) in pairs {
            // spec: C-2
            if !context.insert(key.into(), value.into())? {
                return Err(Problem::ContextDuplicate.into());
            }
        }
        // spec: C-4
        if context.encoded_len() > Self::LEN_MAX {
            return Err(Problem::ContextTooLong.into());
        }
        Ok(context)
    }

    /// The pairs, in the order in which they are serialised.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The value of a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.iter()
            .find(|(found, _)| *found == key)
            .map(|(_, value)| value)
    }

    /// The pairs without the one that the format itself adds to signed messages.
    pub(crate) fn without_public_key(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(key, _)| *key != PUBLIC_KEY)
    }

    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The serialised form: nothing for no pairs, else a count and the length-prefixed pairs.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_len());
        if !self.0.is_empty() {
            push_len(&mut bytes, self.0.len());
        }
        for (key, value) in &self.0 {
            for text in [key, value] {
                push_len(&mut bytes, text.len());
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        bytes
    }

    /// Reads the serialised form, whatever its keys are.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let malformed = Error::from(Problem::ContextMalformed);
        let (count, mut rest) = bytes.split_first_chunk::<2>().ok_or(malformed)?;
        let count = usize::from(u16::from_be_bytes(*count));
        let pairs = read_pairs(&mut rest, count)?;
        // spec: C-5
        if count == 0 || !rest.is_empty() {
            return Err(malformed);
        }
        Ok(pairs)
    }

    /// One string for key services that take strings to authenticate: base64url, without padding,
    /// of the SHA-384 of the serialised form.
    ///
    /// # Example
    /// ```
    /// assert_eq!(tsutsumi::Context::default().digest().len(), 64);
    /// ```
    #[must_use]
    // spec: K-2
    pub fn digest(&self) -> String {
        Base64UrlUnpadded::encode_string(&Sha384::digest(self.encode()))
    }

    /// This context completed by pairs that were authenticated with a message but not stored in it.
    ///
    /// # Errors
    /// `ERR_POLICY_CONTEXT` if a key is in both; `ERR_LIMIT` if the outcome is over the limits.
    ///
    /// # Source
    /// AWS Encryption SDK specification, "Required Encryption Context CMM".
    pub fn completed_by(&self, unstored: &Self) -> Result<Self, Error> {
        let mut completed = self.clone();
        for (key, value) in unstored.iter() {
            if !completed.insert(key.into(), value.into())? {
                return Err(Problem::ContextDuplicate.into());
            }
        }
        if completed.encoded_len() > Self::LEN_MAX {
            return Err(Problem::ContextTooLong.into());
        }
        Ok(completed)
    }

    /// Puts a pair where the bytes of its key belong; false if the key is there already.
    fn insert(&mut self, key: String, value: String) -> Result<bool, Error> {
        // Also keeps pairs in a bad order from costing more than a moment.
        // spec: C-4, C-8
        if self.0.len() == Self::PAIRS_MAX {
            return Err(Problem::ContextTooLong.into());
        }
        let place = self
            .0
            // spec: C-1
            .binary_search_by(|(other, _)| other.as_str().cmp(&key));
        match place {
            Ok(_) => Ok(false),
            Err(place) => {
                self.0.insert(place, (key, value));
                Ok(true)
            }
        }
    }

    fn encoded_len(&self) -> usize {
        let pairs: usize = self
            .0
            .iter()
            .map(|(key, value)| 4 + key.len() + value.len())
            .sum();
        if self.0.is_empty() { 0 } else { 2 + pairs }
    }
}

fn read_pairs(rest: &mut &[u8], count: usize) -> Result<Context, Error> {
    let mut context = Context::default();
    for _ in 0..count {
        // Not every writer sorts by bytes; the order in the message is authenticated all the same.
        // spec: C-6, C-9
        if !context.insert(read_text(rest)?, read_text(rest)?)? {
            return Err(Problem::ContextMalformed.into());
        }
    }
    Ok(context)
}

fn read_text(rest: &mut &[u8]) -> Result<String, Error> {
    // spec: C-5, C-7
    let text = read_prefixed(rest).and_then(|bytes| core::str::from_utf8(bytes).ok());
    text.map(Into::into)
        .ok_or_else(|| Problem::ContextMalformed.into())
}

/// Takes a u16 length and as many bytes off the front.
pub(crate) fn read_prefixed<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, tail) = rest.split_first_chunk::<2>()?;
    let (bytes, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
    *rest = tail;
    Some(bytes)
}

/// Appends a length that the caller has checked to fit.
pub(crate) fn push_len(bytes: &mut Vec<u8>, len: usize) {
    // INVARIANT: every length written is bounded by u16::MAX where it was accepted.
    bytes.extend_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    // spec: C-1
    fn pairs_are_sorted_by_the_bytes_of_their_keys() {
        // U+FFFD sorts after U+10000 by UTF-16 code units, and before it by UTF-8 bytes.
        let context = Context::new([("\u{10000}", "b"), ("\u{FFFD}", "a")]).unwrap();
        let keys: Vec<_> = context.iter().map(|(key, _)| key.to_owned()).collect();
        assert_eq!(keys, ["\u{FFFD}", "\u{10000}"]);
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let context = Context::new([("b", "2"), ("a", "1"), ("", "")]).unwrap();
        assert_eq!(Context::decode(&context.encode()).unwrap(), context);
        assert_eq!(Context::default().encode(), b"");
    }

    #[test]
    // spec: C-5, C-6, C-7
    fn malformed_contexts_are_refused() {
        let cases: [&[u8]; 7] = [
            b"\0",
            b"\0\0",
            b"\0\x01\0\x01a\0\x01",
            b"\0\x01\0\x01a\0\x01bc",
            b"\0\x02\0\x01a\0\x01b\0\x01a\0\x01c",
            b"\0\x01\0\x01\xff\0\0",
            b"\xff\xff",
        ];
        for case in cases {
            assert_eq!(
                Context::decode(case).unwrap_err(),
                Problem::ContextMalformed.into()
            );
        }
    }

    #[test]
    // spec: C-2, C-3, C-4
    fn limits_and_reserved_keys_are_named() {
        let long = "x".repeat(65_530);
        assert_eq!(
            Context::new([("a", &*long)]).unwrap_err().problem(),
            Problem::ContextTooLong
        );
        assert!(Context::new([("a", &long[..65_528])]).is_ok());
        let twice = Context::new([("a", "1"), ("a", "1")]).unwrap_err();
        assert_eq!(twice.problem(), Problem::ContextDuplicate);
        let reserved = Context::new([("aws-crypto-public-key", "1")]).unwrap_err();
        assert_eq!(reserved.problem(), Problem::ContextReserved);
    }
}
