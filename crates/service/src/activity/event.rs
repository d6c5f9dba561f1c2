//! One event, in the manner of the Cloud Auditing Data Federation standard.

use axum::http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};

use super::data::{Change, RequestData, ResponseData};
use super::witness::{Told, Witness};
use crate::clock::stamp;

/// The longest URI or target that is written down whole, in bytes.
const TEXT_LEN_MAX: usize = 1024;

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
    pub(crate) response_data: Option<ResponseData>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) initial_value: Option<Box<Change>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) new_value: Option<Box<Change>>,
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

/// The CRN of the key, of the identity or policy, or of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) id: String,
}

impl Event {
    /// Describes an answered call; `None` if it did not get so far that its caller and instance
    /// were known.
    pub(crate) fn of(
        action: &str,
        witness: &Witness,
        (status, code): (StatusCode, Option<&str>),
        correlation: &str,
        now: i64,
    ) -> Option<Self> {
        let (caller, instance) = (witness.caller.as_ref()?, witness.instance.as_ref()?);
        let Told {
            key_type,
            response,
            changed,
        } = if status.is_success() {
            witness.told.take()
        } else {
            Told::default()
        };
        let key_type = key_type.or(witness.key_type);
        let mut response = response.or_else(|| witness.key.clone());
        if let Some(listed) = witness.listed {
            let total = u64::try_from(listed).ok();
            response.get_or_insert_default().total_resources = total;
        }
        let key = response.as_ref().and_then(|data| data.key_id.as_deref());
        let target = match (&witness.target, key) {
            (Some(target), _) => clip(target),
            (None, Some(key)) => instance.crn("key", key),
            (None, None) => instance.crn("", ""),
        };
        let (initial, new) = changed.unzip();
        let address = witness.peer.filter(|peer| !peer.is_private());
        let outcome = match status.is_success() {
            true => "success",
            false => "failure",
        };
        Some(Self {
            event_time: stamp(now),
            action: action.to_owned(),
            outcome: outcome.to_owned(),
            severity: severity(action, status).to_owned(),
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
                request_uri: witness.uri.as_ref().map(path_of),
                key_type: key_type.map(str::to_owned),
            },
            response_data: response,
            initial_value: boxed(initial),
            new_value: boxed(new),
        })
    }
}

/// What says something; an empty change says nothing.
fn boxed(change: Option<Change>) -> Option<Box<Change>> {
    change.filter(|c| *c != Change::default()).map(Box::new)
}

/// The path and the query of a URI.
fn path_of(uri: &Uri) -> String {
    clip(uri.path_and_query().map_or("", |path| path.as_str()))
}

/// Cuts off what is too long to be written down for every call.
fn clip(text: &str) -> String {
    text[..text.floor_char_boundary(TEXT_LEN_MAX)].to_owned()
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
        // Only calls that change something have events
        iam if iam.starts_with("iam-") => "warning",
        _ => "normal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events as they were written before there were more fields. Tags are made over the text, so
    /// it has to come out as it went in.
    const EARLIER: [&str; 2] = [
        concat!(
            r#"{"eventTime":"2026-01-02T03:04:05Z","action":"kms.secrets.wrap","#,
            r#""outcome":"success","severity":"normal","#,
            r#""reason":{"reasonCode":200,"reasonType":"OK"},"#,
            r#""initiator":{"id":"IBMid-1","address":"192.0.2.1"},"#,
            r#""target":{"id":"crn:v1:bluemix:public:kms:us-south:a/a:i:key:k"},"#,
            r#""correlationId":"c","#,
            r#""requestData":{"instanceID":"i","keyRingId":"default"},"#,
            r#""responseData":{"keyId":"k","keyRingId":"default","#,
            r#""keyVersionId":"v","keyState":1}}"#,
        ),
        concat!(
            r#"{"eventTime":"2026-01-02T03:04:05Z","action":"kms.key-rings.list","#,
            r#""outcome":"failure","severity":"critical","#,
            r#""reason":{"reasonCode":401,"reasonType":"Unauthorized","reasonForFailure":"NO"},"#,
            r#""initiator":{"id":"IBMid-1"},"#,
            r#""target":{"id":"crn:v1:bluemix:public:kms:us-south:a/a:i::"},"#,
            r#""correlationId":"c","requestData":{"instanceID":"i"}}"#,
        ),
    ];

    #[test]
    fn events_of_before_are_written_as_they_were() {
        for text in EARLIER {
            let event: Event = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&event).unwrap(), text);
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let text = "é".repeat(TEXT_LEN_MAX);
        assert_eq!(clip(&text).len(), TEXT_LEN_MAX);
        let text = format!("a{text}");
        assert_eq!(clip(&text).len(), TEXT_LEN_MAX - 1);
    }
}
