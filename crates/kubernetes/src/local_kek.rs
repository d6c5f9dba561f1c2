//! A local KEK: the root key wraps it once, and it seals what kube-apiserver sends.
//!
//! The wrapped KEK goes into an annotation of every answer, so whoever has the answer and the root
//! key can open it. What the memory holds is opened without a call: an apiserver that restarts a
//! hundred times costs one.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use tsutsumi::aead::Xaes256Gcm;
use tsutsumi::{DataKey, SecretBytes};

use crate::key_service::{Call, Failure, KeyService, Kind};
use crate::scope::Scope;

/// The annotation with the wrapped KEK.
pub const ANNOTATION: &str = "local-kek.tsutsumi.internal";
/// How long a wrapped KEK may be: more than a wrapped key ever is, and little memory.
const WRAPPED_LEN_MAX: usize = 4096;
/// How many KEKs are held: one for each version and restart that secrets in use are of.
const HELD_MAX: usize = 64;
/// How often one seals before the next is made: far from any limit of the cipher.
const SEALS_MAX: u64 = 1 << 24;

/// The KEKs in memory.
#[derive(Default)]
pub(crate) struct LocalKeks {
    /// The one that seals. The lock is held while the next is made, so that one call makes it.
    sealing: tokio::sync::Mutex<Option<Arc<Kek>>>,
    held: Mutex<VecDeque<Held>>,
}

struct Held {
    wrapped: Vec<u8>,
    kek: Arc<OnceCell<Arc<Kek>>>,
}

/// A KEK and what it is wrapped as.
pub(crate) struct Kek {
    cipher: Xaes256Gcm,
    pub(crate) wrapped: Vec<u8>,
    /// The version of the root key that wrapped it.
    pub(crate) version: String,
    seals: AtomicU64,
}

impl Kek {
    fn new(key: &DataKey, wrapped: Vec<u8>, version: String) -> Arc<Self> {
        Arc::new(Self {
            cipher: Xaes256Gcm::new(key.secret()),
            wrapped,
            version,
            seals: AtomicU64::new(0),
        })
    }

    pub(crate) fn seal(
        &self,
        scope: &Scope,
        key_id: &str,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        self.seals.fetch_add(1, Ordering::Relaxed);
        Ok(self.cipher.seal(&scope.of_value(key_id), plaintext)?)
    }

    pub(crate) fn open(
        &self,
        scope: &Scope,
        key_id: &str,
        sealed: &[u8],
    ) -> Result<SecretBytes, Failure> {
        self.cipher
            .open(&scope.of_value(key_id), sealed)
            .map_err(|_| Failure::new(Kind::Refused, ""))
    }
}

impl LocalKeks {
    /// The KEK to seal with under a version of the root key, made if there is none.
    pub(crate) async fn sealing(
        &self,
        service: &KeyService,
        scope: &Scope,
        version: Option<&str>,
        call: &Call<'_>,
    ) -> Result<Arc<Kek>, Failure> {
        let mut sealing = self.sealing.lock().await;
        if let Some(kek) = &*sealing
            && version.is_none_or(|version| version == kek.version)
            && kek.seals.load(Ordering::Relaxed) < SEALS_MAX
        {
            return Ok(Arc::clone(kek));
        }
        let key = DataKey::generate()?;
        let wrapped = service.wrap(&key, &scope.of_local_kek(), call).await?;
        let version = service.version_or_first(wrapped.key_version);
        let kek = Kek::new(&key, wrapped.ciphertext.into_bytes(), version);
        let cell = self.cell(&kek.wrapped);
        drop(cell.set(Arc::clone(&kek)));
        *sealing = Some(Arc::clone(&kek));
        Ok(kek)
    }

    /// The KEK of an annotation; calls at the same time wait for one unwrapping.
    pub(crate) async fn opened(
        &self,
        service: &KeyService,
        scope: &Scope,
        wrapped: &[u8],
        call: &Call<'_>,
    ) -> Result<Arc<Kek>, Failure> {
        if wrapped.len() > WRAPPED_LEN_MAX {
            return Err(Failure::new(Kind::Refused, "the annotation is too long"));
        }
        let cell = self.cell(wrapped);
        let opened = cell
            .get_or_try_init(|| async {
                let unwrapped = service.unwrap(wrapped, &scope.of_local_kek(), call).await?;
                let version = service.version_or_first(unwrapped.key_version);
                Ok::<_, Failure>(Kek::new(&unwrapped.key, wrapped.to_vec(), version))
            })
            .await;
        if opened.is_err() {
            self.forget(wrapped);
        }
        opened.cloned()
    }

    /// Forgets all of them, because the root key may not be used.
    pub(crate) async fn clear(&self) {
        *self.sealing.lock().await = None;
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The place of a KEK, now the last to be given up.
    fn cell(&self, wrapped: &[u8]) -> Arc<OnceCell<Arc<Kek>>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let found = held.iter().position(|one| one.wrapped == wrapped);
        let one = found
            .and_then(|at| held.remove(at))
            .unwrap_or_else(|| Held {
                wrapped: wrapped.to_vec(),
                kek: Arc::default(),
            });
        let kek = Arc::clone(&one.kek);
        held.push_back(one);
        if held.len() > HELD_MAX {
            held.pop_front();
        }
        kek
    }

    /// Frees a place that nothing came to, so that nonsense does not crowd out what is in use.
    fn forget(&self, wrapped: &[u8]) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|one| one.wrapped != wrapped || one.kek.initialized());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_under_its_scope_and_key_id_alone() {
        let kek = Kek::new(&DataKey::generate().unwrap(), vec![], "v1".into());
        let scope = Scope::new("c", "p").unwrap();
        let sealed = kek.seal(&scope, "k/v1", b"seed").unwrap();
        assert_eq!(
            kek.open(&scope, "k/v1", &sealed).unwrap().as_bytes(),
            b"seed"
        );
        assert!(kek.open(&scope, "k/v2", &sealed).is_err());
        assert!(
            kek.open(&Scope::new("c", "q").unwrap(), "k/v1", &sealed)
                .is_err()
        );
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(kek.open(&scope, "k/v1", &altered).is_err(), "{at}");
        }
    }

    #[test]
    fn what_was_used_last_is_held_and_only_so_many() {
        let keks = LocalKeks::default();
        let first = keks.cell(b"first");
        for number in 0..HELD_MAX - 1 {
            keks.cell(&number.to_be_bytes());
        }
        assert!(Arc::ptr_eq(&first, &keks.cell(b"first")));
        keks.cell(b"one more");
        assert!(Arc::ptr_eq(&first, &keks.cell(b"first")));
        assert_eq!(keks.held.lock().unwrap().len(), HELD_MAX);
        keks.forget(b"first");
        assert!(!Arc::ptr_eq(&first, &keks.cell(b"first")));
    }
}
