//! What the service keeps, one module for each kind of row.

pub(crate) mod account;
pub(crate) mod import_token;
pub(crate) mod instance_policy;
pub(crate) mod key;
pub(crate) mod kmip;
pub(crate) mod policy;
pub(crate) mod registration;
pub(crate) mod ring;
pub(crate) mod usage;
