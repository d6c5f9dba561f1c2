//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::key_service::Access;
use crate::root_key::RootKey;

/// Protects the secrets of a Kubernetes cluster by a root key of IBM Key Protect, or of any service
/// that speaks its API.
///
/// Answers kube-apiserver over a UNIX socket, by version 2 of its interface for key services. The
/// key id that it names is the root key and its version: rotate the root key, and the cluster
/// writes with the new version within two minutes.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "tsutsumi-kubernetes",
    version,
    after_help = "\
Example:
  tsutsumi-kubernetes --socket /run/kms/tsutsumi.sock --cluster prod-1 \\
    --key crn:v1:bluemix:public:kms:us-south:a/ACCOUNT:INSTANCE:key:ID \\
    --url https://us-south.kms.cloud.ibm.com --token-url https://iam.cloud.ibm.com \\
    --api-key-file /etc/tsutsumi/api-key --local-kek

SIGTERM ends it once the calls under way are answered. The file with the API key is read again when
it is written, the certificate when the program starts. RUST_LOG chooses what is logged."
)]
#[allow(clippy::exhaustive_structs)]
pub struct Settings {
    /// The root key, by its CRN
    #[arg(long, value_name = "CRN")]
    pub key: RootKey,

    /// The key service
    #[arg(long, value_name = "URL")]
    pub url: String,

    /// The identity service, where it has another URL
    #[arg(long, value_name = "URL")]
    pub token_url: Option<String>,

    /// A file with the API key, best readable by this program's user alone
    #[arg(long, value_name = "FILE")]
    pub api_key_file: PathBuf,

    /// A certificate, PEM, to trust in place of the platform's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// The socket to listen at
    #[arg(long, value_name = "PATH", default_value = "/run/kms/tsutsumi.sock")]
    pub socket: PathBuf,

    /// The socket's mode, octal: who may connect may have anything decrypted
    #[arg(long, value_name = "MODE", default_value = "600", value_parser = mode)]
    pub socket_mode: u32,

    /// The cluster's id. Every ciphertext is bound to it, so it must not change
    #[arg(long, value_name = "ID")]
    pub cluster: String,

    /// The provider's name in the EncryptionConfiguration. Every ciphertext is bound to it
    #[arg(long, value_name = "NAME", default_value = "tsutsumi")]
    pub provider: String,

    /// Seal under a key of this plugin's, which the root key wraps: a restart of kube-apiserver
    /// then costs no call of the key service
    #[arg(long)]
    pub local_kek: bool,

    /// Where to serve /livez, /readyz and /metrics
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9880")]
    pub listen: SocketAddr,

    /// How often, in seconds, the root key is looked at
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=50)
    )]
    pub poll: u64,

    /// Register the cluster with the root key under this CRN; the API key has to be of the
    /// Kubernetes service
    #[arg(long, value_name = "CRN", value_parser = resource)]
    pub cluster_crn: Option<String>,

    /// Take the registration away, and end
    #[arg(long, requires = "cluster_crn")]
    pub unregister: bool,

    /// How the log on standard error is written
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(clippy::exhaustive_enums)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl Settings {
    /// How the key service is reached.
    #[must_use]
    pub fn access(&self) -> Access {
        let mut access = Access::new(&self.url, &self.api_key_file);
        access.token_url.clone_from(&self.token_url);
        access.authority.clone_from(&self.ca_file);
        access
    }

    /// How often the root key is looked at.
    #[must_use]
    pub const fn poll(&self) -> Duration {
        Duration::from_secs(self.poll)
    }
}

fn mode(text: &str) -> Result<u32, String> {
    let mode = u32::from_str_radix(text, 8).ok();
    mode.filter(|mode| *mode <= 0o777 && *mode & 0o007 == 0)
        .ok_or_else(|| format!("`{text}` is no mode like 600 or 660; others get no access"))
}

fn resource(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/-._".contains(&byte);
    if text.starts_with("crn:v1:") && text.len() <= 512 && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is no CRN of a cluster"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Settings::command().debug_assert();
    }

    #[test]
    fn a_mode_gives_others_nothing() {
        assert_eq!(mode("660"), Ok(0o660));
        for text in ["666", "888", "x", "1777", ""] {
            assert!(mode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_cluster_is_named_by_a_crn() {
        assert!(resource("crn:v1:bluemix:public:containers-kubernetes:us-south:a/1:c::").is_ok());
        assert!(resource("crn:v1:x?y").is_err());
    }
}
