//! The decision: which roles a caller holds on something.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::policy::{Attribute, PolicyRecord, PolicyType};
use super::role::Role;
use crate::identity::caller::{Bearer, Caller};

/// What a call wants to use. Empty strings where a part does not apply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) instance: &'a str,
    pub(crate) ring: &'a str,
    pub(crate) key: &'a str,
}

/// For how many callers it is remembered which policies name them; all are forgotten when there
/// are more.
const CALLERS_MAX: usize = 4096;

/// The policies of an account, as they were when they were read.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    all: Vec<PolicyRecord>,
    known: Mutex<HashMap<(String, String), Grants>>,
}

impl Policies {
    pub(crate) fn new(all: Vec<PolicyRecord>) -> Self {
        let known = Mutex::default();
        Self { all, known }
    }

    /// What the policies whose subject is the caller give.
    pub(crate) fn grants(&self, caller: &Caller) -> Grants {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let who = (caller.iam_id.clone(), caller.account.clone());
        if let Some(grants) = known.get(&who) {
            return grants.clone();
        }
        let naming = self
            .all
            .iter()
            .filter(|policy| names_caller(policy, caller));
        let grants = Grants {
            policies: naming.cloned().collect(),
            caller: Arc::new(caller.clone()),
        };
        if known.len() >= CALLERS_MAX {
            known.clear();
        }
        known.insert(who, grants.clone());
        grants
    }
}

/// The policies of an account, asked on behalf of one caller.
#[derive(Clone, Debug)]
pub(crate) struct Grants {
    policies: Arc<[PolicyRecord]>,
    caller: Arc<Caller>,
}

impl Grants {
    /// Whether one of `roles` is held on the target.
    pub(crate) fn allow(&self, roles: &[Role], target: &Target<'_>) -> bool {
        self.same_region(target) && self.granting(roles).any(|policy| covers(policy, target))
    }

    /// Whether one of `roles` is held on some key ring of the target's instance, or on all.
    pub(crate) fn allow_some_ring(&self, roles: &[Role], target: &Target<'_>) -> bool {
        self.same_region(target)
            && self.granting(roles).any(|policy| {
                let ring = policy.resource.iter().find(|a| a.key == "keyRing");
                let ring = ring.map_or(target.ring, |a| a.value.as_str());
                covers(policy, &Target { ring, ..*target })
            })
    }

    fn granting<'a>(&'a self, roles: &'a [Role]) -> impl Iterator<Item = &'a PolicyRecord> {
        let gives = |crn: &String| Role::parse(crn).is_some_and(|role| roles.contains(&role));
        self.policies
            .iter()
            .filter(move |policy| policy.roles.iter().any(gives))
    }

    /// A service may use keys of its own region only; services without one (`global`) may use any.
    fn same_region(&self, target: &Target<'_>) -> bool {
        match &self.caller.bearer {
            Bearer::Service(crn) => {
                matches!(crn.region.as_str(), "" | "global") || crn.region == target.region
            }
            Bearer::Identity => true,
        }
    }
}

fn names_caller(policy: &PolicyRecord, caller: &Caller) -> bool {
    match (&caller.bearer, policy.policy_type) {
        (Bearer::Identity, PolicyType::Access) => {
            caller.account == policy.account
                && policy.subject_value("iam_id") == Some(caller.iam_id.as_str())
        }
        (Bearer::Service(crn), PolicyType::Authorization) => {
            policy.subject.iter().all(|attribute| {
                attribute.matches(match attribute.key.as_str() {
                    "accountId" => &crn.account,
                    "region" => &crn.region,
                    "resource" => &crn.resource,
                    "resourceType" => &crn.resource_type,
                    "serviceInstance" => &crn.instance,
                    "serviceName" => &crn.service,
                    _ => return false,
                })
            })
        }
        _ => false,
    }
}

fn covers(policy: &PolicyRecord, target: &Target<'_>) -> bool {
    let kind = if target.key.is_empty() { "" } else { "key" };
    let holds = |attribute: &Attribute| {
        attribute.matches(match attribute.key.as_str() {
            "accountId" => target.account,
            "keyRing" => target.ring,
            "region" => target.region,
            "resource" => target.key,
            "resourceType" => kind,
            "serviceInstance" => target.instance,
            "serviceName" => "kms",
            _ => return false,
        })
    };
    policy.resource.iter().all(holds)
}
