//! Policies of keys and of instances.

use serde::{Deserialize, Serialize};

/// Who made a policy and who changed it last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PolicyStamp {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) created_by: String,
    pub(crate) updated: i64,
    pub(crate) updated_by: String,
}

impl PolicyStamp {
    /// The stamp of a policy set now: a fresh one, or `old` with a new change.
    pub(crate) fn set(old: Option<&Self>, by: &str, now: i64) -> Result<Self, tsutsumi::Error> {
        let mut stamp = match old {
            Some(stamp) => stamp.clone(),
            None => Self {
                id: crate::service::new_id()?,
                created: now,
                created_by: by.to_owned(),
                updated: now,
                updated_by: String::new(),
            },
        };
        stamp.updated = now;
        by.clone_into(&mut stamp.updated_by);
        Ok(stamp)
    }
}

/// Rotates a key by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RotationPolicy {
    pub(crate) stamp: PolicyStamp,
    pub(crate) enabled: bool,
    /// Months of 30 days.
    pub(crate) interval_month: u8,
}

/// Makes it take two users to delete a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DualAuthPolicy {
    pub(crate) stamp: PolicyStamp,
    pub(crate) enabled: bool,
}
