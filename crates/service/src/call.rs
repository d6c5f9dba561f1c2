//! One call: who asks, about which instance and key, with what.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::access::decision::{Grants, Target};
use crate::activity::{ResponseData, Telling, Witness, key_type};
use crate::api::rotate_if_due;
use crate::identity::caller::Caller;
use crate::operation::{Operation, Scope};
use crate::peer::Peer;
use crate::problem::{Code, Problem, code};
use crate::query::Query;
use crate::record::account::InstanceRecord;
use crate::record::key::{AliasRecord, KeyRecord, State, VersionRecord};
use crate::service::Service;
use crate::store::typed::{Batch, Held, Record, load, load_recent};
use crate::store::{Store, StoreError};
use crate::vault::InstanceVault;

/// How often a change is tried again when somebody else changed the same row.
pub(crate) const ATTEMPTS_MAX: u32 = 16;

/// A body, or why it cannot be read.
pub(crate) type Content = Result<Zeroizing<Vec<u8>>, Problem>;

/// A call whose caller is known and allowed.
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) operation: &'static Operation,
    pub(crate) caller: Caller,
    pub(crate) grants: Grants,
    pub(crate) instance: Arc<InstanceRecord>,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) now: i64,
    /// Whether the method is one whose body means something.
    pub(crate) takes_body: bool,
    /// Where the call tells what its event says of it.
    pub(crate) told: Telling,
    /// Read once the call is admitted, taken by what carries it out.
    content: Mutex<Content>,
    key: Option<Held<KeyRecord>>,
}

/// What `Prefer` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefer {
    Minimal,
    Nothing,
    Representation,
}

/// The parts of a request that decide whether it is allowed.
pub(crate) struct Asked {
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) peer: Option<Peer>,
    pub(crate) takes_body: bool,
}

impl Call {
    /// Finds out who calls, and whether that is allowed.
    ///
    /// * `witness` - learns what becomes known, also if the call is refused.
    pub(crate) async fn admit(
        service: Service,
        operation: &'static Operation,
        asked: Asked,
        witness: &mut Witness,
    ) -> Result<Self, Problem> {
        let now = service.now();
        let caller = service.authenticate(&asked.headers)?;
        witness.caller = Some(caller.clone());
        witness.peer = asked.peer;
        witness.ring = header(&asked.headers, "x-kms-key-ring").map(str::to_owned);
        let instance = instance_of(&asked.headers)?;
        let instance = load_recent::<InstanceRecord>(service.store(), &instance).await?;
        let instance = Arc::new(instance.ok_or_else(Problem::unauthorized)?.value);
        witness.instance = Some(Arc::clone(&instance));
        let grants = service.policies().await?.grants(&caller);
        if !instance.policies.admit(asked.peer.as_ref()) {
            return Err(Problem::unauthorized());
        }
        let Asked {
            headers,
            query,
            params,
            takes_body,
            ..
        } = asked;
        let mut call = Self {
            service,
            operation,
            caller,
            grants,
            instance,
            headers,
            query,
            params,
            now,
            takes_body,
            told: witness.told.clone(),
            content: Mutex::new(Ok(Zeroizing::default())),
            key: None,
        };
        let allowed = call.authorize().await;
        if let Some(held) = &call.key {
            witness.key = Some(ResponseData::seen(&held.value, now));
            let busy = operation.may_lag();
            witness.key_type = (!busy).then(|| key_type(held.value.extractable));
        }
        allowed?;
        if let Some(key) = call.key.take() {
            let key = rotate_if_due(&call.service, &call.instance, key, now).await?;
            call.key = Some(key);
        }
        Ok(call)
    }

    async fn authorize(&mut self) -> Result<(), Problem> {
        let roles = self.operation.roles;
        let allowed = match self.operation.scope {
            Scope::Instance => self.grants.allow(roles, &self.target("", "")),
            Scope::Rings => {
                let ring = self.ring_asked().unwrap_or_default();
                if ring.is_empty() {
                    self.grants.allow_some_ring(roles, &self.target("", ""))
                } else {
                    self.grants.allow(roles, &self.target(ring, ""))
                }
            }
            Scope::Key => {
                self.key = self.find_key(self.param("id")).await?;
                let Some(key) = &self.key else {
                    let allowed = self.grants.allow_some_ring(roles, &self.target("", ""));
                    let problem = if allowed {
                        code::KEY_MISSING.into()
                    } else {
                        Problem::unauthorized()
                    };
                    return Err(problem);
                };
                self.grants
                    .allow(roles, &self.target(&key.value.ring, &key.value.id))
            }
        };
        if !allowed {
            return Err(Problem::unauthorized());
        }
        match (&self.key, self.ring_asked()) {
            (Some(key), Some(ring)) if key.value.ring != ring => Err(code::KEY_MISSING.into()),
            _ => Ok(()),
        }
    }

    /// What the caller would use.
    pub(crate) fn target<'a>(&'a self, ring: &'a str, key: &'a str) -> Target<'a> {
        let InstanceRecord {
            account,
            region,
            id,
            ..
        } = &*self.instance;
        Target {
            account,
            region,
            instance: id,
            ring,
            key,
        }
    }

    /// A parameter of the path; empty if the path has none of that name.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// The key ring that the request names.
    pub(crate) fn ring_asked(&self) -> Option<&str> {
        header(&self.headers, "x-kms-key-ring")
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.service.store()
    }

    /// Looks a key up by id or alias.
    pub(crate) async fn find_key(&self, name: &str) -> Result<Option<Held<KeyRecord>>, StoreError> {
        let instance = &self.instance.id;
        let key = match Uuid::parse_str(name) {
            Ok(id) => id.to_string(),
            Err(_) => {
                let alias = AliasRecord::row(instance, name);
                match self.look::<AliasRecord>(&alias).await? {
                    Some(alias) => alias.value.key,
                    None => return Ok(None),
                }
            }
        };
        self.look(&KeyRecord::row(instance, &key)).await
    }

    /// Loads a record that the operation goes by.
    async fn look<T: Record>(&self, row: &str) -> Result<Option<Held<T>>, StoreError> {
        if self.operation.may_lag() {
            load_recent(self.store(), row).await
        } else {
            load(self.store(), row).await
        }
    }

    /// The key that the path names, as it is by now.
    pub(crate) async fn key_now(&self) -> Result<KeyRecord, Problem> {
        let key = load::<KeyRecord>(self.store(), &key_row(self.key()?)).await?;
        key.map(|held| held.value)
            .ok_or_else(|| code::KEY_MISSING.into())
    }

    /// The key that the path names, as it was when the call was admitted.
    pub(crate) fn key(&self) -> Result<&KeyRecord, Problem> {
        Ok(&self
            .key
            .as_ref()
            .ok_or_else(|| Problem::from(code::KEY_MISSING))?
            .value)
    }

    /// Changes the key and writes whatever else belongs to the change, all or nothing.
    ///
    /// `change` is called again with the key as it is by then if somebody else changed it
    /// meanwhile.
    pub(crate) async fn change_key<F>(&self, mut change: F) -> Result<KeyRecord, Problem>
    where
        F: FnMut(&mut KeyRecord, &mut Batch) -> Result<(), Problem> + Send,
    {
        let mut held = self.key.clone();
        for _ in 0..ATTEMPTS_MAX {
            let Some(mut key) = held else {
                return Err(code::KEY_MISSING.into());
            };
            let (mut batch, before) = (Batch::default(), key.value.clone());
            change(&mut key.value, &mut batch)?;
            batch.update(&key)?;
            match batch.commit(self.store()).await {
                Ok(()) => {
                    self.told.changed(&before, &key.value, self.now);
                    return Ok(key.value);
                }
                Err(StoreError::Conflict) => {
                    held = load(self.store(), &key_row(&key.value)).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(code::BUSY.into())
    }

    /// Opens the key of the instance.
    pub(crate) fn vault(&self) -> Result<InstanceVault, Problem> {
        Ok(self
            .service
            .vault()
            .instance(&self.instance.id, &self.instance.key)?)
    }

    /// Loads one version of a key.
    pub(crate) async fn version(
        &self,
        key: &KeyRecord,
        version: &str,
    ) -> Result<Option<VersionRecord>, Problem> {
        let row = VersionRecord::row(&self.instance.id, &key.id, version);
        Ok(self.look(&row).await?.map(|held| held.value))
    }

    /// Gives the call what its body holds.
    pub(crate) fn fill(&self, content: Content) {
        *self.content.lock().unwrap_or_else(PoisonError::into_inner) = content;
    }

    /// Takes what the body holds.
    pub(crate) fn body(&self) -> Content {
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *content, Ok(Zeroizing::default()))
    }

    /// What the `Prefer` header asks for.
    pub(crate) fn prefer(&self) -> Prefer {
        match header(&self.headers, "prefer") {
            Some(text) if text.contains("return=representation") => Prefer::Representation,
            Some(text) if text.contains("return=minimal") => Prefer::Minimal,
            _ => Prefer::Nothing,
        }
    }
}

fn key_row(key: &KeyRecord) -> String {
    KeyRecord::row(&key.instance, &key.id)
}

/// The value of a header, if it is text and not empty.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)?
        .to_str()
        .ok()
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

pub(crate) fn instance_of(headers: &HeaderMap) -> Result<String, Problem> {
    let id = header(headers, "bluemix-instance").and_then(|text| Uuid::parse_str(text).ok());
    id.map(|id| id.to_string()).ok_or_else(|| {
        Problem::bare(
            axum::http::StatusCode::BAD_REQUEST,
            "Bad Request: Request requires valid Bluemix-Instance Header containing a valid UUID",
        )
    })
}

/// Requires a root key in one of the given states.
pub(crate) fn require_root(key: &KeyRecord, now: i64, states: &[State]) -> Result<(), Problem> {
    if key.extractable {
        return Err(code::KEY_ROOT_REQUIRED.into());
    }
    require_state(key, now, states)
}

/// Requires one of the given states.
pub(crate) fn require_state(key: &KeyRecord, now: i64, states: &[State]) -> Result<(), Problem> {
    let refused: Code = match key.state(now) {
        state if states.contains(&state) => return Ok(()),
        State::Destroyed => code::KEY_DELETED,
        _ => code::ACTION_INVALID_STATE,
    };
    Err(refused.into())
}
