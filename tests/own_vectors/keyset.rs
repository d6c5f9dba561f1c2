//! Keysets of Tink put together byte by byte, right or wrong.

pub(crate) const XAES: &str = "type.googleapis.com/google.crypto.tink.XAesGcmKey";
pub(crate) const GCM: &str = "type.googleapis.com/google.crypto.tink.AesGcmKey";

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7F {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
    bytes
}

/// A field that holds a number.
pub(crate) fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// A field that holds bytes.
pub(crate) fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [&varint(field << 3 | 2), &varint(value.len() as u64), value].concat()
}

/// One key of a keyset.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) url: &'static str,
    pub(crate) value: Vec<u8>,
    pub(crate) material: u64,
    pub(crate) status: u64,
    pub(crate) id: u64,
    pub(crate) prefix: u64,
    pub(crate) has_data: bool,
}

/// A key of XAES-256-GCM with a salt of 12 bytes and Tink's prefix.
pub(crate) fn xaes(id: u64, key: &[u8]) -> Key {
    Key {
        url: XAES,
        value: [bytes(2, &number(1, 12)), bytes(3, key)].concat(),
        material: 1,
        status: 1,
        id,
        prefix: 1,
        has_data: true,
    }
}

/// A key of AES-256-GCM.
pub(crate) fn gcm(id: u64, key: &[u8]) -> Key {
    Key {
        url: GCM,
        value: bytes(3, key),
        ..xaes(id, key)
    }
}

/// A key that was destroyed.
pub(crate) fn destroyed(id: u64) -> Key {
    Key {
        status: 3,
        has_data: false,
        ..xaes(id, &[])
    }
}

impl Key {
    pub(crate) fn binary(&self) -> Vec<u8> {
        let data = [
            bytes(1, self.url.as_bytes()),
            bytes(2, &self.value),
            number(3, self.material),
        ];
        let mut key = Vec::new();
        if self.has_data {
            key.extend(bytes(1, &data.concat()));
        }
        key.extend(number(2, self.status));
        key.extend(number(3, self.id));
        key.extend(number(4, self.prefix));
        key
    }
}

/// A keyset in binary.
pub(crate) fn binary(primary: u64, keys: &[Key]) -> Vec<u8> {
    let mut keyset = number(1, primary);
    for key in keys {
        keyset.extend(bytes(2, &key.binary()));
    }
    keyset
}
