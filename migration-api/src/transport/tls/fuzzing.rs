//! Properties of authorization by name: a rule decides as its definition says, and a name has one
//! meaning.

use super::authorization::{Authorization, Rule, escape};

/// Checks them for a text: its last line is a name, and those before it are rules.
///
/// With feature `tls`, the same bytes are a certificate's subject in DER, too.
pub fn check(bytes: &[u8]) {
    #[cfg(feature = "tls")]
    subject(bytes);
    let Ok(text) = str::from_utf8(bytes) else { return };
    assert_eq!(unescape(&escape(text)), [text], "{text:?}");
    let (rules, name) = text.rsplit_once('\n').unwrap_or(("", text));
    let rules: Vec<Rule> = rules.lines().take(8).map(rule).collect();
    let expected = rules.iter().find(|rule| fits(rule, name)).is_some_and(|rule| rule.allow);
    let list = Authorization::List { rules: rules.clone(), otherwise: false };
    assert_eq!(list.allows(name), expected, "{rules:?} for {name:?}");
    assert!(Authorization::Name(name.into()).allows(name));
}

/// Reads `[!][=]PATTERN`: refused, and compared as it is.
fn rule(line: &str) -> Rule {
    let (line, allow) = line.strip_prefix('!').map_or((line, true), |line| (line, false));
    let (matches, glob) = line.strip_prefix('=').map_or((line, true), |line| (line, false));
    Rule { matches: matches.into(), glob, allow }
}

/// Returns whether a rule fits, by a table of every beginning of the pattern and of the name.
fn fits(rule: &Rule, name: &str) -> bool {
    if !rule.glob {
        return rule.matches == name;
    }
    let name: Vec<char> = name.chars().collect();
    let mut fits = vec![false; name.len() + 1];
    fits[0] = true;
    for c in rule.matches.chars() {
        if c == '*' {
            (1..=name.len()).for_each(|end| fits[end] |= fits[end - 1]);
        } else {
            for end in (1..=name.len()).rev() {
                fits[end] = fits[end - 1] && (c == '?' || c == name[end - 1]);
            }
            fits[0] = false;
        }
    }
    fits[name.len()]
}

/// Splits a name at the commas that have a meaning, and takes the backslashes away.
fn unescape(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let literal = match c {
            '\\' => characters.next(),
            ',' => None,
            c => Some(c),
        };
        match (literal, parts.last_mut()) {
            (Some(c), Some(part)) => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts
}

/// Checks that a subject's spelling has all of its attributes, and none that it has not.
#[cfg(feature = "tls")]
fn subject(bytes: &[u8]) {
    let Ok(name) = openssl::x509::X509Name::from_der(bytes) else { return };
    let spelt = super::session::spell(&name);
    let values = name.entries().map(|entry| entry.data().to_string().unwrap_or_default());
    let values: Vec<String> = values.collect();
    if values.is_empty() {
        return assert!(spelt.is_empty());
    }
    let parts = unescape(&spelt);
    assert_eq!(parts.len(), values.len(), "{spelt:?}");
    for (part, value) in parts.iter().zip(values) {
        assert_eq!(part.split_once('=').map(|(_, value)| value), Some(&value[..]), "{spelt:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutate::mutate;
    use crate::random::Random;

    #[test]
    fn names_bear_damage() {
        let mut random = Random::new(0x9a3e);
        let seeds: [&[u8]; 5] = [
            b"!CN=bad*\nCN=*,O=?\n=*\nCN=bad\\, O=x",
            b"**a*b?\nabcbd",
            b" #a,b+c\"d\\e<f>g;h ",
            b"*a*a*a*b\naaaaaaaaaaaaaaaa",
            b"\x30\x1f\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03a,b\x31\x0f\x30\x0d\x06\x03\x55\x04\x0a\x0c\x06+c=\"d\\",
        ];
        for seed in seeds {
            check(seed);
            for _ in 0..2000 {
                let mut bytes = seed.to_vec();
                for _ in 0..=random.below(4) {
                    if !bytes.is_empty() {
                        let at = random.below(bytes.len());
                        mutate(&mut random, &mut bytes, at);
                    }
                }
                check(&bytes);
            }
        }
    }

    #[test]
    fn the_table_of_beginnings_knows_patterns() {
        let fits = |pattern, name| fits(&rule(pattern), name);
        assert!(fits("a*d", "abcd") && fits("*", "") && fits("a?c", "abc") && fits("=*", "*"));
        assert!(!fits("a?", "a") && !fits("", "a") && !fits("=*", "a") && !fits("a*c", "abcd"));
        assert_eq!(unescape("a\\,b,c"), ["a,b", "c"]);
    }
}
