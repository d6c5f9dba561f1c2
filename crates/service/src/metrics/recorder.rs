//! The native implementation.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;

use super::Answered;

/// From half a millisecond, which a cached read takes, to ten seconds.
const BUCKETS: [f64; 13] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Call {
    action: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Action {
    action: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InstanceCall {
    instance: String,
    ibm_kms_api: &'static str,
    ibm_kms_response_code: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Key {
    key: String,
}

/// Counts calls and measures how long they take.
pub(crate) struct Metrics {
    registry: Registry,
    calls: Family<Call, Counter>,
    latency: Family<Action, Histogram>,
    instance_calls: Family<InstanceCall, Counter>,
    limited: Counter,
    usage: Family<Key, Gauge<f64, AtomicU64>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let calls = Family::default();
        let latency =
            Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        let instance_calls = Family::default();
        registry.register("tsutsumi_calls", "Calls answered", calls.clone());
        registry.register_with_unit(
            "tsutsumi_call_duration",
            "How long calls took",
            Unit::Seconds,
            latency.clone(),
        );
        registry.register(
            "ibm_kms_api_request",
            "Calls of instances whose metrics policy is on",
            instance_calls.clone(),
        );
        let limited = Counter::default();
        registry.register(
            "tsutsumi_rate_limited",
            "Calls refused because their credential made too many",
            limited.clone(),
        );
        let usage = Family::default();
        registry.register(
            "tsutsumi_key_usage",
            "Share of the wraps of a key's current version that are used up, from 0.8 on",
            usage.clone(),
        );
        Self {
            registry,
            calls,
            latency,
            instance_calls,
            limited,
            usage,
        }
    }
}

impl Metrics {
    /// Counts one call.
    pub(crate) fn answered(&self, call: &Answered<'_>) {
        let Answered {
            action,
            status,
            seconds,
            instance,
        } = *call;
        self.calls.get_or_create(&Call { action, status }).inc();
        self.latency
            .get_or_create(&Action { action })
            .observe(seconds);
        if let Some(instance) = instance {
            let call = InstanceCall {
                instance: instance.to_owned(),
                ibm_kms_api: action,
                ibm_kms_response_code: status,
            };
            self.instance_calls.get_or_create(&call).inc();
        }
    }

    /// Counts one call refused for its rate.
    pub(crate) fn limited(&self) {
        self.limited.inc();
    }

    /// Notes how much of a key version is used up.
    #[allow(clippy::cast_precision_loss)] // a share, to be read by people
    pub(crate) fn heavily_used(&self, key: &str, used: u64, capacity: u64) {
        let key = key.to_owned();
        self.usage
            .get_or_create(&Key { key })
            .set(used as f64 / capacity as f64);
    }

    /// Everything measured so far, as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail
        let _ = encode(&mut text, &self.registry);
        text
    }
}
