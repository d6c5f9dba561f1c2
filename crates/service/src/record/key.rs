//! Keys, their versions and their aliases.

use serde::{Deserialize, Serialize};

use super::policy::{DualAuthPolicy, RotationPolicy};
use super::ring::DEFAULT_RING;
use crate::store::facets::Facets;
use crate::store::typed::Record;
use crate::vault::Wrapped;

/// How long a deleted key can be restored.
pub(crate) const RESTORE_WINDOW_S: i64 = 30 * 24 * 3600;
/// When a deleted key may be purged at the earliest.
pub(crate) const PURGE_AFTER_S: i64 = 4 * 3600;
/// When a deleted key is purged by itself.
pub(crate) const PURGE_SCHEDULE_S: i64 = 90 * 24 * 3600;
/// A month, as rotation policies count it.
const MONTH_S: i64 = 30 * 24 * 3600;

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rotation: Option<RotationPolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dual_auth: Option<DualAuthPolicy>,
    /// Who asked first for the deletion of a key that takes two to delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deletion_set: Option<Deletion>,
    /// When services with registrations were last told of a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) noticed: Option<i64>,
    /// How many resources are registered with the key, and how many of them forbid its deletion.
    #[serde(default)]
    pub(crate) registrations: u32,
    #[serde(default)]
    pub(crate) retained: u32,
}

/// When and by whom a key was deleted, or its deletion asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deletion {
    pub(crate) at: i64,
    pub(crate) by: String,
}

impl KeyRecord {
    /// A generated root key of 32 bytes, made now, about which nothing else is said yet.
    pub(crate) fn new(instance: &str, id: String, (now, by): (i64, &str)) -> Self {
        Self {
            instance: instance.to_owned(),
            // The first version of a root key has the id of the key
            version: VersionRef {
                id: id.clone(),
                created: now,
            },
            versions: 1,
            id,
            name: String::new(),
            description: String::new(),
            tags: Vec::new(),
            aliases: Vec::new(),
            extractable: false,
            imported: false,
            bits: 256,
            ring: DEFAULT_RING.to_owned(),
            created: now,
            created_by: by.to_owned(),
            updated: None,
            rotated: None,
            expires: None,
            disabled: None,
            deleted: None,
            rotation: None,
            dual_auth: None,
            deletion_set: None,
            noticed: None,
            registrations: 0,
            retained: 0,
        }
    }

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

impl KeyRecord {
    /// Whether it takes two users to delete the key.
    pub(crate) fn needs_two(&self) -> bool {
        self.dual_auth.as_ref().is_some_and(|policy| policy.enabled)
    }

    /// Since when the key's policy wants it rotated, if it does.
    pub(crate) fn rotation_due(&self) -> Option<i64> {
        let policy = self.rotation.as_ref().filter(|policy| policy.enabled)?;
        let last = self
            .rotated
            .unwrap_or(self.created)
            .max(policy.stamp.updated);
        Some(last + i64::from(policy.interval_month) * MONTH_S)
    }

    /// When the key is purged by itself, if it is deleted.
    pub(crate) fn purge_due(&self) -> Option<i64> {
        self.deleted
            .as_ref()
            .map(|deletion| deletion.at + PURGE_SCHEDULE_S)
    }

    /// Marks a change of which services with registrations are told.
    pub(crate) fn changed(&mut self, now: i64) {
        self.updated = Some(now);
        if self.registrations > 0 {
            self.noticed = Some(now);
        }
    }
}

impl Record for KeyRecord {
    const KIND: &'static str = "key";

    fn row_id(&self) -> String {
        Self::row(&self.instance, &self.id)
    }

    fn facets(&self) -> Option<Facets> {
        let mut facets = Facets::new(self.instance.clone(), self.ring.clone(), self.created);
        // Before any date has come, the state is what was written
        facets.life = self.state(i64::MIN) as u8;
        facets.extractable = self.extractable;
        facets.imported = self.imported;
        facets.updated = self.updated.unwrap_or(self.created);
        facets.rotated = self.rotated;
        facets.expires = self.expires;
        facets.deleted = self.deleted.as_ref().map(|deletion| deletion.at);
        facets.due = self.purge_due().or_else(|| self.rotation_due());
        Some(facets)
    }
}

/// One version of a key: its material, wrapped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VersionRecord {
    pub(crate) instance: String,
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) created: i64,
    /// How many versions the key has with this one.
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
