//! Policies of an instance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::policy::PolicyStamp;

/// What an instance policy is about, as the API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PolicyType {
    #[serde(rename = "allowedIP")]
    AllowedIp,
    AllowedNetwork,
    DualAuthDelete,
    KeyCreateImportAccess,
    Metrics,
    Rotation,
}

/// What the policies of all types can carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attributes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allowed_ip: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allowed_network: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) create_root_key: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) create_standard_key: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) import_root_key: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) import_standard_key: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) enforce_token: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) interval_month: Option<u8>,
}

/// One policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InstancePolicy {
    pub(crate) stamp: PolicyStamp,
    pub(crate) enabled: bool,
    #[serde(default)]
    pub(crate) attributes: Attributes,
}

/// The policies of an instance, at most one of each type.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct InstancePolicies(pub(crate) BTreeMap<PolicyType, InstancePolicy>);

impl InstancePolicies {
    /// The policy of a type, if it is switched on.
    pub(crate) fn enabled(&self, policy_type: PolicyType) -> Option<&InstancePolicy> {
        self.0.get(&policy_type).filter(|policy| policy.enabled)
    }

    /// Whether a request from there may come in. Where nothing is known of the connection, as when
    /// the service runs inside the caller's own process, it may.
    pub(crate) fn admit(&self, peer: Option<&crate::Peer>) -> bool {
        let Some(peer) = peer else { return true };
        let private_only = self
            .enabled(PolicyType::AllowedNetwork)
            .is_some_and(|policy| {
                policy.attributes.allowed_network.as_deref() == Some("private-only")
            });
        let listed = self.enabled(PolicyType::AllowedIp).is_none_or(|policy| {
            let networks = policy.attributes.allowed_ip.iter().flatten();
            networks
                .filter_map(|text| read_network(text))
                .any(|net| net.contains(&peer.address()))
        });
        (peer.is_private() || !private_only) && listed
    }
}

/// Reads an address or a network in CIDR notation.
pub(crate) fn read_network(text: &str) -> Option<ipnet::IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse().ok().map(|ip: std::net::IpAddr| ip.into()))
}
