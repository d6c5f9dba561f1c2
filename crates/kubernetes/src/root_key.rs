//! The root key, named by its CRN.

use std::str::FromStr;

/// How long the id of an instance or of a key may be.
const ID_LEN_MAX: usize = 100;

/// Which root key wraps, in which instance of the key service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RootKey {
    /// The instance's id.
    pub instance: String,
    /// The key's id.
    pub id: String,
}

impl RootKey {
    /// The key id that kube-apiserver stores: the root key and one of its versions.
    #[must_use]
    pub fn key_id(&self, version: &str) -> String {
        format!("{}/{version}", self.id)
    }

    /// The version that a key id names, if it is one of this root key.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the key id.
    pub fn version_of<'a>(&self, key_id: &'a str) -> Result<&'a str, String> {
        let Some((root, version)) = key_id.split_once('/').filter(|(_, version)| is_id(version))
        else {
            return Err(format!(
                "`{}` is no key id of this plugin, which has the form ROOT-KEY/VERSION",
                short(key_id)
            ));
        };
        if root == self.id {
            return Ok(version);
        }
        Err(format!(
            "the key id is of the root key `{}`, and this plugin holds `{}`",
            short(root),
            self.id
        ))
    }
}

impl FromStr for RootKey {
    type Err = String;

    fn from_str(crn: &str) -> Result<Self, String> {
        let parts: Vec<&str> = crn.split(':').collect();
        match parts[..] {
            ["crn", "v1", _, _, "kms", _, _, instance, "key", id]
                if is_id(instance) && is_id(id) =>
            {
                Ok(Self {
                    instance: instance.to_owned(),
                    id: id.to_owned(),
                })
            }
            _ => Err(format!(
                "`{}` is no CRN of a root key, which ends with `:INSTANCE:key:ID`",
                short(crn)
            )),
        }
    }
}

/// Ids go into paths and headers: nothing in them may mean anything there.
fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=ID_LEN_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// What can be shown of a text that somebody else sent.
fn short(text: &str) -> String {
    let printable = text.chars().filter(|letter| letter.is_ascii_graphic());
    printable.take(ID_LEN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRN: &str = "crn:v1:bluemix:public:kms:us-south:a/1234:5a9-b:key:77-c";

    #[test]
    fn a_crn_names_the_instance_and_the_key() {
        let key: RootKey = CRN.parse().unwrap();
        assert_eq!((&*key.instance, &*key.id), ("5a9-b", "77-c"));
        assert_eq!(key.key_id("v1"), "77-c/v1");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "77-c",
            "crn:v1:bluemix:public:kms:us-south:a/1234:5a9::",
            "crn:v1:bluemix:public:kms:us-south:a/1234:5a9:key:",
            "crn:v1:bluemix:public:kms:us-south:a/1234:5a9:key:../x",
            "crn:v1:bluemix:public:kms:us-south:a/1234:5a9:key:x:y",
            "crn:v1:bluemix:public:cos:us-south:a/1234:5a9:key:x",
        ] {
            let error = text.parse::<RootKey>().unwrap_err();
            assert!(error.contains("is no CRN"), "{text}");
        }
    }

    #[test]
    fn a_key_id_gives_its_version_or_says_what_is_wrong() {
        let key: RootKey = CRN.parse().unwrap();
        assert_eq!(key.version_of("77-c/v1"), Ok("v1"));
        let other = key.version_of("88/v1").unwrap_err();
        assert!(other.contains("`88`") && other.contains("`77-c`"));
        for id in ["", "77-c", "77-c/", "77-c/a/b", "77-c/\n"] {
            assert!(
                key.version_of(id).unwrap_err().contains("is no key id"),
                "{id}"
            );
        }
        assert!(key.version_of(&"x".repeat(5000)).unwrap_err().len() < 200);
    }
}
