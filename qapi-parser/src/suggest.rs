//! "Did you mean": the nearest of the names that would have been right.

/// Longer names are not compared: the work grows with the square of the length.
const LONGEST: usize = 80;

/// The candidate that `name` is most likely a misspelling of: equal but for case, `-` and `_`, or
/// at most a third of its characters wrong, missing, surplus or swapped. Of equally near ones the
/// first wins.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = folded(name).collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    let mut other = Vec::with_capacity(LONGEST + 1);
    for candidate in candidates {
        other.clear();
        other.extend(folded(candidate));
        let limit = (wanted.len().max(other.len()) / 3).max(1);
        if candidate == name || other.len() > LONGEST || other.len().abs_diff(wanted.len()) > limit
        {
            continue;
        }
        let distance = distance(&wanted, &other);
        let near = distance <= limit && distance < wanted.len();
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The characters in lower case, `_` as `-`, up to one more than are compared.
fn folded(name: &str) -> impl Iterator<Item = char> {
    let fold = |c: char| if c == '_' { '-' } else { c.to_ascii_lowercase() };
    name.chars().take(LONGEST + 1).map(fold)
}

/// Counts the characters to change, add, remove or swap with their neighbour. Neither text is
/// longer than [`LONGEST`].
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = [0; LONGEST + 1];
    let mut last: [usize; LONGEST + 1] = std::array::from_fn(|index| index);
    for i in 1..=a.len() {
        let mut row = [i; LONGEST + 1];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row[j] = least;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn misspellings_find_their_name() {
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
    fn other_words_find_none() {
        assert_eq!(nearest("foo", ["bar", "x"]), None);
        assert_eq!(nearest("", ["a"]), None);
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest(&"a".repeat(100_000), ["a"]), None);
    }
}
