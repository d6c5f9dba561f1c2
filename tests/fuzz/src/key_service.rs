//! Replies of key services.

use tsutsumi::Class;
use tsutsumi::key_protect::{read_unwrap_reply, read_wrap_reply};
use tsutsumi::key_service::{TextEncoding, read_key_reply};

/// A reply of Key Protect.
pub(crate) fn reply(data: &[u8]) {
    if let Err(error) = read_unwrap_reply(data) {
        assert_eq!(error.code().class(), Class::Kms);
        assert!(error.offset() <= data.len() as u64);
    }
    match read_wrap_reply(data) {
        Ok(wrapped) => assert!(!wrapped.ciphertext.is_empty()),
        Err(error) => assert_eq!(error.code().class(), Class::Kms),
    }
}

/// A reply of any other service, with the key at the end of a path.
pub(crate) fn key_reply(data: &[u8]) {
    for (path, encoding) in [
        ("plaintext", TextEncoding::Base64),
        ("data.key", TextEncoding::Base64Url),
    ] {
        if let Err(error) = read_key_reply(data, path, encoding) {
            assert!(error.offset() <= data.len() as u64);
        }
    }
}
