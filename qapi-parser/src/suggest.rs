//! Finds the name that a misspelt one probably stands for.

use strsim::osa_distance;

/// Maximum length of compared names in characters. The work grows with the square of it.
const MAX_LENGTH: usize = 80;

/// Returns the candidate that `name` is most likely a misspelling of, the first of equally near
/// ones.
///
/// Case, `-` and `_` make no difference. Otherwise at most a third of the characters may be wrong,
/// missing, surplus or swapped.
///
/// ```
/// let keys = ["struct", "command", "event"];
/// assert_eq!(qapi_parser::nearest("comand", keys), Some("command"));
/// assert_eq!(qapi_parser::nearest("pragma", keys), None);
/// ```
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(name);
    let length = wanted.chars().count();
    if length == 0 || length > MAX_LENGTH {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().filter(|candidate| *candidate != name) {
        let other = folded(candidate);
        let other_length = other.chars().count();
        let limit = (length.max(other_length) / 3).max(1);
        if other_length > MAX_LENGTH || other_length.abs_diff(length) > limit {
            continue;
        }
        let distance = osa_distance(&wanted, &other);
        let is_near = distance <= limit && distance < length;
        if is_near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Returns the characters in lower case, `_` as `-`, up to one more than are compared.
fn folded(name: &str) -> String {
    let fold = |c: char| if c == '_' { '-' } else { c.to_ascii_lowercase() };
    name.chars().take(MAX_LENGTH + 1).map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_name_behind_a_misspelling() {
        let names = ["command", "struct", "data", "returns", "MigrationInfo"];
        assert_eq!(nearest("comand", names), Some("command"));
        assert_eq!(nearest("dtaa", names), Some("data"));
        assert_eq!(nearest("return", names), Some("returns"));
        assert_eq!(
            nearest("migration_info", ["MigrationInfo", "migration-info"]),
            Some("migration-info")
        );
    }

    #[test]
    fn finds_nothing_for_an_unrelated_word() {
        assert_eq!(nearest("foo", ["bar", "x"]), None);
        assert_eq!(nearest("", ["a"]), None);
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest(&"a".repeat(100_000), ["a"]), None);
    }
}
