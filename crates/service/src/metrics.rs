//! Counters and latencies in the text format that Prometheus reads. Builds without a server have
//! none.

#[cfg(feature = "native")]
mod recorder;

#[cfg(feature = "native")]
pub(crate) use recorder::Metrics;

use crate::record::account::InstanceRecord;
use crate::record::instance_policy::PolicyType;

/// One answered call.
#[cfg_attr(not(feature = "native"), allow(dead_code))] // only a server measures
pub(crate) struct Answered<'a> {
    pub(crate) action: &'static str,
    pub(crate) status: u16,
    pub(crate) seconds: f64,
    /// The instance, if the call got so far and the instance's policy wants it measured.
    pub(crate) instance: Option<&'a str>,
}

/// The instance as metrics may show it.
pub(crate) fn shown(instance: &InstanceRecord) -> Option<String> {
    instance
        .policies
        .enabled(PolicyType::Metrics)
        .map(|_| instance.id.clone())
}

/// Measures nothing.
#[cfg(not(feature = "native"))]
#[derive(Default)]
pub(crate) struct Metrics;

#[cfg(not(feature = "native"))]
impl Metrics {
    pub(crate) fn answered(&self, _: &Answered<'_>) {}

    pub(crate) fn limited(&self) {}

    pub(crate) fn heavily_used(&self, _: &str, _: u64, _: u64) {}
}
