//! The service: a store, a master key, a clock, and what follows from them.

mod error;
mod founding;
mod kept_api_key;
#[cfg(feature = "native")]
mod populate;
mod rekey;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};

use axum::http::{HeaderValue, StatusCode};
use tsutsumi::Secret;
use uuid::Builder;
use zeroize::Zeroizing;

use crate::access::decision::Policies;
use crate::access::known::KnownPolicies;
use crate::activity::{ActivityLog, Event, Witness};
use crate::ciphers::Ciphers;
use crate::clock::Clock;
use crate::identity::api_key::ApiKeyRecord;
use crate::identity::token::{ACCESS_LIFE_S, Signer};
use crate::identity::token_cache::TokenCache;
#[cfg(all(target_arch = "wasm32", feature = "embedded"))]
use crate::import::platform::ImportTokens;
use crate::metrics::Metrics;
use crate::rate_limit::Limiter;
use crate::record::account::{AccountRecord, InstanceRecord};
use crate::single;
use crate::store::memory::MemoryStore;
use crate::store::typed::{Batch, load};
use crate::store::{Store, StoreError};
use crate::usage::Usage;
use crate::vault::Vault;

pub use error::ServiceError;
pub use founding::Options;
use founding::{found, owner_policy};

/// Where the key of activity events is wrapped.
const ACTIVITY_KEY: [&str; 1] = ["activity key"];

/// Where the key that signs tokens is wrapped.
const fn signer_place(id: &str) -> [&str; 2] {
    ["token signer", id]
}

const SNAPSHOT_HEAD: &[u8] = b"tsutsumi-service snapshot 1\n";

/// A root-key service over a store. Cheap to clone.
///
/// # Example
/// See the crate's page.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    vault: Vault,
    clock: Arc<Clock>,
    signer: Signer,
    account: AccountRecord,
    policies: KnownPolicies,
    tokens: TokenCache,
    ciphers: Ciphers,
    limiter: Limiter,
    usage: Usage,
    metrics: Metrics,
    activity: ActivityLog,
    activity_key: Secret<32>,
    activity_on: AtomicBool,
    /// The port of the private network's listener; 0 without one.
    private_port: AtomicU16,
    /// How far the clock of tokens is ahead.
    token_lead_s: AtomicI64,
    #[cfg(all(target_arch = "wasm32", feature = "embedded"))]
    import_tokens: std::sync::OnceLock<send_wrapper::SendWrapper<ImportTokens>>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("instance", &self.instance())
            .finish_non_exhaustive()
    }
}

impl Service {
    /// Makes a service in an empty store: an account with its owner, one instance, a signing key.
    ///
    /// # Arguments
    /// * `master` - wraps everything secret that is stored. It is not kept.
    ///
    /// # Errors
    /// [`ServiceError::Option`] for bad options; [`ServiceError::Store`] with
    /// [`StoreError::Conflict`] if the store already holds a service.
    pub async fn create(
        store: Arc<dyn Store>,
        master: &Secret<32>,
        clock: Arc<Clock>,
        options: Options,
    ) -> Result<Self, ServiceError> {
        let vault = Vault::new(master);
        let now = clock.now();
        let (account, instance) = found(&vault, options, now)?;
        let mut batch = Batch::default();
        batch.insert(&account)?;
        batch.insert(&instance)?;
        batch.insert(&owner_policy(&account, now)?)?;
        batch.commit(&*store).await?;
        Self::assemble(store, vault, clock, account)
    }

    /// Whether a store holds a service.
    ///
    /// # Errors
    /// [`ServiceError::Store`] if the store cannot be read.
    pub async fn exists(store: &dyn Store) -> Result<bool, ServiceError> {
        let account = load::<AccountRecord>(store, AccountRecord::ROW).await?;
        Ok(account.is_some())
    }

    /// Opens the service that a store holds.
    ///
    /// # Errors
    /// [`ServiceError::Missing`] if it holds none; [`ServiceError::WrongMasterKey`] if it was made
    /// with another master key or was altered.
    pub async fn open(
        store: Arc<dyn Store>,
        master: &Secret<32>,
        clock: Arc<Clock>,
    ) -> Result<Self, ServiceError> {
        let account = load::<AccountRecord>(&*store, AccountRecord::ROW).await?;
        let account = account.ok_or(ServiceError::Missing)?.value;
        let instance = load::<InstanceRecord>(&*store, &account.instance).await?;
        let instance = instance.ok_or(ServiceError::Missing)?.value;
        let vault = Vault::new(master);
        vault
            .instance(&instance.id, &instance.key)
            .map_err(|_| ServiceError::WrongMasterKey)?;
        Self::assemble(store, vault, clock, account)
    }

    fn assemble(
        store: Arc<dyn Store>,
        vault: Vault,
        clock: Arc<Clock>,
        account: AccountRecord,
    ) -> Result<Self, ServiceError> {
        let open = |place: &[&str], wrapped: &str| {
            let opened = vault.unwrap(place, wrapped);
            let secret = opened.and_then(|bytes| Secret::<32>::from_slice(bytes.as_bytes()));
            secret.map_err(|_| ServiceError::WrongMasterKey)
        };
        let scalar = open(&signer_place(&account.signer_id), &account.signer_key)?;
        let activity_key = open(&ACTIVITY_KEY, &account.activity_key)?;
        let signer =
            Signer::new(&scalar, &account.signer_id).ok_or(ServiceError::WrongMasterKey)?;
        let (policies, tokens) = (KnownPolicies::default(), TokenCache::default());
        Ok(Self(Arc::new(Inner {
            store,
            vault,
            clock,
            signer,
            account,
            policies,
            tokens,
            ciphers: Ciphers::default(),
            limiter: Limiter::default(),
            usage: Usage::default(),
            metrics: Metrics::default(),
            activity: ActivityLog::default(),
            activity_key,
            activity_on: AtomicBool::new(true),
            private_port: AtomicU16::new(0),
            token_lead_s: AtomicI64::new(0),
            #[cfg(all(target_arch = "wasm32", feature = "embedded"))]
            import_tokens: std::sync::OnceLock::new(),
        })))
    }

    /// Issues an API key for the account's owner. The text is shown here and never again.
    ///
    /// # Errors
    /// [`ServiceError::Store`] if it cannot be stored.
    pub async fn issue_api_key(&self, name: &str) -> Result<Zeroizing<String>, ServiceError> {
        let account = &self.0.account;
        let (record, text) = ApiKeyRecord::generate(name, &account.owner, &account.id, self.now())?;
        single::insert(self.store(), &record).await?;
        Ok(text)
    }

    /// Seals everything that `store`, the store of this service, holds.
    ///
    /// The bytes open only with the master key; any change to them is noticed.
    ///
    /// # Errors
    /// [`ServiceError::Core`] if the platform gives no randomness.
    pub fn snapshot(&self, store: &MemoryStore) -> Result<Vec<u8>, ServiceError> {
        let dump = Zeroizing::new(store.dump());
        let sealed = self.0.vault.seal_snapshot(SNAPSHOT_HEAD, &dump)?;
        Ok([SNAPSHOT_HEAD, &sealed].concat())
    }

    /// Opens what [`Service::snapshot`] made, into a store of its own.
    ///
    /// # Errors
    /// [`ServiceError::WrongMasterKey`] if the master key is another one or any byte was altered;
    /// [`ServiceError::Missing`] if the bytes are no snapshot.
    pub async fn restore(
        snapshot: &[u8],
        master: &Secret<32>,
        clock: Arc<Clock>,
    ) -> Result<(Self, Arc<MemoryStore>), ServiceError> {
        let sealed = snapshot
            .strip_prefix(SNAPSHOT_HEAD)
            .ok_or(ServiceError::Missing)?;
        let dump = Vault::new(master)
            .open_snapshot(SNAPSHOT_HEAD, sealed)
            .map_err(|_| ServiceError::WrongMasterKey)?;
        let store = Arc::new(MemoryStore::from_dump(dump.as_bytes())?);
        Ok((
            Self::open(Arc::clone(&store) as _, master, clock).await?,
            store,
        ))
    }

    /// The HTTP interface.
    pub fn router(&self) -> axum::Router {
        crate::api::router().with_state(self.clone())
    }

    /// The id of the account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.0.account.id
    }

    pub(crate) fn owner(&self) -> &str {
        &self.0.account.owner
    }

    /// The id of the first instance.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.0.account.instance
    }

    /// The region in resource names.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.0.account.region
    }

    /// Tells the service that it listens on a private network, and on which port.
    ///
    /// Requests that come in there carry a [`Peer`](crate::Peer) that says so.
    pub fn set_private_port(&self, port: u16) {
        self.0.private_port.store(port, Ordering::Relaxed);
    }

    pub(crate) fn private_port(&self) -> Option<u16> {
        Some(self.0.private_port.load(Ordering::Relaxed)).filter(|port| *port != 0)
    }

    /// Whether an event is stored for every call; it is unless this is called with `false`.
    pub fn track_activity(&self, on: bool) {
        self.0.activity_on.store(on, Ordering::Relaxed);
    }

    pub(crate) fn activity_key(&self) -> &Secret<32> {
        &self.0.activity_key
    }

    /// Stores the event of an answered call.
    pub(crate) async fn record(
        &self,
        action: &str,
        witness: &Witness,
        answered: (StatusCode, Option<&str>),
        correlation: &HeaderValue,
    ) {
        if !self.0.activity_on.load(Ordering::Relaxed) {
            return;
        }
        let (now, correlation) = (self.now(), correlation.to_str().unwrap_or_default());
        if let Some(event) = Event::of(action, witness, answered, correlation, now) {
            self.0.activity.append(self, now, event).await;
        }
    }

    pub(crate) fn ciphers(&self) -> &Ciphers {
        &self.0.ciphers
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    pub(crate) fn usage(&self) -> &Usage {
        &self.0.usage
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Everything measured so far, in the text format that Prometheus reads.
    #[cfg(feature = "native")]
    #[must_use]
    pub fn metrics_text(&self) -> String {
        self.0.metrics.text()
    }

    pub(crate) fn now(&self) -> i64 {
        self.0.clock.now()
    }

    /// Ends every access token issued so far, as if their time had run out. New ones can be had at
    /// once.
    pub fn expire_tokens(&self) {
        let lead = &self.0.token_lead_s;
        lead.fetch_add(ACCESS_LIFE_S, Ordering::Relaxed);
    }

    /// The time by which tokens are issued and checked.
    pub(crate) fn token_time(&self) -> i64 {
        self.now() + self.0.token_lead_s.load(Ordering::Relaxed)
    }

    /// Names the object that keeps the private keys of import tokens.
    #[cfg(all(target_arch = "wasm32", feature = "embedded"))]
    pub(crate) fn keep_import_tokens(&self, tokens: ImportTokens) {
        let tokens = send_wrapper::SendWrapper::new(tokens);
        let _ = self.0.import_tokens.set(tokens);
    }

    #[cfg(all(target_arch = "wasm32", feature = "embedded"))]
    pub(crate) fn import_tokens(&self) -> Option<&ImportTokens> {
        self.0.import_tokens.get().map(|tokens| &**tokens)
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.0.vault
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.0.signer
    }

    pub(crate) fn tokens(&self) -> &TokenCache {
        &self.0.tokens
    }

    /// Reads the policies again before the next decision.
    pub(crate) fn forget_policies(&self) {
        self.0.policies.forget();
    }

    /// The policies of the account, at most a second old.
    pub(crate) async fn policies(&self) -> Result<Arc<Policies>, StoreError> {
        let known = &self.0.policies;
        known.of(self.store(), self.account(), self.now()).await
    }
}

/// Draws a random (version 4) UUID.
pub(crate) fn new_id() -> Result<String, tsutsumi::Error> {
    let mut bytes = [0; 16];
    tsutsumi::random(&mut bytes)?;
    Ok(Builder::from_random_bytes(bytes).into_uuid().to_string())
}
