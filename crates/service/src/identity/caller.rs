//! The caller of a request, as its token says.

use std::sync::Arc;

use crate::crn::Crn;

/// What kind of identity bears the token.
#[derive(Clone, Debug)]
pub(crate) enum Bearer {
    /// A user or a service ID.
    Identity,
    /// A service, such as object storage, acting for itself.
    Service(Box<Crn>),
}

/// An authenticated caller.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// `IBMid-…`, `iam-ServiceId-…`, or `crn-crn:v1:…` for a service.
    pub(crate) iam_id: String,
    pub(crate) account: String,
    pub(crate) bearer: Bearer,
    /// The row of the API key that the token was bought with.
    pub(crate) credential: Arc<str>,
}

impl Caller {
    /// * `iam_id` - decides the kind: what follows `crn-` is the CRN of a service.
    pub(crate) fn new(iam_id: &str, account: &str, credential: &str) -> Self {
        let crn = iam_id.strip_prefix("crn-").and_then(Crn::parse);
        let bearer = crn.map_or(Bearer::Identity, |crn| Bearer::Service(Box::new(crn)));
        Self {
            iam_id: iam_id.to_owned(),
            account: account.to_owned(),
            bearer,
            credential: credential.into(),
        }
    }
}
