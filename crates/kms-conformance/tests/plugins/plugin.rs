//! A small plugin whose keys are in memory, and which can misbehave.
//!
//! It stands in for a real one because no real one can be told to be wrong.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use tonic::{Request, Response, Status, async_trait};
use tsutsumi_kms_api::{
    DecryptRequest, DecryptResponse, EncryptRequest, EncryptResponse, KeyManagementService,
    StatusRequest, StatusResponse,
};

use crate::misbehaviour::Misbehaviour::{self, *};

const ANNOTATION: &str = "note.plugin.example";
const NONCE_LEN: usize = 12;

#[derive(Clone)]
pub(crate) struct Plugin(pub(crate) Arc<State>);

pub(crate) struct State {
    pub(crate) misbehaviour: Misbehaviour,
    keys: Mutex<HashMap<u32, [u8; 32]>>,
    pub(crate) version: AtomicU32,
    pub(crate) restarts: AtomicU32,
    pub(crate) is_cut: AtomicBool,
    pub(crate) was_cut: AtomicBool,
    calls: AtomicU64,
    under_way: AtomicU32,
    opened: Mutex<Vec<Vec<u8>>>,
}

impl Plugin {
    pub(crate) fn new(misbehaviour: Misbehaviour) -> Self {
        let state = State {
            misbehaviour,
            keys: Mutex::new(HashMap::from([(1, random())])),
            version: AtomicU32::new(1),
            restarts: AtomicU32::new(0),
            is_cut: AtomicBool::new(false),
            was_cut: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            under_way: AtomicU32::new(0),
            opened: Mutex::default(),
        };
        Self(Arc::new(state))
    }

    fn is(&self, misbehaviour: Misbehaviour) -> bool {
        self.0.misbehaviour == misbehaviour
    }

    pub(crate) fn rotate(&self) {
        let next = self.0.version.fetch_add(1, Ordering::SeqCst) + 1;
        let mut keys = self.0.keys.lock().unwrap();
        if self.is(ForgetsOldKeys) {
            keys.clear();
        }
        keys.insert(next, random());
    }

    pub(crate) fn restart(&self) {
        self.0.restarts.fetch_add(1, Ordering::SeqCst);
        if self.is(ForgetsWhenRestarted) {
            for key in self.0.keys.lock().unwrap().values_mut() {
                *key = random();
            }
        }
    }

    pub(crate) fn cut(&self, is_cut: bool) {
        self.0.is_cut.store(is_cut, Ordering::SeqCst);
        self.0.was_cut.store(true, Ordering::SeqCst);
    }

    fn key_id(&self, of_status: bool) -> String {
        let version = self.0.version.load(Ordering::SeqCst);
        let stuck = self.is(NeverNoticesRotations)
            || self.is(if of_status {
                RotatesEncryptAlone
            } else {
                RotatesStatusAlone
            });
        let version = if stuck { 1 } else { version };
        let number = self.0.calls.fetch_add(1, Ordering::SeqCst);
        match self.0.misbehaviour {
            HasNoKeyId => String::new(),
            HasALongKeyId => "k".repeat(1025),
            ChangesKeyIdAllTheTime => format!("key/{number}"),
            NamesAnotherKeyId if !of_status => format!("local/{version}"),
            CountsUpEachRestart => {
                format!("key/{version}-{}", self.0.restarts.load(Ordering::SeqCst))
            }
            _ => format!("key/{version}"),
        }
    }

    fn cipher(&self, version: u32) -> Result<Aes256Gcm, Status> {
        let keys = self.0.keys.lock().unwrap();
        let key = keys
            .get(&version)
            .ok_or_else(|| Status::not_found("no such key"))?;
        Ok(Aes256Gcm::new(&(*key).into()))
    }

    fn reachable(&self) -> Result<(), Status> {
        if self.0.is_cut.load(Ordering::SeqCst) {
            return Err(Status::unavailable("the key service is away"));
        }
        Ok(())
    }

    /// What a decryption depends on besides the key.
    fn bound(&self, key_id: &str, annotation: &[u8]) -> Vec<u8> {
        let key_id = if self.is(DecryptsAnyKeyId) {
            ""
        } else {
            key_id
        };
        let annotation = if self.is(DecryptsAnyAnnotation) {
            b""
        } else {
            annotation
        };
        [key_id.as_bytes(), b"\0", annotation].concat()
    }
}

#[async_trait]
impl KeyManagementService for Plugin {
    async fn status(
        &self,
        _request: Request<StatusRequest>,
    ) -> Result<Response<StatusResponse>, Status> {
        if self.is(IsSlowToTell) {
            tokio::time::sleep(Duration::from_millis(1100)).await;
        }
        let away = self.0.is_cut.load(Ordering::SeqCst);
        let lost = self.is(NeverRecovers) && self.0.was_cut.load(Ordering::SeqCst);
        let ill = self.is(IsIll) || (away && !self.is(HidesOutages)) || lost;
        Ok(Response::new(StatusResponse {
            version: if self.is(IsAnotherVersion) {
                "v1"
            } else {
                "v2"
            }
            .into(),
            healthz: if ill { "ill" } else { "ok" }.into(),
            key_id: self.key_id(true),
        }))
    }

    async fn encrypt(
        &self,
        request: Request<EncryptRequest>,
    ) -> Result<Response<EncryptResponse>, Status> {
        self.reachable()?;
        let request = request.into_inner();
        if self.is(AcceptsNothing) {
            return Err(Status::internal("no"));
        }
        if self.is(IsSlowToEncrypt) {
            tokio::time::sleep(Duration::from_millis(3100)).await;
        }
        let version = self.0.version.load(Ordering::SeqCst);
        let key_id = self.key_id(false);
        let annotation = match self.0.misbehaviour {
            LeaksInAnnotations => request.plaintext.clone(),
            MakesHugeAnnotations => vec![1; 32 * 1024],
            _ => b"note".to_vec(),
        };
        let (nonce, payload) = (random::<NONCE_LEN>(), self.bound(&key_id, &annotation));
        let payload = Payload {
            msg: &request.plaintext,
            aad: &payload,
        };
        let sealed = self
            .cipher(version)?
            .encrypt(&Nonce::from(nonce), payload)
            .unwrap();
        let mut ciphertext = [&version.to_be_bytes()[..], &nonce, &sealed].concat();
        match self.0.misbehaviour {
            LeaksInCiphertexts => ciphertext.extend(&request.plaintext),
            MakesLongCiphertexts => ciphertext.resize(1025, 0),
            MakesNoCiphertext => ciphertext.clear(),
            _ => {}
        }
        let name = if self.is(MisnamesAnnotations) {
            "note"
        } else {
            ANNOTATION
        };
        Ok(Response::new(EncryptResponse {
            ciphertext,
            key_id,
            annotations: HashMap::from([(name.to_owned(), annotation)]),
        }))
    }

    async fn decrypt(
        &self,
        request: Request<DecryptRequest>,
    ) -> Result<Response<DecryptResponse>, Status> {
        self.reachable()?;
        let under_way = self.0.under_way.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
        if self.is(DiesOfManyCalls) && under_way > 3 {
            return Err(Status::resource_exhausted("too many"));
        }
        let plaintext = self.open(request.into_inner())?;
        Ok(Response::new(DecryptResponse { plaintext }))
    }
}

impl Plugin {
    fn open(&self, mut request: DecryptRequest) -> Result<Vec<u8>, Status> {
        if self.is(LeaksInCiphertexts) {
            request
                .ciphertext
                .truncate(request.ciphertext.len().saturating_sub(32));
        }
        let refused = match self.0.misbehaviour {
            LeaksInErrors => format!("cannot open {:?}", request.ciphertext),
            _ => "this does not open".to_owned(),
        };
        let refused = || Status::invalid_argument(refused.clone());
        let opened = self.0.opened.lock().unwrap().contains(&request.ciphertext);
        if self.is(DecryptsOnce) && opened {
            return Err(refused());
        }
        self.0
            .opened
            .lock()
            .unwrap()
            .push(request.ciphertext.clone());
        let (version, rest) = request.ciphertext.split_first_chunk().ok_or_else(refused)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(refused)?;
        let annotation = request
            .annotations
            .values()
            .next()
            .cloned()
            .unwrap_or_default();
        let bound = self.bound(&request.key_id, &annotation);
        let cipher = self.cipher(u32::from_be_bytes(*version))?;
        let payload = Payload {
            msg: sealed,
            aad: &bound,
        };
        match cipher.decrypt(&Nonce::from(*nonce), payload) {
            Ok(_) if self.is(DecryptsWrongly) => Ok(vec![0; 32]),
            Ok(plaintext) => Ok(plaintext),
            Err(_) if self.is(IgnoresTags) => Ok(vec![0; 32]),
            Err(_) => Err(refused()),
        }
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}
