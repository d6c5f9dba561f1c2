//! The signature of a signed message, gathered while the message goes by.

use sha2::{Digest, Sha384};

use crate::error::{Error, Problem};
use crate::secret::SecretBytes;

/// Checks ECDSA signatures over P-384; the core itself carries no curve.
pub trait SignatureVerifier {
    /// Whether `signature` is one of `digest` under `public_key`.
    ///
    /// # Arguments
    /// * `public_key` - a compressed point in SEC1 form, 49 bytes.
    /// * `digest` - the SHA-384 of the message up to its signature.
    /// * `signature` - in DER.
    fn verify(&self, public_key: &[u8], digest: &[u8; 48], signature: &[u8]) -> bool;
}

/// The running hash, and the final frame held back until the signature is known to hold.
pub(crate) struct Signature {
    hash: Sha384,
    public_key: Vec<u8>,
    held: SecretBytes,
    verifier: Box<dyn SignatureVerifier>,
}

impl Signature {
    pub(crate) fn new(
        header: &[u8],
        public_key: Vec<u8>,
        verifier: Box<dyn SignatureVerifier>,
    ) -> Self {
        let mut hash = Sha384::new();
        hash.update(header);
        Self {
            hash,
            public_key,
            held: SecretBytes::default(),
            verifier,
        }
    }

    pub(crate) fn update(&mut self, frame: &[u8]) {
        self.hash.update(frame);
    }

    pub(crate) fn held(&mut self) -> &mut SecretBytes {
        &mut self.held
    }

    /// Checks the signature and only then gives the final frame out.
    pub(crate) fn check(self, signature: &[u8], plaintext: &mut SecretBytes) -> Result<(), Error> {
        let digest = self.hash.finalize().into();
        if !self.verifier.verify(&self.public_key, &digest, signature) {
            return Err(Problem::SignatureInvalid.into());
        }
        plaintext.extend_from_slice(self.held.as_bytes());
        Ok(())
    }
}
