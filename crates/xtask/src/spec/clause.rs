//! The clauses of a manual: list items that begin with their number.

/// One clause, and where it stands.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) id: String,
    pub(super) at: String,
}

/// Finds the clauses of a manual, and what is wrong with how they are numbered.
pub(super) fn clauses(path: &str, manual: &str) -> (Vec<Clause>, Vec<String>) {
    let (mut clauses, mut problems) = (Vec::<Clause>::new(), Vec::new());
    let mut in_clause = false;
    for (number, line) in manual.lines().enumerate() {
        let at = format!("{path}:{}", number + 1);
        if let Some(id) = id_of(line) {
            if clauses.iter().any(|clause| clause.id == id) {
                problems.push(format!("{at}: {id} is there twice"));
            }
            clauses.push(Clause { id: id.into(), at });
            in_clause = true;
        } else {
            in_clause &= line.starts_with("  ");
            // The introduction names the words; elsewhere a duty without a number is never checked.
            if line.contains("MUST") && !in_clause && !line.contains("RFC 2119") {
                problems.push(format!("{at}: a MUST without a number"));
            }
        }
    }
    (clauses, problems)
}

/// `- [M-12] A reader MUST …` has the number M-12.
fn id_of(line: &str) -> Option<&str> {
    let (id, _) = line.strip_prefix("- [")?.split_once("] ")?;
    is_id(id).then_some(id)
}

/// Whether a text is the number of a clause: a capital letter, a dash, digits.
pub(super) fn is_id(text: &str) -> bool {
    let Some((letter, number)) = text.split_once('-') else {
        return false;
    };
    letter.len() == 1
        && letter.starts_with(|c: char| c.is_ascii_uppercase())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_items_with_a_number_are_clauses() {
        let (found, problems) =
            clauses("f.md", "text\n- [A-1] One MUST,\n  and MUST.\n- [B-20] x\n");
        let ids: Vec<&str> = found.iter().map(|clause| clause.id.as_str()).collect();
        assert_eq!(ids, ["A-1", "B-20"]);
        assert_eq!(found[1].at, "f.md:4");
        assert!(problems.is_empty());
    }

    #[test]
    fn numbers_given_twice_and_duties_without_one_are_problems() {
        let (_, problems) = clauses("f.md", "- [A-1] x\n- [A-1] y\n\nOne MUST.\n- One MUST.\n");
        assert_eq!(
            problems,
            [
                "f.md:2: A-1 is there twice",
                "f.md:4: a MUST without a number",
                "f.md:5: a MUST without a number",
            ]
        );
    }
}
