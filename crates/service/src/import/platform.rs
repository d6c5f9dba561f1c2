//! The platform's implementation: WebCrypto, reached through an object of the host.
//!
//! The private key never leaves the platform. Whoever takes a snapshot up again does not have it:
//! the token has expired then.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::aes::cipher::consts::U12;
use aes_gcm::aes::{Aes128, Aes192, Aes256};
use aes_gcm::{AesGcm, Nonce};
use js_sys::{Promise, Uint8Array};
use pem_rfc7468::LineEnding;
use send_wrapper::SendWrapper;
use tsutsumi::SecretBytes;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{KeyPair, Opened, Sent, refusal};
use crate::problem::{Problem, field};
use crate::service::Service;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r"
/** Keeps the private keys of import tokens. */
export interface ImportTokens {
  /** Makes a key pair for a token and returns the public key as SPKI. */
  generate(id: string): Promise<Uint8Array>;
  /** Whether it has the private key of a token. */
  has(id: string): boolean;
  /** Opens what was sealed for a token. */
  open(id: string, ciphertext: Uint8Array): Promise<Uint8Array>;
}
";

#[wasm_bindgen]
extern "C" {
    /// Keeps the private keys of import tokens.
    #[wasm_bindgen(typescript_type = "ImportTokens")]
    pub type ImportTokens;

    #[wasm_bindgen(method, structural, catch)]
    fn generate(this: &ImportTokens, id: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, structural)]
    fn has(this: &ImportTokens, id: &str) -> bool;

    #[wasm_bindgen(method, structural, catch)]
    fn open(this: &ImportTokens, id: &str, ciphertext: Uint8Array) -> Result<Promise, JsValue>;
}

/// Makes a key pair.
pub(crate) async fn generate(service: &Service, id: &str) -> Result<KeyPair, Problem> {
    let made = service.import_tokens().map(|tokens| tokens.generate(id));
    let public = bytes_of(made).await.ok_or_else(refusal)?;
    let public_key = pem_rfc7468::encode_string("PUBLIC KEY", LineEnding::LF, public.as_bytes())
        .map_err(|_| refusal())?;
    Ok(KeyPair {
        public_key,
        private_key: SecretBytes::from(Vec::new()),
    })
}

/// Whether the private key of a token is here.
pub(crate) fn is_kept(service: &Service, id: &str) -> bool {
    service.import_tokens().is_some_and(|tokens| tokens.has(id))
}

/// Opens the material (RSA-OAEP, SHA-256) and with it the nonce (AES-GCM).
pub(crate) async fn open(
    (service, id): (&Service, &str),
    _: &SecretBytes,
    sent: &Sent<'_>,
) -> Result<Opened, Problem> {
    let ciphertext = Uint8Array::from(sent.ciphertext.as_bytes());
    let opened = service
        .import_tokens()
        .map(|tokens| tokens.open(id, ciphertext));
    let material = bytes_of(opened)
        .await
        .ok_or_else(|| field("payload", "sealed under the public key of the import token"))?;
    let nonce = open_nonce(&material, sent);
    Ok(Opened { material, nonce })
}

/// Waits for bytes of the platform, which are wiped there. The promise stays on this one thread.
fn bytes_of(
    promise: Option<Result<Promise, JsValue>>,
) -> impl Future<Output = Option<SecretBytes>> + Send {
    SendWrapper::new(async {
        let value = JsFuture::from(promise?.ok()?).await.ok()?;
        let bytes = value.dyn_into::<Uint8Array>().ok()?;
        let copy = SecretBytes::from(bytes.to_vec());
        bytes.fill(0, 0, bytes.length());
        Some(copy)
    })
}

fn open_nonce(material: &SecretBytes, sent: &Sent<'_>) -> Option<SecretBytes> {
    let key = material.as_bytes();
    match key.len() {
        16 => opened(AesGcm::<Aes128, U12>::new_from_slice(key), sent),
        24 => opened(AesGcm::<Aes192, U12>::new_from_slice(key), sent),
        32 => opened(AesGcm::<Aes256, U12>::new_from_slice(key), sent),
        _ => None,
    }
}

fn opened<C: Aead, E>(cipher: Result<C, E>, sent: &Sent<'_>) -> Option<SecretBytes> {
    let nonce = Nonce::try_from(sent.iv.as_bytes()).ok()?;
    let opened = cipher
        .ok()?
        .decrypt(&nonce, sent.encrypted_nonce.as_bytes());
    opened.ok().map(SecretBytes::from)
}
