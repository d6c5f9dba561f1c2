//! The plugin interface of Kubernetes for key services, version 2: messages, client, server.
//!
//! kube-apiserver is the client, over a UNIX socket; a plugin is the server. The messages are
//! written by hand, after the numbers and types of their fields; client and server are generated
//! from the list of methods when this crate is built.
//!
//! Messages that hold a plaintext do not print it, and wipe it when they are dropped. Copies that
//! the transport makes on the way are outside of this.
//!
//! # Source
//! Kubernetes, `k8s.io/kms/apis/v2`.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroize;

/// The version that a plugin names in [`StatusResponse::version`].
pub const VERSION: &str = "v2";
/// What [`StatusResponse::healthz`] is as long as all is well.
pub const HEALTHY: &str = "ok";
/// How many bytes of ciphertext kube-apiserver takes.
pub const CIPHERTEXT_LEN_MAX: usize = 1024;
/// How many bytes of key id kube-apiserver takes.
pub const KEY_ID_LEN_MAX: usize = 1024;
/// How many bytes of annotations kube-apiserver takes, names and values together.
pub const ANNOTATIONS_LEN_MAX: usize = 32 * 1024;

/// Annotations: fully qualified domain names, and values that are stored in clear.
pub type Annotations = HashMap<String, Vec<u8>>;

/// Asks how the plugin is.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[allow(clippy::exhaustive_structs)]
pub struct StatusRequest {}

/// How the plugin is, and which key it writes with.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[allow(clippy::exhaustive_structs)]
pub struct StatusResponse {
    /// [`VERSION`].
    #[prost(string, tag = "1")]
    pub version: String,
    /// [`HEALTHY`], or what is wrong.
    #[prost(string, tag = "2")]
    pub healthz: String,
    /// The key that would encrypt now; a change is how a plugin tells of a rotation.
    #[prost(string, tag = "3")]
    pub key_id: String,
}

/// Asks for the decryption of what [`EncryptResponse`] held.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[allow(clippy::exhaustive_structs)]
pub struct DecryptRequest {
    /// The ciphertext.
    #[prost(bytes = "vec", tag = "1")]
    pub ciphertext: Vec<u8>,
    /// An id that names this call in logs.
    #[prost(string, tag = "2")]
    pub uid: String,
    /// The key id that came with the ciphertext.
    #[prost(string, tag = "3")]
    pub key_id: String,
    /// The annotations that came with the ciphertext.
    #[prost(map = "string, bytes", tag = "4")]
    pub annotations: Annotations,
}

/// The plaintext.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[prost(skip_debug)]
#[allow(clippy::exhaustive_structs)]
pub struct DecryptResponse {
    /// The plaintext.
    #[prost(bytes = "vec", tag = "1")]
    pub plaintext: Vec<u8>,
}

/// Asks for an encryption.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[prost(skip_debug)]
#[allow(clippy::exhaustive_structs)]
pub struct EncryptRequest {
    /// The plaintext: a seed or a data key.
    #[prost(bytes = "vec", tag = "1")]
    pub plaintext: Vec<u8>,
    /// An id that names this call in logs.
    #[prost(string, tag = "2")]
    pub uid: String,
}

/// The ciphertext, and what its decryption will need.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[allow(clippy::exhaustive_structs)]
pub struct EncryptResponse {
    /// The ciphertext, at most [`CIPHERTEXT_LEN_MAX`] bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub ciphertext: Vec<u8>,
    /// The key in the key service, never a local one.
    #[prost(string, tag = "2")]
    pub key_id: String,
    /// What else to keep with the ciphertext, at most [`ANNOTATIONS_LEN_MAX`] bytes.
    #[prost(map = "string, bytes", tag = "3")]
    pub annotations: Annotations,
}

impl fmt::Debug for DecryptResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptResponse({})", self.plaintext.len())
    }
}

impl fmt::Debug for EncryptRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plaintext, uid } = self;
        write!(f, "EncryptRequest({}, {uid:?})", plaintext.len())
    }
}

impl Drop for DecryptResponse {
    fn drop(&mut self) {
        self.plaintext.zeroize();
    }
}

impl Drop for EncryptRequest {
    fn drop(&mut self) {
        self.plaintext.zeroize();
    }
}

#[allow(
    missing_docs,
    unused_qualifications,
    unreachable_pub,
    clippy::pedantic,
    clippy::restriction
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/v2.KeyManagementService.rs"));
}

pub use generated::key_management_service_client::KeyManagementServiceClient;
pub use generated::key_management_service_server::{
    KeyManagementService, KeyManagementServiceServer,
};

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    /// Each field with the number and the kind that the interface gives it, written by hand.
    #[test]
    fn messages_are_the_bytes_that_kube_apiserver_sends_and_reads() {
        let status = StatusResponse {
            version: "v2".into(),
            healthz: "ok".into(),
            key_id: "k/1".into(),
        };
        assert_eq!(status.encode_to_vec(), b"\x0a\x02v2\x12\x02ok\x1a\x03k/1");
        let encrypt = EncryptRequest {
            plaintext: vec![1, 2],
            uid: "u".into(),
        };
        assert_eq!(encrypt.encode_to_vec(), b"\x0a\x02\x01\x02\x12\x01u");
        let encrypted = EncryptResponse {
            ciphertext: vec![3],
            key_id: "k".into(),
            annotations: Annotations::from([("a.b".into(), vec![9])]),
        };
        assert_eq!(
            encrypted.encode_to_vec(),
            b"\x0a\x01\x03\x12\x01k\x1a\x08\x0a\x03a.b\x12\x01\x09"
        );
        let decrypt = DecryptRequest {
            ciphertext: vec![3],
            uid: "u".into(),
            key_id: "k".into(),
            annotations: Annotations::from([("a.b".into(), vec![9])]),
        };
        assert_eq!(
            decrypt.encode_to_vec(),
            b"\x0a\x01\x03\x12\x01u\x1a\x01k\x22\x08\x0a\x03a.b\x12\x01\x09"
        );
        let decrypted = DecryptResponse {
            plaintext: vec![7; 3],
        };
        assert_eq!(decrypted.encode_to_vec(), b"\x0a\x03\x07\x07\x07");
    }

    #[test]
    fn a_plaintext_is_not_printed() {
        let request = EncryptRequest {
            plaintext: vec![77; 32],
            uid: "u".into(),
        };
        let response = DecryptResponse {
            plaintext: vec![77; 32],
        };
        let printed = format!("{request:?} {response:?}");
        assert_eq!(printed, "EncryptRequest(32, \"u\") DecryptResponse(32)");
    }
}
