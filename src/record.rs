//! Records: tiny values, many under one table of keys.
//!
//! Two kinds, both sealed and opened by a [`KeyTable`](crate::table::KeyTable):
//!
//! | kind | bytes | adds |
//! |---|---|---|
//! | record | `01` ‖ key id u32 ‖ nonce 24 ‖ ciphertext ‖ tag 16 | 45 |
//! | committing record | key id u32 ‖ salt 20 ‖ commitment 32 ‖ ciphertext ‖ tag 16 | 72 |
//!
//! Tink reads the first kind in C++, Java, Go and Python; any Cobblestone-256 reads the second.
//!
//! A record is XAES-256-GCM with Tink's prefix. It does not commit: whoever holds two keys of a
//! table can make a record that opens under both. The id in front says which key to take, and
//! proves nothing. A committing record is a Cobblestone-256 object whose salt begins with the
//! key's id; it commits to key, id and context, and its key is derived from the table's.
//!
//! What is authenticated with a record is up to the caller; between programs that share a table it
//! is best the serialised [`Context`](crate::Context).

mod cipher;
mod committing;
mod text;

pub use text::{from_text, to_text};

pub(crate) use cipher::{Nonces, RecordCipher};
pub(crate) use committing::{CommittingKey, id_of as committing_id};

use crate::error::{Error, Problem};

/// Bytes that the value of a record may have: 8 MiB.
pub const VALUE_LEN_MAX: usize = 8 << 20;

/// Bytes that sealing adds to a value.
pub const OVERHEAD: usize = 45;

/// Bytes that sealing with commitment adds to a value of less than 16 KiB; longer ones take 16
/// bytes more for each 16 KiB.
pub const COMMITTING_OVERHEAD: usize = 72;

/// Refuses values over the limit before anything is made for them.
fn check_len(value: &[u8]) -> Result<(), Error> {
    // spec: R-7
    if value.len() > VALUE_LEN_MAX {
        return Err(Problem::RecordTooLong.into());
    }
    Ok(())
}
