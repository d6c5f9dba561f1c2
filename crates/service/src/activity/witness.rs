//! What becomes known of a call on its way, until it is answered.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::Uri;

use super::data::{Change, ResponseData, key_type};
use crate::identity::caller::Caller;
use crate::peer::Peer;
use crate::record::account::InstanceRecord;
use crate::record::key::KeyRecord;

/// What is known of a call, as far as it got.
#[derive(Default)]
pub(crate) struct Witness {
    pub(crate) caller: Option<Caller>,
    pub(crate) instance: Option<Arc<InstanceRecord>>,
    /// The key as it was when the call was admitted.
    pub(crate) key: Option<ResponseData>,
    pub(crate) key_type: Option<&'static str>,
    pub(crate) ring: Option<String>,
    pub(crate) peer: Option<Peer>,
    pub(crate) uri: Option<Uri>,
    /// What the call is about, if it is not a key or the instance.
    pub(crate) target: Option<String>,
    /// How many resources the answer lists.
    pub(crate) listed: Option<usize>,
    pub(crate) told: Telling,
}

/// What carrying out a call tells of it.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) key_type: Option<&'static str>,
    pub(crate) response: Option<ResponseData>,
    pub(crate) changed: Option<(Change, Change)>,
}

/// Where a call tells what came of it. Clones are the same place.
#[derive(Clone, Default)]
pub(crate) struct Telling(Arc<Mutex<Option<Box<Told>>>>);

impl Telling {
    fn tell(&self, told: Told) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(told));
    }

    /// Takes what was told last.
    pub(super) fn take(&self) -> Told {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        told.map_or_else(Told::default, |told| *told)
    }

    /// What came of the call, other than a key.
    pub(crate) fn answered(&self, response: ResponseData) {
        self.tell(Told {
            response: Some(response),
            ..Told::default()
        });
    }

    /// The call made a key.
    pub(crate) fn made(&self, key: &KeyRecord, now: i64) {
        self.tell(Told {
            key_type: Some(key_type(key.extractable)),
            response: Some(ResponseData::left(key, now)),
            changed: None,
        });
    }

    /// The call changed a key.
    pub(crate) fn changed(&self, before: &KeyRecord, after: &KeyRecord, now: i64) {
        self.tell(Told {
            key_type: None,
            response: Some(ResponseData::left(after, now)),
            changed: Some(Change::of_key(before, after, now)),
        });
    }

    /// The call changed the policies of the instance.
    pub(crate) fn replaced(&self, changed: (Change, Change)) {
        self.tell(Told {
            changed: Some(changed),
            ..Told::default()
        });
    }
}
