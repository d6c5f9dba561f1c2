//! One vector, and the files that hold them.

use std::{env, fs, path::PathBuf};

use base64ct::{Base64, Encoding};
use serde_json::{Map, Value, json};

/// Something to read, and what has to come of it.
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    /// The clause of the manual that this is about.
    pub(crate) clause: &'static str,
    pub(crate) comment: &'static str,
    /// `ok`, or the code of the one failure.
    pub(crate) expect: &'static str,
    pub(crate) fields: Map<String, Value>,
}

/// Name, clause and comment of a vector.
pub(crate) type About = (&'static str, &'static str, &'static str);

impl Vector {
    /// A vector with a context, as its reader expects it.
    pub(crate) fn new(about: About, expect: &'static str, pairs: &[(&str, &str)]) -> Self {
        let (name, clause, comment) = about;
        let context: Map<String, Value> = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        let mut fields = Map::new();
        fields.insert("context".into(), context.into());
        Self {
            name,
            clause,
            comment,
            expect,
            fields,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut object = self.fields.clone();
        for (name, text) in [
            ("name", self.name),
            ("clause", self.clause),
            ("comment", self.comment),
            ("expect", self.expect),
        ] {
            object.insert(name.to_owned(), json!(text));
        }
        Value::Object(object)
    }
}

/// Bytes as the files hold them.
pub(crate) fn base64(bytes: &[u8]) -> Value {
    json!(Base64::encode_string(bytes))
}

/// Bytes as hexadecimal text.
pub(crate) fn hex(bytes: &[u8]) -> Value {
    json!(
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    )
}

/// A file under `tests/vectors`.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name)
}

/// The file's vectors.
pub(crate) fn load(name: &str) -> Value {
    serde_json::from_slice(&fs::read(path(name)).unwrap()).unwrap()
}

/// Compares a file with what the generator makes; writes it if `UPDATE` is set.
pub(crate) fn compare(name: &str, head: Value, vectors: &[Vector]) {
    let mut names: Vec<_> = vectors.iter().map(|vector| vector.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), vectors.len(), "{name}: a name is there twice");
    let mut file = head;
    file["tests"] = vectors.iter().map(Vector::to_json).collect();
    let text = serde_json::to_string_pretty(&file).unwrap() + "\n";
    if env::var_os("UPDATE").is_some() {
        fs::write(path(name), &text).unwrap();
    }
    let found = fs::read_to_string(path(name)).unwrap_or_default();
    assert!(
        found == text,
        "tests/vectors/{name} is not what the generator makes: \
         `UPDATE=1 cargo test -p tsutsumi --test own_vectors` writes it"
    );
}
