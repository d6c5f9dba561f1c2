//! What the service keeps: its own account, instances, keys, versions, aliases.

pub(crate) mod account;
pub(crate) mod key;
