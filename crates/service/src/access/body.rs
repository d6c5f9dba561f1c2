//! Policies as the two versions of the policy API write them.

use serde::{Deserialize, Serialize};

use super::policy::{Attribute, Operator, PolicyRecord, PolicyType};
use crate::clock::stamp;

/// The first version: lists of subjects and resources, of which there is always one.
#[derive(Serialize, Deserialize)]
pub(super) struct Version1 {
    r#type: PolicyType,
    #[serde(default)]
    description: String,
    subjects: Vec<Attributes1>,
    roles: Vec<RoleBody>,
    resources: Vec<Attributes1>,
    #[serde(flatten, skip_deserializing)]
    stamp: Option<Stamp>,
}

#[derive(Serialize, Deserialize)]
struct Attributes1 {
    attributes: Vec<Attribute1>,
}

#[derive(Serialize, Deserialize)]
struct Attribute1 {
    name: String,
    value: String,
    #[serde(default = "equals")]
    operator: Operator,
}

/// The second version.
#[derive(Serialize, Deserialize)]
pub(super) struct Version2 {
    r#type: PolicyType,
    #[serde(default)]
    description: String,
    subject: Attributes2,
    control: Control,
    resource: Attributes2,
    #[serde(flatten, skip_deserializing)]
    stamp: Option<Stamp>,
}

#[derive(Serialize, Deserialize)]
struct Attributes2 {
    attributes: Vec<Attribute>,
}

#[derive(Serialize, Deserialize)]
struct Control {
    grant: Grant,
}

#[derive(Serialize, Deserialize)]
struct Grant {
    roles: Vec<RoleBody>,
}

#[derive(Serialize, Deserialize)]
struct RoleBody {
    role_id: String,
}

#[derive(Serialize)]
struct Stamp {
    id: String,
    href: String,
    state: &'static str,
    created_at: String,
    created_by_id: String,
    last_modified_at: String,
    last_modified_by_id: String,
}

/// A policy without what the service adds to it.
pub(super) struct Draft {
    pub(super) policy_type: PolicyType,
    pub(super) description: String,
    pub(super) subject: Vec<Attribute>,
    pub(super) resource: Vec<Attribute>,
    pub(super) roles: Vec<String>,
}

/// A version of the policy API.
pub(super) trait Form: Serialize + for<'de> Deserialize<'de> {
    /// The first part of its paths.
    const NAME: &'static str;

    /// Reads a policy; `None` if it has several subjects or resources.
    fn draft(self) -> Option<Draft>;

    /// Writes a policy.
    fn show(record: &PolicyRecord) -> Self;
}

impl Form for Version1 {
    const NAME: &'static str = "v1";

    fn draft(self) -> Option<Draft> {
        let only = |mut list: Vec<Attributes1>| {
            let one = list.pop().filter(|_| list.is_empty())?;
            let attributes = one.attributes.into_iter();
            Some(
                attributes
                    .map(
                        |Attribute1 {
                             name: key,
                             value,
                             operator,
                         }| {
                            Attribute {
                                key,
                                operator,
                                value,
                            }
                        },
                    )
                    .collect(),
            )
        };
        Some(Draft {
            policy_type: self.r#type,
            description: self.description,
            subject: only(self.subjects)?,
            resource: only(self.resources)?,
            roles: self.roles.into_iter().map(|role| role.role_id).collect(),
        })
    }

    fn show(record: &PolicyRecord) -> Self {
        let list = |attributes: &[Attribute]| {
            let attributes = attributes.iter().cloned();
            let attributes = attributes
                .map(
                    |Attribute {
                         key: name,
                         operator,
                         value,
                     }| Attribute1 {
                        name,
                        value,
                        operator,
                    },
                )
                .collect();
            vec![Attributes1 { attributes }]
        };
        Self {
            r#type: record.policy_type,
            description: record.description.clone(),
            subjects: list(&record.subject),
            roles: roles(record),
            resources: list(&record.resource),
            stamp: Some(stamp_of(record, Self::NAME)),
        }
    }
}

impl Form for Version2 {
    const NAME: &'static str = "v2";

    fn draft(self) -> Option<Draft> {
        Some(Draft {
            policy_type: self.r#type,
            description: self.description,
            subject: self.subject.attributes,
            resource: self.resource.attributes,
            roles: self
                .control
                .grant
                .roles
                .into_iter()
                .map(|role| role.role_id)
                .collect(),
        })
    }

    fn show(record: &PolicyRecord) -> Self {
        Self {
            r#type: record.policy_type,
            description: record.description.clone(),
            subject: Attributes2 {
                attributes: record.subject.clone(),
            },
            control: Control {
                grant: Grant {
                    roles: roles(record),
                },
            },
            resource: Attributes2 {
                attributes: record.resource.clone(),
            },
            stamp: Some(stamp_of(record, Self::NAME)),
        }
    }
}

const fn equals() -> Operator {
    Operator::Equals
}

fn roles(record: &PolicyRecord) -> Vec<RoleBody> {
    record
        .roles
        .iter()
        .map(|role| RoleBody {
            role_id: role.clone(),
        })
        .collect()
}

fn stamp_of(record: &PolicyRecord, version: &str) -> Stamp {
    Stamp {
        id: record.id.clone(),
        href: format!("/{version}/policies/{}", record.id),
        state: "active",
        created_at: stamp(record.created),
        created_by_id: record.created_by.clone(),
        last_modified_at: stamp(record.modified),
        last_modified_by_id: record.modified_by.clone(),
    }
}
