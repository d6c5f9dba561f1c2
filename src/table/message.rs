//! A table at rest: its keyset, sealed as a message.

use super::KeyTable;
use crate::context::Context;
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::message::{Header, Opener, Sealer, Slot};
use crate::secret::SecretBytes;

/// The pair in the context of a message that says that its plaintext is a keyset.
///
/// It keeps a message that somebody else had sealed under the same root key from being taken for a
/// table of keys.
pub const CONTEXT_PAIR: (&str, &str) = ("tsutsumi:type", "key-table");

/// How the keyset inside the message is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// As Protocol Buffers in binary.
    #[default]
    Binary,
    /// As JSON.
    Json,
}

impl KeyTable {
    /// A context that names a table, with pairs of the caller's besides.
    ///
    /// # Errors
    /// `ERR_POLICY_CONTEXT` if the caller's pairs have the key of [`CONTEXT_PAIR`]; `ERR_LIMIT` if
    /// the outcome is too long.
    pub fn context(pairs: &Context) -> Result<Context, Error> {
        Context::new([CONTEXT_PAIR])?.completed_by(pairs)
    }

    /// Seals the table as a message.
    ///
    /// # Arguments
    /// * `form` - how the keyset inside is written.
    /// * `key` - a new data key.
    /// * `context` - made by [`context`](Self::context); the slots are wrapped under it.
    /// * `slots` - the wrapped copies of the data key.
    ///
    /// # Errors
    /// `ERR_POLICY_CONTEXT` if the context names no table; otherwise as
    /// [`Sealer::new`](crate::message::Sealer::new).
    ///
    /// # Example
    /// ```
    /// use tsutsumi::message::{Header, Limits};
    /// use tsutsumi::table::{Form, KeyTable};
    /// use tsutsumi::{Context, DataKey, Secret, WrappingKey};
    ///
    /// let wrapping = WrappingKey::new("example", "key 1", &Secret::generate()?)?;
    /// let table = KeyTable::generate()?;
    /// let context = KeyTable::context(&Context::new([("tenant", "acme")])?)?;
    /// let key = DataKey::generate()?;
    /// let slot = wrapping.wrap(&key, &context)?;
    /// let message = table.seal_message(Form::Binary, &key, &context, &[slot])?;
    ///
    /// let header = Header::read_whole(&message, &Limits::default())?;
    /// let key = wrapping.unwrap(&header.slots()[0], header.context())?;
    /// let again = KeyTable::open_message(&header, &key, &message[header.encoded_len()..])?;
    /// assert!(table.keys().eq(again.keys()));
    /// # Ok::<(), tsutsumi::Error>(())
    /// ```
    pub fn seal_message(
        &self,
        form: Form,
        key: &DataKey,
        context: &Context,
        slots: &[Slot],
    ) -> Result<Vec<u8>, Error> {
        check_context(context)?;
        let keyset = match form {
            Form::Binary => self.to_binary(),
            Form::Json => self.to_json(),
        };
        let mut sealer = Sealer::new(key, context, slots)?;
        let mut message = sealer.header().to_vec();
        sealer.push(keyset.as_bytes(), &mut message)?;
        sealer.finish(&mut message)?;
        Ok(message)
    }

    /// Opens a table that was sealed as a message, by this crate or by any AWS Encryption SDK.
    ///
    /// The keyset may be binary or JSON. Whether the rest of the context is the expected one is for
    /// the caller to check, before he asks for the data key.
    ///
    /// # Errors
    /// `ERR_POLICY_CONTEXT` if the context names no table; those of
    /// [`Opener`], and of [`from_binary`](Self::from_binary).
    pub fn open_message(header: &Header, key: &DataKey, body: &[u8]) -> Result<Self, Error> {
        check_context(header.context())?;
        let mut keyset = SecretBytes::with_capacity(body.len());
        let mut opener = Opener::new(header, key)?;
        opener.push(body, &mut keyset)?;
        opener.finish()?;
        // No keyset in binary begins with a byte that may begin JSON.
        match keyset.as_bytes().first() {
            Some(b'{' | b' ' | b'\t' | b'\r' | b'\n') => Self::from_json(keyset.as_bytes()),
            _ => Self::from_binary(keyset.as_bytes()),
        }
    }
}

// spec: T-1
fn check_context(context: &Context) -> Result<(), Error> {
    let (key, value) = CONTEXT_PAIR;
    if context.value(key) == Some(value) {
        Ok(())
    } else {
        Err(Problem::NotATable.into())
    }
}
