//! Who may do what: roles, policies, the decision that combines them, and the API to change them.

mod body;
mod check;
pub(crate) mod decision;
pub(crate) mod endpoint;
pub(crate) mod known;
pub(crate) mod policy;
pub(crate) mod role;
