//! Metrics, for Prometheus.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// From a tenth of a millisecond, which a call from memory takes, to the time limit.
const BUCKETS: [f64; 13] = [
    0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Method {
    method: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    method: &'static str,
    code: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Asked {
    action: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KeyId {
    hash: String,
}

/// Counts calls on both sides, and says how the plugin is. Copies count together.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    calls: Family<Outcome, Counter>,
    latency: Family<Method, Histogram>,
    asked: Family<Asked, Counter>,
    rotations: Counter,
    healthy: Gauge,
    breaker: Gauge,
    last_contact: Gauge<f64, AtomicU64>,
    key_id: Family<KeyId, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("tsutsumi_kubernetes");
        let calls = Family::default();
        let latency =
            Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        let (asked, key_id) = (Family::default(), Family::default());
        let (rotations, healthy, breaker) =
            (Counter::default(), Gauge::default(), Gauge::default());
        let last_contact = Gauge::default();
        registry.register("calls", "Calls of kube-apiserver", calls.clone());
        registry.register_with_unit(
            "call_latency",
            "How long kube-apiserver waited",
            Unit::Seconds,
            latency.clone(),
        );
        registry.register(
            "key_service_calls",
            "Attempts to call the key service",
            asked.clone(),
        );
        registry.register(
            "rotations",
            "Rotations of the root key that were noticed",
            rotations.clone(),
        );
        registry.register("healthy", "1 if Status says ok", healthy.clone());
        registry.register(
            "breaker_open",
            "1 if the key service is left alone",
            breaker.clone(),
        );
        registry.register_with_unit(
            "last_contact_timestamp",
            "When the key service last answered well",
            Unit::Seconds,
            last_contact.clone(),
        );
        registry.register("key_id", "SHA-256 of the key id in use", key_id.clone());
        Self {
            registry: Arc::new(registry),
            calls,
            latency,
            asked,
            rotations,
            healthy,
            breaker,
            last_contact,
            key_id,
        }
    }
}

impl Metrics {
    /// Counts a call of kube-apiserver; `code` is the gRPC code's name.
    pub(crate) fn called(&self, method: &'static str, code: String, took: Duration) {
        self.latency
            .get_or_create(&Method { method })
            .observe(took.as_secs_f64());
        self.calls.get_or_create(&Outcome { method, code }).inc();
    }

    pub(crate) fn key_service(&self, action: &'static str, outcome: &'static str) {
        self.asked.get_or_create(&Asked { action, outcome }).inc();
    }

    pub(crate) fn rotated(&self) {
        self.rotations.inc();
    }

    pub(crate) fn healthy(&self, healthy: bool) {
        self.healthy.set(i64::from(healthy));
        if healthy {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            self.last_contact.set(now.unwrap_or_default().as_secs_f64());
        }
    }

    pub(crate) fn breaker(&self, open: bool) {
        self.breaker.set(i64::from(open));
    }

    /// Names the key id as kube-apiserver's own metrics do: by its hash.
    pub(crate) fn key_id(&self, hash: String) {
        self.key_id.clear();
        self.key_id.get_or_create(&KeyId { hash }).set(1);
    }

    /// All of them, in the text format of OpenMetrics.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let written = encode(&mut text, &self.registry);
        written.map_or_else(|_| String::new(), |()| text)
    }
}
