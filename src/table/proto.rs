//! The little of Protocol Buffers that keysets need.
//!
//! A general reader would copy keys to memory that nobody wipes. This one hands out slices of what
//! it reads, and takes only the fields that the caller knows: to skip another one would be to lose
//! it when the table is saved.

use crate::error::{Error, Problem};
use crate::secret::SecretBytes;

const VARINT: u8 = 0;
const LENGTH_DELIMITED: u8 = 2;

/// The value of a field.
pub(super) enum Field<'a> {
    Number(u32),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    /// The bytes of a field that has to hold such.
    pub(super) fn bytes(self) -> Result<&'a [u8], Error> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(_) => Err(Problem::TableMalformed.into()),
        }
    }

    /// The number of a field that has to hold one.
    pub(super) fn number(self) -> Result<u32, Error> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Bytes(_) => Err(Problem::TableMalformed.into()),
        }
    }
}

/// Calls `field` with each field of a message.
pub(super) fn read<'a>(
    mut bytes: &'a [u8],
    mut field: impl FnMut(u32, Field<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let value = match tag.to_le_bytes()[0] & 7 {
            VARINT => Field::Number(varint(&mut bytes)?),
            LENGTH_DELIMITED => {
                let len = varint(&mut bytes)? as usize;
                let (value, rest) = bytes.split_at_checked(len).ok_or(Problem::TableMalformed)?;
                bytes = rest;
                Field::Bytes(value)
            }
            _ => return Err(Problem::TableMalformed.into()),
        };
        field(tag >> 3, value)?;
    }
    Ok(())
}

/// Puts a value where none was: a field may stand once.
pub(super) fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Error> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Problem::TableMalformed.into()),
    }
}

/// A number of at most 32 bits: no field of a keyset has more.
fn varint(bytes: &mut &[u8]) -> Result<u32, Error> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(Problem::TableMalformed)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(value).map_err(|_| Problem::TableMalformed.into());
        }
    }
    Err(Problem::TableMalformed.into())
}

/// Appends a field that is a number, unless it is 0, which is not written.
pub(super) fn write_number(message: &mut SecretBytes, field: u32, number: u32) {
    if number != 0 {
        write_varint(message, field << 3 | u32::from(VARINT));
        write_varint(message, number);
    }
}

/// Appends a field that is bytes.
pub(super) fn write_bytes(message: &mut SecretBytes, field: u32, bytes: &[u8]) {
    write_varint(message, field << 3 | u32::from(LENGTH_DELIMITED));
    // INVARIANT: a keyset is far shorter than 4 GiB.
    write_varint(message, u32::try_from(bytes.len()).unwrap_or_default());
    message.extend_from_slice(bytes);
}

fn write_varint(message: &mut SecretBytes, mut value: u32) {
    while value >= 0x80 {
        message.extend_from_slice(&[value.to_le_bytes()[0] | 0x80]);
        value >>= 7;
    }
    message.extend_from_slice(&[value.to_le_bytes()[0]]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_come_back() {
        for number in [1, 127, 128, 16_383, 16_384, u32::MAX] {
            let mut message = SecretBytes::new();
            write_number(&mut message, 3, number);
            let mut found = None;
            read(message.as_bytes(), |field, value| {
                assert_eq!(field, 3);
                once(&mut found, value.number()?)
            })
            .unwrap();
            assert_eq!(found, Some(number));
        }
    }

    #[test]
    fn malformed_messages_are_refused() {
        let cases: [&[u8]; 8] = [
            b"\x08",
            b"\x08\x80",
            b"\x08\xff\xff\xff\xff\x1f",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x12\x01",
            b"\x12\xff\xff\xff\xff\x0f",
            b"\x09\0\0\0\0\0\0\0\0",
            b"\x0b\x0c",
        ];
        for case in cases {
            let error = read(case, |_, _| Ok(())).unwrap_err();
            assert_eq!(error.problem(), Problem::TableMalformed);
        }
    }
}
