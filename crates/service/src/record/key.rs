//! Keys, their versions and their aliases.

use serde::{Deserialize, Serialize};

use crate::store::typed::Record;
use crate::vault::Wrapped;

/// Where a key is in its life. The numbers are those of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    Active = 1,
    Suspended = 2,
    Deactivated = 3,
    Destroyed = 5,
}

/// The current version of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VersionRef {
    pub(crate) id: String,
    pub(crate) created: i64,
}

/// A key, without its material.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    pub(crate) instance: String,
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) aliases: Vec<String>,
    /// A standard key, whose payload may be read.
    pub(crate) extractable: bool,
    pub(crate) imported: bool,
    pub(crate) bits: usize,
    pub(crate) ring: String,
    pub(crate) version: VersionRef,
    /// How many versions there are.
    pub(crate) versions: u64,
    pub(crate) created: i64,
    pub(crate) created_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) updated: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rotated: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<i64>,
    /// Since when the key is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) disabled: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deleted: Option<Deletion>,
}

/// When and by whom a key was deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deletion {
    pub(crate) at: i64,
    pub(crate) by: String,
}

impl KeyRecord {
    /// The id of the row of the key `id`.
    pub(crate) fn row(instance: &str, id: &str) -> String {
        format!("{instance}/{id}")
    }

    /// Where the key is in its life at `now`.
    pub(crate) fn state(&self, now: i64) -> State {
        if self.deleted.is_some() {
            State::Destroyed
        } else if self.expires.is_some_and(|expires| expires <= now) {
            State::Deactivated
        } else if self.disabled.is_some() {
            State::Suspended
        } else {
            State::Active
        }
    }
}

impl Record for KeyRecord {
    const KIND: &'static str = "key";

    fn row_id(&self) -> String {
        Self::row(&self.instance, &self.id)
    }
}

/// One version of a key: its material, wrapped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VersionRecord {
    pub(crate) instance: String,
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) created: i64,
    /// Counts the versions of the key from 0.
    pub(crate) number: u64,
    pub(crate) material: Wrapped,
}

impl VersionRecord {
    /// The id of the row of one version; with an empty `version`, the prefix of all of the key's.
    pub(crate) fn row(instance: &str, key: &str, version: &str) -> String {
        format!("{instance}/{key}/{version}")
    }
}

impl Record for VersionRecord {
    const KIND: &'static str = "version";

    fn row_id(&self) -> String {
        Self::row(&self.instance, &self.key, &self.id)
    }
}

/// The key that an alias means. Unique in its instance because the row's id is the alias.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AliasRecord {
    pub(crate) instance: String,
    pub(crate) alias: String,
    pub(crate) key: String,
    pub(crate) created: i64,
    pub(crate) created_by: String,
}

impl AliasRecord {
    /// The id of the row of an alias.
    pub(crate) fn row(instance: &str, alias: &str) -> String {
        format!("{instance}/{alias}")
    }
}

impl Record for AliasRecord {
    const KIND: &'static str = "alias";

    fn row_id(&self) -> String {
        Self::row(&self.instance, &self.alias)
    }
}
