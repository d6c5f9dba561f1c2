//! Tags: comments `spec: M-12` in code and tests, and the clauses that vectors name.

use super::clause::is_id;

/// On which side of a clause a tag stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Code,
    Test,
}

/// One number of a clause in a file.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) id: String,
    pub(super) at: String,
    pub(super) place: Place,
}

/// The tags of a file.
pub(super) fn tags(path: &str, text: &str) -> Vec<Tag> {
    let is_vectors = path.starts_with("tests/vectors/");
    let mut place = match path.starts_with("src/") || path.starts_with("js/src/") {
        true => Place::Code,
        false => Place::Test,
    };
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line == "#[cfg(test)]" {
            // Unit tests stand at the end of a file.
            place = Place::Test;
        }
        let ids = match is_vectors && path.ends_with(".json") {
            true => in_vector(line),
            false => in_comment(line),
        };
        found.extend(ids.into_iter().map(|id| Tag {
            id: id.to_owned(),
            at: format!("{path}:{}", number + 1),
            place,
        }));
    }
    found
}

/// `// spec: M-12, M-13` in Rust or TypeScript, `# spec: M-12` in Python.
fn in_comment(line: &str) -> Vec<&str> {
    let line = line.trim_start();
    let comment = ["// spec: ", "# spec: "]
        .iter()
        .find_map(|start| line.strip_prefix(start));
    match comment {
        Some(ids) => ids.split(", ").filter(|id| !id.is_empty()).collect(),
        None => Vec::new(),
    }
}

/// `"clause": "M-12",` in a file of vectors, which are all run.
fn in_vector(line: &str) -> Vec<&str> {
    let value = line.trim().strip_prefix("\"clause\": \"");
    let id = value.and_then(|value| value.split('"').next());
    id.filter(|id| is_id(id)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, text: &str) -> Vec<(String, Place)> {
        let found = tags(path, text).into_iter();
        found.map(|tag| (tag.id, tag.place)).collect()
    }

    #[test]
    fn comments_in_sources_are_code_and_in_their_unit_tests_are_tests() {
        let text = "    // spec: A-1, A-2\nfn a() {}\n#[cfg(test)]\nmod tests {\n// spec: A-3\n}\n";
        assert_eq!(
            of("src/a.rs", text),
            [
                ("A-1".to_owned(), Place::Code),
                ("A-2".to_owned(), Place::Code),
                ("A-3".to_owned(), Place::Test),
            ]
        );
        assert_eq!(of("js/src/a.ts", "// spec: A-1\n")[0].1, Place::Code);
        assert_eq!(of("js/test/a.ts", "// spec: A-1\n")[0].1, Place::Test);
        assert_eq!(of("tests/interop/a.py", "# spec: A-1\n")[0].1, Place::Test);
    }

    #[test]
    fn vectors_name_the_clause_that_they_test() {
        let line = "      \"clause\": \"A-1\",\n";
        assert_eq!(
            of("tests/vectors/messages.json", line),
            [("A-1".to_owned(), Place::Test)]
        );
        assert!(of("tests/bench/a.json", line).is_empty());
    }

    #[test]
    fn other_comments_are_no_tags() {
        assert!(of("src/a.rs", "// the spec: A-1\nlet spec = 1; // spec\n").is_empty());
    }
}
