//! Types for secrets: they wipe themselves, print nothing, and compare in constant time.

use core::fmt;

use ctutils::CtEq;
use zeroize::Zeroize;

use crate::error::{Error, Problem};
use crate::pool::draw;

/// A secret of fixed length, on the heap, wiped when dropped.
///
/// It lives in a box so that moving it copies a pointer, not the secret.
///
/// # Example
/// ```
/// let secret = tsutsumi::Secret::<32>::generate()?;
/// assert_eq!(format!("{secret:?}"), "Secret(32)");
/// # Ok::<(), tsutsumi::Error>(())
/// ```
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Draws a secret from the platform's randomness.
    ///
    /// # Errors
    /// `ERR_INTERNAL` if the platform gives none.
    pub fn generate() -> Result<Self, Error> {
        let mut secret = Self::zero();
        draw(secret.as_mut_bytes())?;
        Ok(secret)
    }

    /// Copies a secret out of a slice, which the caller still has to wipe.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` if the slice has another length than `N`.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != N {
            return Err(Problem::KeyLength.into());
        }
        let mut secret = Self::zero();
        secret.0.copy_from_slice(bytes);
        Ok(secret)
    }

    /// The secret itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }

    pub(crate) fn zero() -> Self {
        Self(Box::new([0; N]))
    }

    pub(crate) fn as_mut_bytes(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({N})")
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).to_bool()
    }
}

impl<const N: usize> Eq for Secret<N> {}

/// Secret bytes of any length, wiped when dropped and whenever they move to grow.
#[derive(Default)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// No bytes, and no room for any.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Room for `capacity` bytes, none used.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to be changed in place.
    #[must_use]
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes room for `additional` more bytes; the old place is wiped if they have to move.
    #[inline(never)]
    pub fn reserve(&mut self, additional: usize) {
        let needed = self.0.len().saturating_add(additional);
        if needed > self.0.capacity() {
            let mut grown = Vec::with_capacity(needed.max(self.0.capacity() * 2));
            grown.extend_from_slice(&self.0);
            self.0.zeroize();
            self.0 = grown;
        }
    }

    /// Appends bytes.
    #[inline(never)]
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// The vector itself, to be put back into a `SecretBytes` when it has been written to.
    #[cfg(all(target_arch = "wasm32", feature = "bindings"))]
    pub(crate) fn take_vec(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.0)
    }

    /// Wipes the bytes and keeps the room.
    #[inline(never)]
    pub fn clear(&mut self) {
        wipe(&mut self.0);
        self.0.clear();
    }

    /// Sets the length, filling with zeros or wiping what is cut off.
    #[inline(never)]
    pub fn resize(&mut self, len: usize) {
        if let Some(cut) = self.0.get_mut(len..) {
            cut.zeroize();
            self.0.truncate(len);
        } else {
            self.reserve(len - self.0.len());
            self.0.resize(len, 0);
        }
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({})", self.0.len())
    }
}

/// Overwrites bytes that stay where they are, at once and not byte by byte as for a `Drop`.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    core::hint::black_box(&*bytes);
}

/// Fills `buffer` from the platform's randomness.
///
/// # Errors
/// `ERR_INTERNAL` if the platform gives none; the buffer is then all zeros.
pub fn random(buffer: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(buffer).map_err(|_| {
        buffer.zeroize();
        Error::from(Problem::RandomUnavailable)
    })
}

/// Overwrites the part of the stack that the calls before it may have used.
///
/// Ciphers and hashes leave key schedules and key stream below the stack pointer, where no `Drop`
/// reaches. 16 KiB covers the deepest call of the core; the cost is about a microsecond.
#[inline(never)]
pub fn scrub_stack() {
    // Filled at once, not word by word; what is looked at has to be there.
    let frame = [0_u64; 2048];
    core::hint::black_box(&frame);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_lengths_only() {
        let secret = Secret::<32>::from_slice(&[0xAB; 32]).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(32)");
        assert_eq!(
            format!("{:?}", SecretBytes::from(vec![0xAB; 5])),
            "SecretBytes(5)"
        );
    }

    #[test]
    fn equality_looks_at_every_byte() {
        let secret = Secret::<32>::generate().unwrap();
        for position in 0..32 {
            let mut other = Secret::<32>::from_slice(secret.as_bytes()).unwrap();
            assert_eq!(secret, other);
            other.as_mut_bytes()[position] ^= 1;
            assert_ne!(secret, other);
        }
    }

    #[test]
    fn a_slice_of_another_length_is_refused() {
        assert_eq!(
            Secret::<32>::from_slice(&[0; 31]).unwrap_err(),
            Problem::KeyLength.into()
        );
    }

    #[test]
    fn growing_and_cutting_keep_the_rest() {
        let mut bytes = SecretBytes::with_capacity(1);
        bytes.extend_from_slice(b"abc");
        bytes.extend_from_slice(b"def");
        assert_eq!(bytes.as_bytes(), b"abcdef");
        bytes.resize(2);
        bytes.resize(4);
        assert_eq!(bytes.as_bytes(), b"ab\0\0");
        bytes.clear();
        assert!(bytes.is_empty());
    }
}
