//! `{"metadata":…,"resources":[…]}` as requests carry it.

use serde::Deserialize;

use crate::problem::{Problem, code};

/// A collection in a request body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Collection<T> {
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default = "Vec::new")]
    resources: Vec<T>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default, rename = "collectionTotal")]
    total: Option<usize>,
}

impl<T> Collection<T> {
    /// The one resource that a request may carry.
    pub(super) fn only(self) -> Result<T, Problem> {
        let refuse = |rule: &str| Problem::with(code::BAD_BODY, rule);
        if self.metadata.is_none() {
            return Err(refuse("CollectionMetadata is empty"));
        }
        let mut resources = self.resources;
        match (resources.pop(), resources.is_empty()) {
            (Some(resource), true) => Ok(resource),
            (None, _) => Err(refuse("CollectionResources is empty")),
            (Some(_), false) => Err(refuse("Only creation of one key per request is supported")),
        }
    }

    /// The resources, whose number must be the one that the metadata tells, and not 0.
    pub(super) fn counted(self) -> Result<Vec<T>, Problem> {
        let Some(metadata) = self.metadata else {
            return Err(Problem::with(code::BAD_BODY, "CollectionMetadata is empty"));
        };
        if metadata
            .total
            .is_some_and(|total| total != self.resources.len())
        {
            return Err(code::COLLECTION_TOTAL.into());
        }
        if self.resources.is_empty() {
            return Err(code::NUM_RESOURCES.into());
        }
        Ok(self.resources)
    }
}
