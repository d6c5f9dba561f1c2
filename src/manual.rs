//! The manual: what the formats are, what is promised, why things are as they are, and how to do
//! them.

/// Decisions, with their reasons.
#[doc = include_str!("manual/decisions.md")]
pub mod decisions {}

/// The format of messages, byte by byte.
#[doc = include_str!("manual/format.md")]
pub mod format {}

/// How to do the usual things.
#[doc = include_str!("manual/howto.md")]
pub mod howto {}

/// The cipher of the WebAssembly modules: how it is made, and why it takes the same time for all.
#[doc = include_str!("manual/kernel.md")]
pub mod kernel {}

/// Threats: what is protected from whom, and what is not.
#[doc = include_str!("manual/threats.md")]
pub mod threats {}
