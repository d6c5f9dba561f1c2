//! Who may do what: roles, policies, and the decision that combines them.

pub(crate) mod decision;
pub(crate) mod policy;
pub(crate) mod role;
