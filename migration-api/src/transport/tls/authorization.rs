//! Authorizes clients by the name in their certificate: `authz-simple` and `authz-list`.

/// Authorization by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Only this name is allowed.
    Name(String),
    /// The first matching rule decides.
    List {
        /// The rules, in this order.
        rules: Vec<Rule>,
        /// Decision if no rule matches.
        otherwise: bool,
    },
}

/// One rule of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name or pattern that it matches.
    pub matches: String,
    /// `*` in the pattern matches any characters, and `?` any one.
    pub glob: bool,
    /// Decision for matching names.
    pub allow: bool,
}

impl Authorization {
    /// Returns true if the name is allowed.
    pub fn allows(&self, name: &str) -> bool {
        match self {
            Self::Name(only) => only == name,
            Self::List { rules, otherwise } => {
                let rule = rules.iter().find(|rule| match rule.glob {
                    true => matches(&rule.matches, name),
                    false => rule.matches == name,
                });
                rule.map_or(*otherwise, |rule| rule.allow)
            }
        }
    }
}

/// Returns true if a pattern matches a whole name. The time is at most the product of their
/// lengths.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Position after the last star, and the end of the text that it matches so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                p += 1;
                star = Some((p, n));
            }
            Some(&c) if c == '?' || c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((behind, end)) = star else { return false };
                star = Some((behind, end + 1));
                (p, n) = (behind, end + 1);
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

/// Escapes characters with a meaning between attributes.
#[cfg(any(test, fuzzing, feature = "tls"))]
pub(super) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for (at, c) in value.chars().enumerate() {
        let first = at == 0 && matches!(c, ' ' | '#');
        let last = c == ' ' && at + 1 == value.chars().count();
        if first || last || matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rule = |matches: &str, glob, allow| Rule { matches: matches.into(), glob, allow };
        let rules =
            vec![rule("CN=bad", false, false), rule("CN=*", true, true), rule("*", false, true)];
        let list = Authorization::List { rules, otherwise: false };
        assert!(!list.allows("CN=bad"));
        assert!(list.allows("CN=bader"));
        assert!(list.allows("*") && !list.allows("O=x"));
        assert!(Authorization::List { rules: Vec::new(), otherwise: true }.allows("x"));
        assert!(Authorization::Name("x".into()).allows("x"));
        assert!(!Authorization::Name("*".into()).allows("x"));
    }

    #[test]
    fn patterns_fit_as_a_whole() {
        for pattern in ["abcbd", "a*d", "*", "a?c*", "*b*d", "**abcbd**", "a*b?"] {
            assert!(matches(pattern, "abcbd"), "{pattern}");
        }
        for pattern in ["", "a", "*c", "?", "abcbd?", "a*c?"] {
            assert!(!matches(pattern, "abcbd"), "{pattern}");
        }
        assert!(matches("", "") && matches("*", "") && !matches("?", ""));
        assert!(!matches(&"*a".repeat(200), &"b".repeat(20_000)));
    }

    #[test]
    fn commas_in_names_are_not_separators() {
        assert_eq!(escape("a,b \"c\" "), "a\\,b \\\"c\\\"\\ ");
        assert_eq!(escape("#1"), "\\#1");
    }
}
