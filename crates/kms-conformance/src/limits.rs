//! What kube-apiserver refuses to take from a plugin.

use tsutsumi_kms_api::{ANNOTATIONS_LEN_MAX, Annotations, CIPHERTEXT_LEN_MAX, KEY_ID_LEN_MAX};

/// How long a domain name may be, and how long each of its parts.
const NAME_LEN_MAX: usize = 253;
const LABEL_LEN_MAX: usize = 63;

/// Checks a key id.
///
/// # Errors
/// A sentence, if it is empty or too long.
pub(crate) fn key_id(key_id: &str) -> Result<(), String> {
    length("the key id", key_id.len(), KEY_ID_LEN_MAX)
}

/// Checks a ciphertext.
///
/// # Errors
/// A sentence, if it is empty or too long.
pub(crate) fn ciphertext(ciphertext: &[u8]) -> Result<(), String> {
    length("the ciphertext", ciphertext.len(), CIPHERTEXT_LEN_MAX)
}

/// Checks annotations: names are fully qualified domain names.
///
/// # Errors
/// A sentence, if a name is none, or all together are too long.
pub(crate) fn annotations(annotations: &Annotations) -> Result<(), String> {
    for name in annotations.keys() {
        if !is_qualified(name) {
            return Err(format!(
                "the annotation `{name}` is no fully qualified domain name"
            ));
        }
    }
    let lengths = annotations
        .iter()
        .map(|(name, value)| name.len() + value.len());
    match lengths.sum::<usize>() {
        0..=ANNOTATIONS_LEN_MAX => Ok(()),
        more => Err(format!(
            "the annotations have {more} bytes, more than {ANNOTATIONS_LEN_MAX}"
        )),
    }
}

fn length(what: &str, len: usize, max: usize) -> Result<(), String> {
    match len {
        0 => Err(format!("{what} is empty")),
        len if len > max => Err(format!("{what} has {len} bytes, more than {max}")),
        _ => Ok(()),
    }
}

fn is_qualified(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        (1..=LABEL_LEN_MAX).contains(&bytes.len())
            && bytes.iter().all(|&byte| alphanumeric(byte) || byte == b'-')
            && [bytes.first(), bytes.last()]
                .iter()
                .flatten()
                .all(|&&byte| alphanumeric(byte))
    };
    name.len() <= NAME_LEN_MAX && name.contains('.') && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_taken_up_to_the_limit() {
        assert!(key_id("k").is_ok() && key_id(&"k".repeat(1024)).is_ok());
        assert!(key_id("").is_err() && key_id(&"k".repeat(1025)).is_err());
        assert!(ciphertext(&[0; 1024]).is_ok());
        assert!(ciphertext(&[]).is_err() && ciphertext(&[0; 1025]).is_err());
        let of = |len| Annotations::from([("a.b".to_owned(), vec![0; len])]);
        assert!(annotations(&Annotations::new()).is_ok());
        assert!(annotations(&of(32 * 1024 - 3)).is_ok());
        assert!(annotations(&of(32 * 1024 - 2)).is_err());
    }

    #[test]
    fn names_of_annotations_are_fully_qualified() {
        for name in ["a.b", "local-kek.example.com", "a.b.", "1.2", "x--y.z"] {
            assert!(is_qualified(name), "{name}");
        }
        let long = format!("{}.b", "a".repeat(64));
        let longer = "a.".repeat(127) + "b";
        for name in [
            "", "a", "A.b", "a..b", "-a.b", "a-.b", "a_b.c", ".", "a.b..", &long,
        ] {
            assert!(!is_qualified(name), "{name}");
        }
        assert!(!is_qualified(&longer));
    }
}
