//! Remembers tokens that were checked, because checking a signature costs more than the call.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::token::{Refused, Signer, Use};

/// How many tokens are remembered; all are forgotten when there are more.
const COUNT_MAX: usize = 4096;

/// Callers of tokens whose signature was found good, by the hash of the token, until they expire.
#[derive(Default)]
pub(crate) struct TokenCache(Mutex<HashMap<[u8; 32], (Caller, i64)>>);

impl TokenCache {
    /// Checks an access token, or remembers that it was checked.
    pub(crate) fn check(&self, signer: &Signer, token: &str, now: i64) -> Result<Caller, Refused> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((caller, expires)) = known().get(&hash)
            && now < *expires
        {
            return Ok(caller.clone());
        }
        let claims = signer.verify(token, Use::Access, now)?;
        let caller = Caller::new(&claims.iam_id, &claims.account.bss, &claims.key);
        let mut known = known();
        if known.len() >= COUNT_MAX {
            known.clear();
        }
        known.insert(hash, (caller.clone(), claims.exp));
        Ok(caller)
    }
}
