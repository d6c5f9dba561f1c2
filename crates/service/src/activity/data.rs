//! What an event tells of a call: what was asked, what came of it, what it changed.

use serde::{Deserialize, Serialize};

use crate::api::CONSENT_S;
use crate::clock::stamp;
use crate::record::instance_policy::{Attributes, InstancePolicies, PolicyType};
use crate::record::key::{KeyRecord, PURGE_AFTER_S};

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestData {
    /// The instance in whose log the event is.
    #[serde(rename = "instanceID")]
    pub(crate) instance_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_ring_id: Option<String>,
    #[serde(
        default,
        rename = "requestURI",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) request_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_type: Option<String>,
}

/// What came of it. Of a key: as it was left, or, if nothing was changed, as it was found.
///
/// Tags are made over this as it is written: fields are only ever added, at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ResponseData {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_ring_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_state: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_version_creation_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rewrapped_key_version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_resources: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deletion_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) purge_allowed_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_allowed_retrievals: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remaining_retrievals: Option<u32>,
}

impl ResponseData {
    /// The little that every call on a key tells of it.
    pub(crate) fn seen(key: &KeyRecord, now: i64) -> Self {
        Self {
            key_id: Some(key.id.clone()),
            key_ring_id: Some(key.ring.clone()),
            key_version_id: Some(key.version.id.clone()),
            key_state: Some(key.state(now) as u8),
            ..Self::default()
        }
    }

    /// What is told of a key that the call made or changed.
    pub(crate) fn left(key: &KeyRecord, now: i64) -> Self {
        let deleted = key.deleted.as_ref().map(|deletion| deletion.at);
        Self {
            key_version_creation_date: Some(stamp(key.version.created)),
            expiration_date: key.expires.map(stamp),
            deletion_date: deleted.map(stamp),
            purge_allowed_from: deleted.map(|at| stamp(at + PURGE_AFTER_S)),
            ..Self::seen(key, now)
        }
    }
}

/// How events name the kind of a key.
pub(crate) const fn key_type(extractable: bool) -> &'static str {
    if extractable { "standard" } else { "root" }
}

macro_rules! change {
    ($($(#[$about:meta])* $field:ident $name:literal $kind:ty;)*) => {
        /// What changed, as it was before or is now. What stayed the same is left out.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub(crate) struct Change {
            $(
                $(#[$about])*
                #[serde(rename = $name, skip_serializing_if = "Option::is_none")]
                pub(crate) $field: Option<$kind>,
            )*
        }

        impl Change {
            /// Leaves out of both what is the same in both.
            fn differ(mut self, mut other: Self) -> (Self, Self) {
                $(if self.$field == other.$field {
                    (self.$field, other.$field) = (None, None);
                })*
                (self, other)
            }
        }
    };
}

change! {
    key_state "keyState" u8;
    key_ring_id "keyRingId" String;
    /// Who consented to the deletion of a key that takes two to delete.
    auth_id "authID" String;
    auth_expiration "authExpiration" String;
    network_enabled "policyAllowedNetworkEnabled" bool;
    network "policyAllowedNetworkAttribute" String;
    dual_auth_enabled "policyDualAuthDeleteEnabled" bool;
    addresses "policyAllowedIPAttribute" Vec<String>;
    access_enabled "PolicyKCIAEnabled" bool;
    create_root_key "PolicyKCIAAttrCRK" bool;
    create_standard_key "PolicyKCIAAttrCSK" bool;
    import_root_key "PolicyKCIAAttrIRK" bool;
    import_standard_key "PolicyKCIAAttrISK" bool;
    enforce_token "PolicyKCIAAttrET" bool;
}

impl Change {
    /// What a call changed of a key.
    pub(crate) fn of_key(before: &KeyRecord, after: &KeyRecord, now: i64) -> (Self, Self) {
        let shown = |key: &KeyRecord| {
            let set = key.deletion_set.as_ref();
            Self {
                key_state: Some(key.state(now) as u8),
                key_ring_id: Some(key.ring.clone()),
                auth_id: set.map(|set| set.by.clone()),
                auth_expiration: set.map(|set| stamp(set.at + CONSENT_S)),
                dual_auth_enabled: key.dual_auth.as_ref().map(|policy| policy.enabled),
                ..Self::default()
            }
        };
        shown(before).differ(shown(after))
    }

    /// What a call changed of the policies of an instance.
    pub(crate) fn of_policies(before: &InstancePolicies, after: &InstancePolicies) -> (Self, Self) {
        let shown = |policies: &InstancePolicies| {
            let enabled = |kind| policies.0.get(&kind).map(|policy| policy.enabled);
            let part = |kind| policies.0.get(&kind).map(|policy| &policy.attributes);
            let access = part(PolicyType::KeyCreateImportAccess);
            let flag = |read: fn(&Attributes) -> Option<bool>| access.and_then(read);
            Self {
                network_enabled: enabled(PolicyType::AllowedNetwork),
                network: part(PolicyType::AllowedNetwork)
                    .and_then(|part| part.allowed_network.clone()),
                dual_auth_enabled: enabled(PolicyType::DualAuthDelete),
                addresses: part(PolicyType::AllowedIp).and_then(|part| part.allowed_ip.clone()),
                access_enabled: enabled(PolicyType::KeyCreateImportAccess),
                create_root_key: flag(|part| part.create_root_key),
                create_standard_key: flag(|part| part.create_standard_key),
                import_root_key: flag(|part| part.import_root_key),
                import_standard_key: flag(|part| part.import_standard_key),
                enforce_token: flag(|part| part.enforce_token),
                ..Self::default()
            }
        };
        shown(before).differ(shown(after))
    }
}
