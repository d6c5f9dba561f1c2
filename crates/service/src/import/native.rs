//! The native implementation.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use pem_rfc7468::LineEnding;
use tsutsumi::SecretBytes;

use super::{KeyPair, Opened, Sent};
use crate::problem::{Problem, code, field};
use crate::service::Service;

/// Makes a key pair, away from the threads that answer calls: it takes about a second.
pub(crate) async fn generate(_: &Service, _: &str) -> Result<KeyPair, Problem> {
    let made = tokio::task::spawn_blocking(make).await;
    made.ok()
        .flatten()
        .ok_or_else(|| code::INCOMPLETE_METADATA.into())
}

fn make() -> Option<KeyPair> {
    let pair = PrivateDecryptingKey::generate(KeySize::Rsa4096).ok()?;
    let private: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
    let public_key =
        pem_rfc7468::encode_string("PUBLIC KEY", LineEnding::LF, public.as_ref()).ok()?;
    Some(KeyPair {
        public_key,
        private_key: SecretBytes::from(private.as_ref().to_vec()),
    })
}

/// Whether the private key of a token is here: it is stored with the token.
pub(crate) const fn is_kept(_: &Service, _: &str) -> bool {
    true
}

/// Opens the material (RSA-OAEP, SHA-256) and with it the nonce (AES-GCM).
pub(crate) async fn open(
    _: (&Service, &str),
    private_key: &SecretBytes,
    sent: &Sent<'_>,
) -> Result<Opened, Problem> {
    let wrong = || field("payload", "sealed under the public key of the import token");
    let damaged = || Problem::from(code::INCOMPLETE_METADATA);
    let key = PrivateDecryptingKey::from_pkcs8(private_key.as_bytes()).map_err(|_| damaged())?;
    let key = OaepPrivateDecryptingKey::new(key).map_err(|_| damaged())?;
    let mut buffer = SecretBytes::from(vec![0; key.min_output_size()]);
    let opened = key.decrypt(
        &OAEP_SHA256_MGF1SHA256,
        sent.ciphertext.as_bytes(),
        buffer.as_mut_bytes(),
        None,
    );
    let material = SecretBytes::from(opened.map_err(|_| wrong())?.to_vec());
    let nonce = open_nonce(&material, sent.encrypted_nonce, sent.iv);
    Ok(Opened { material, nonce })
}

fn open_nonce(
    material: &SecretBytes,
    sealed: &SecretBytes,
    iv: &SecretBytes,
) -> Option<SecretBytes> {
    let algorithm = match material.len() {
        16 => &AES_128_GCM,
        24 => &AES_192_GCM,
        32 => &AES_256_GCM,
        _ => return None,
    };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, material.as_bytes()).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(iv.as_bytes()).ok()?;
    let mut buffer = SecretBytes::from(sealed.as_bytes().to_vec());
    let opened = key
        .open_in_place(nonce, Aad::empty(), buffer.as_mut_bytes())
        .ok()?;
    Some(SecretBytes::from(opened.to_vec()))
}
