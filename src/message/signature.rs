//! The signature of a signed message, gathered while the message goes by.

use base64ct::{Base64, Encoding};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha256, Sha384};

use super::header::Header;
use super::suite::Curve;
use crate::context::PUBLIC_KEY;
use crate::error::{Error, Problem};
use crate::secret::SecretBytes;

/// The running hash, and the final frame held back until the signature is known to hold.
pub(super) struct Signature {
    verifier: Verifier,
    held: SecretBytes,
}

/// The hash of what is signed, and the key that signed it.
enum Verifier {
    P256(Sha256, Box<p256::ecdsa::VerifyingKey>),
    P384(Sha384, Box<p384::ecdsa::VerifyingKey>),
}

impl Signature {
    /// What a message of this header needs: nothing where its suite is not signed.
    ///
    /// # Errors
    /// `ERR_FORMAT_INVALID` if the public key in the context is none.
    pub(super) fn of(header: &Header) -> Result<Option<Self>, Error> {
        let Some(curve) = header.suite.curve() else {
            return Ok(None);
        };
        let malformed = Error::from(Problem::SignatureContext);
        let text = header.context.value(PUBLIC_KEY).ok_or(malformed)?;
        let point = Base64::decode_vec(text).map_err(|_| malformed)?;
        let verifier = Verifier::new(curve, &point).ok_or(malformed)?;
        let mut signature = Self {
            verifier,
            held: SecretBytes::default(),
        };
        signature.update(&header.bytes);
        Ok(Some(signature))
    }

    /// Takes what comes next in the message.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match &mut self.verifier {
            Verifier::P256(hash, _) => hash.update(bytes),
            Verifier::P384(hash, _) => hash.update(bytes),
        }
    }

    /// Where the final frame waits.
    pub(super) fn held(&mut self) -> &mut SecretBytes {
        &mut self.held
    }

    /// Checks the signature, in DER, and only then gives the final frame out.
    pub(super) fn check(self, signature: &[u8], plaintext: &mut SecretBytes) -> Result<(), Error> {
        // spec: M-41
        if !self.verifier.holds(signature) {
            return Err(Problem::SignatureInvalid.into());
        }
        plaintext.extend_from_slice(self.held.as_bytes());
        Ok(())
    }
}

impl Verifier {
    /// Takes a compressed point, the one form that the message format knows.
    fn new(curve: Curve, point: &[u8]) -> Option<Self> {
        match (curve, point.len()) {
            (Curve::P256, 33) => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
                Some(Self::P256(Sha256::new(), Box::new(key)))
            }
            (Curve::P384, 49) => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
                Some(Self::P384(Sha384::new(), Box::new(key)))
            }
            _ => None,
        }
    }

    fn holds(self, signature: &[u8]) -> bool {
        match self {
            Self::P256(hash, key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&hash.finalize(), &signature).is_ok()),
            Self::P384(hash, key) => p384::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&hash.finalize(), &signature).is_ok()),
        }
    }
}
