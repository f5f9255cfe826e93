//! The pieces of a line as the arguments of a command.

use super::scan::{Content, Piece};
use super::syntax_error::SyntaxError;
use super::term::Term;

/// Joins the pieces behind a command's name to one object.
pub(super) fn join(pieces: &[Piece<'_>]) -> Result<Term, SyntaxError> {
    let mut members = Vec::new();
    for piece in pieces {
        let fault = |message: String| SyntaxError::new(piece.start, message);
        match &piece.content {
            Content::Word(word) => {
                return Err(fault(format!("expected NAME=VALUE, found '{word}'")));
            }
            Content::Argument { key, value, .. } => {
                insert(&mut members, key, value.clone()).map_err(fault)?;
            }
            Content::Object { value: Term::Dict(all), .. } => {
                for (name, value) in all {
                    put(&mut members, name, name, value.clone()).map_err(fault)?;
                }
            }
            Content::Object { .. } => return Err(fault("expected an object".to_owned())),
        }
    }
    Ok(Term::Dict(members))
}

/// Sets the member that a key with dots names.
fn insert(members: &mut Vec<(String, Term)>, key: &str, value: Term) -> Result<(), String> {
    let mut members = members;
    let mut end = 0;
    while let Some(length) = key[end..].find('.') {
        let name = &key[end..end + length];
        let index = members.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            members.push((name.to_owned(), Term::Dict(Vec::new())));
            members.len() - 1
        });
        match &mut members[index].1 {
            Term::Dict(inner) => members = inner,
            _ => return Err(format!("'{}' has a value and members", &key[..end + length])),
        }
        end += length + 1;
    }
    put(members, &key[end..], key, value)
}

fn put(
    members: &mut Vec<(String, Term)>,
    name: &str,
    key: &str,
    value: Term,
) -> Result<(), String> {
    match members.iter().find(|(known, _)| known == name) {
        Some((_, Term::Dict(_))) => Err(format!("'{key}' has a value and members")),
        Some(_) => Err(format!("'{key}' is given twice")),
        None => {
            members.push((name.to_owned(), value));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::resolve::resolve;
    use super::super::scan::scan;
    use super::*;

    fn joined(line: &str) -> Result<String, String> {
        let term = join(&scan(line).unwrap()).map_err(|error| error.to_string())?;
        Ok(resolve(&term, None).to_string())
    }

    #[test]
    fn keys_with_dots_are_nested() {
        let expected = r#"{"a": {"b": 1, "c": {"d": "x"}}, "e": true}"#;
        assert_eq!(joined("a.b=1 a.c.d=x e=true").as_deref(), Ok(expected));
        assert_eq!(joined("a={'b':1} a.c={'d':'x'} e=True").as_deref(), Ok(expected));
        assert_eq!(joined("{'a': {b: 1}} a.c.d=x e=TRUE").as_deref(), Ok(expected));
        assert_eq!(joined("").as_deref(), Ok("{}"));
    }

    #[test]
    fn a_name_has_one_value() {
        for (line, message) in [
            ("a=1 a=2", "column 5: 'a' is given twice"),
            ("a=1 a.b=2", "column 5: 'a' has a value and members"),
            ("a.b=1 a=2", "column 7: 'a' has a value and members"),
            ("a.b=1 a.b=2", "column 7: 'a.b' is given twice"),
            ("a=1 {'a': 1}", "column 5: 'a' is given twice"),
            ("a=1 b", "column 5: expected NAME=VALUE, found 'b'"),
        ] {
            assert_eq!(joined(line), Err(message.to_owned()), "{line}");
        }
    }
}
