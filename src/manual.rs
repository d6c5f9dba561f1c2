//! The manual: what the formats are, what is promised, why things are as they are, and how to do
//! them.

/// Decisions, with their reasons.
#[doc = include_str!("manual/decisions.md")]
pub mod decisions {}
