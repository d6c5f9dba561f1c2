//! One event, in the manner of the Cloud Auditing Data Federation standard.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::clock::stamp;
use crate::identity::caller::Caller;
use crate::operation::Operation;
use crate::peer::Peer;
use crate::record::account::InstanceRecord;
use crate::record::key::KeyRecord;

/// What is known of a call, as far as it got.
#[derive(Default)]
pub(crate) struct Witness {
    pub(crate) caller: Option<Caller>,
    pub(crate) instance: Option<Arc<InstanceRecord>>,
    pub(crate) key: Option<SeenKey>,
    pub(crate) ring: Option<String>,
    pub(crate) peer: Option<Peer>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) event_time: String,
    pub(crate) action: String,
    pub(crate) outcome: String,
    pub(crate) severity: String,
    pub(crate) reason: Reason,
    pub(crate) initiator: Initiator,
    pub(crate) target: Target,
    pub(crate) correlation_id: String,
    pub(crate) request_data: RequestData,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) response_data: Option<SeenKey>,
}

/// The status, and the code of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reason {
    pub(crate) reason_code: u16,
    pub(crate) reason_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason_for_failure: Option<String>,
}

/// Who called, and from where if it was not the private network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Initiator {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
}

/// The CRN of the key, or of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) id: String,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestData {
    #[serde(rename = "instanceID")]
    pub(crate) instance_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_ring_id: Option<String>,
}

/// The key as it was when the call was admitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeenKey {
    pub(crate) key_id: String,
    pub(crate) key_ring_id: String,
    pub(crate) key_version_id: String,
    pub(crate) key_state: u8,
}

impl SeenKey {
    /// What is told of `key`.
    pub(crate) fn of(key: &KeyRecord, now: i64) -> Self {
        Self {
            key_id: key.id.clone(),
            key_ring_id: key.ring.clone(),
            key_version_id: key.version.id.clone(),
            key_state: key.state(now) as u8,
        }
    }
}

impl Event {
    /// Describes an answered call; `None` if it did not get so far that its caller and instance
    /// were known.
    pub(crate) fn of(
        operation: &Operation,
        witness: &Witness,
        (status, code): (StatusCode, Option<&str>),
        correlation: &str,
        now: i64,
    ) -> Option<Self> {
        let (caller, instance) = (witness.caller.as_ref()?, witness.instance.as_ref()?);
        let key = witness.key.as_ref();
        let address = witness.peer.filter(|peer| !peer.is_private());
        let target = match key {
            Some(key) => instance.crn("key", &key.key_id),
            None => instance.crn("", ""),
        };
        let outcome = if status.is_success() {
            "success"
        } else {
            "failure"
        };
        Some(Self {
            event_time: stamp(now),
            action: operation.action.to_owned(),
            outcome: outcome.to_owned(),
            severity: severity(operation.action, status).to_owned(),
            reason: Reason {
                reason_code: status.as_u16(),
                reason_type: status.canonical_reason().unwrap_or_default().to_owned(),
                reason_for_failure: code.map(str::to_owned),
            },
            initiator: Initiator {
                id: caller.iam_id.clone(),
                address: address.map(|peer| peer.address().to_string()),
            },
            target: Target { id: target },
            correlation_id: correlation.to_owned(),
            request_data: RequestData {
                instance_id: instance.id.clone(),
                key_ring_id: witness.ring.clone(),
            },
            response_data: key.cloned(),
        })
    }
}

/// Failures weigh by their status, successes by what they change.
fn severity(action: &str, status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 | 503 | 507 => return "critical",
        400 | 409 | 424 | 502 | 504 | 505 => return "warning",
        _ => {}
    }
    match action {
        "kms.secrets.delete" | "kms.registrations.delete" => "critical",
        "kms.secrets.rotate"
        | "kms.secrets.restore"
        | "kms.secrets.enable"
        | "kms.secrets.disable"
        | "kms.secrets.setkeyfordeletion"
        | "kms.secrets.unsetkeyfordeletion"
        | "kms.policies.write"
        | "kms.instance-policies.write" => "warning",
        _ => "normal",
    }
}
