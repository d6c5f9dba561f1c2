//! What every ciphertext is bound to: the cluster, and the provider's name in it.

/// How long a name may be: the key service takes strings of 255 characters.
const NAME_LEN_MAX: usize = 255;
const USE: &str = "kubernetes";
const LOCAL_KEK: &str = "local-kek";

/// A cluster's id and a provider's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    cluster: String,
    provider: String,
}

impl Scope {
    /// Takes the names.
    ///
    /// # Errors
    /// A sentence, if a name is empty, too long or not printable.
    pub fn new(cluster: &str, provider: &str) -> Result<Self, String> {
        for (what, name) in [("cluster", cluster), ("provider", provider)] {
            let printable = name.bytes().all(|byte| byte.is_ascii_graphic());
            if !printable || !(1..=NAME_LEN_MAX).contains(&name.len()) {
                return Err(format!(
                    "the {what} must be 1 to {NAME_LEN_MAX} printable characters without spaces"
                ));
            }
        }
        Ok(Self {
            cluster: cluster.to_owned(),
            provider: provider.to_owned(),
        })
    }

    /// What the root key binds a seed to.
    pub(crate) fn of_seed(&self) -> [&str; 3] {
        [USE, &self.cluster, &self.provider]
    }

    /// What the root key binds a local KEK to, so that neither passes for the other.
    pub(crate) fn of_local_kek(&self) -> [&str; 4] {
        [USE, &self.cluster, &self.provider, LOCAL_KEK]
    }

    /// What a local KEK binds a value to.
    pub(crate) fn of_value(&self, key_id: &str) -> Vec<u8> {
        let parts = [USE, &self.cluster, &self.provider, key_id];
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_run_together_are_told_apart() {
        let value =
            |cluster, provider, key_id| Scope::new(cluster, provider).unwrap().of_value(key_id);
        assert_ne!(value("ab", "c", "k"), value("a", "bc", "k"));
        assert_ne!(value("a", "b", "ck"), value("a", "bc", "k"));
    }

    #[test]
    fn names_that_are_empty_or_too_long_or_odd_are_refused() {
        let long = "x".repeat(256);
        for name in ["", "a b", "a\n", "é", &*long] {
            assert!(Scope::new(name, "p").is_err());
            assert!(Scope::new("c", name).is_err());
        }
    }
}
