//! Keys at rest: master key → instance key → key material, each wrapped by the core.
//!
//! What is bound to each wrapped value names the layer and every id it belongs to, each part with
//! its length before it, so that a value moved to another row, or swapped with another, does not
//! open.

use base64ct::{Base64, Encoding};
use tsutsumi::aead::Xaes256Gcm;
use tsutsumi::{Error, Secret, SecretBytes, kdf};

/// A value wrapped by the layer above, as it is stored: base64.
pub(crate) type Wrapped = String;

/// Wraps and unwraps with the master key.
pub(crate) struct Vault {
    rows: Xaes256Gcm,
    snapshots: Xaes256Gcm,
}

/// Wraps and unwraps with one instance's key.
pub(crate) struct InstanceVault {
    cipher: Xaes256Gcm,
    instance: String,
}

impl Vault {
    /// * `master` - used only through keys derived from it, one for each purpose.
    pub(crate) fn new(master: &Secret<32>) -> Self {
        let derive = |purpose: &str| {
            let info = [b"tsutsumi service".as_slice(), purpose.as_bytes()];
            kdf::derive_32(master.as_bytes(), b"", &info)
        };
        Self {
            rows: Xaes256Gcm::new(&derive("rows v1")),
            snapshots: Xaes256Gcm::new(&derive("snapshots v1")),
        }
    }

    /// Draws and wraps the key of a new instance.
    pub(crate) fn new_instance_key(&self, instance: &str) -> Result<Wrapped, Error> {
        self.wrap(
            &["instance key", instance],
            Secret::<32>::generate()?.as_bytes(),
        )
    }

    /// Takes an instance's key over from another vault.
    pub(crate) fn adopt_instance_key(
        &self,
        old: &Self,
        instance: &str,
        key: &str,
    ) -> Result<Wrapped, Error> {
        self.adopt(old, &["instance key", instance], key)
    }

    /// Takes a value over from another vault, into the same place.
    pub(crate) fn adopt(&self, old: &Self, place: &[&str], value: &str) -> Result<Wrapped, Error> {
        self.wrap(place, old.unwrap(place, value)?.as_bytes())
    }

    /// Opens an instance's key.
    pub(crate) fn instance(&self, instance: &str, key: &str) -> Result<InstanceVault, Error> {
        let key = self.unwrap(&["instance key", instance], key)?;
        let cipher = Xaes256Gcm::new(&Secret::from_slice(key.as_bytes())?);
        Ok(InstanceVault {
            cipher,
            instance: instance.to_owned(),
        })
    }

    /// Wraps a value that belongs to the whole service.
    pub(crate) fn wrap(&self, place: &[&str], value: &[u8]) -> Result<Wrapped, Error> {
        Ok(Base64::encode_string(&self.rows.seal(&bind(place), value)?))
    }

    /// Unwraps a value that belongs to the whole service.
    pub(crate) fn unwrap(&self, place: &[&str], wrapped: &str) -> Result<SecretBytes, Error> {
        self.rows.open(&bind(place), &decode(wrapped))
    }

    /// Seals a whole snapshot.
    pub(crate) fn seal_snapshot(&self, head: &[u8], dump: &[u8]) -> Result<Vec<u8>, Error> {
        self.snapshots.seal(head, dump)
    }

    /// Opens a whole snapshot.
    pub(crate) fn open_snapshot(&self, head: &[u8], sealed: &[u8]) -> Result<SecretBytes, Error> {
        self.snapshots.open(head, sealed)
    }
}

impl InstanceVault {
    /// Wraps the material of one key version.
    pub(crate) fn wrap(&self, key: &str, version: &str, material: &[u8]) -> Result<Wrapped, Error> {
        let place = bind(&["key material", &self.instance, key, version]);
        Ok(Base64::encode_string(&self.cipher.seal(&place, material)?))
    }

    /// Unwraps the material of one key version.
    pub(crate) fn unwrap(
        &self,
        key: &str,
        version: &str,
        wrapped: &str,
    ) -> Result<SecretBytes, Error> {
        let place = bind(&["key material", &self.instance, key, version]);
        self.cipher.open(&place, &decode(wrapped))
    }
}

/// Joins parts unambiguously: each with its length before it.
pub(crate) fn bind(parts: &[&str]) -> Vec<u8> {
    let mut bound = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bound.extend_from_slice(part.as_bytes());
    }
    bound
}

/// Text that is no base64 becomes no bytes, which do not open.
fn decode(wrapped: &str) -> Vec<u8> {
    Base64::decode_vec(wrapped).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::new(&Secret::generate().unwrap())
    }

    #[test]
    fn material_opens_only_in_its_place() {
        let vault = vault();
        let key = vault.new_instance_key("i").unwrap();
        let instance = vault.instance("i", &key).unwrap();
        let wrapped = instance.wrap("k", "v", b"material").unwrap();
        assert_eq!(
            instance.unwrap("k", "v", &wrapped).unwrap().as_bytes(),
            b"material"
        );
        for (key, version) in [("k", "w"), ("j", "v"), ("kv", ""), ("", "kv")] {
            assert!(
                instance.unwrap(key, version, &wrapped).is_err(),
                "{key} {version}"
            );
        }
        let other = vault
            .instance("j", &vault.new_instance_key("j").unwrap())
            .unwrap();
        assert!(other.unwrap("k", "v", &wrapped).is_err());
    }

    #[test]
    fn an_instance_key_opens_only_for_its_instance_and_master_key() {
        let (one, two) = (vault(), vault());
        let key = one.new_instance_key("i").unwrap();
        assert!(one.instance("j", &key).is_err());
        assert!(two.instance("i", &key).is_err());
        assert!(one.instance("i", "no base64").is_err());
    }
}
