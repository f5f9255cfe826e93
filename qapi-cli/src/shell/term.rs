//! Values as typed, and the reader of JSON that also takes Python's literals.

use qapi::Value;

use super::literal::{literal, unescape};
use super::syntax_error::SyntaxError;

/// Arrays and objects within each other.
const DEEPEST: usize = 64;

/// A value as typed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// Text without quotes, whose type the schema decides.
    Word(String),
    /// A JSON scalar.
    Value(Value),
    /// An array.
    List(Vec<Term>),
    /// An object; no name occurs twice.
    Dict(Vec<(String, Term)>),
}

impl Term {
    /// Returns the member `name` of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Term> {
        let Term::Dict(members) = self else { return None };
        members.iter().find(|(key, _)| key == name).map(|(_, term)| term)
    }

    /// Returns the text of a word or a string.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Term::Word(text) => Some(text),
            Term::Value(value) => value.as_str(),
            _ => None,
        }
    }
}

/// A step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathStep {
    /// A member of an object.
    Member(String),
    /// An element of an array.
    Element(usize),
}

/// The place in a value at which the text ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenEnd {
    /// The way to the innermost array or object.
    pub(super) path: Vec<PathStep>,
    /// The missing part.
    pub(super) missing: Missing,
    /// The start of the unfinished part in the text, behind its quote.
    pub(super) start: usize,
    /// The quote that opens it.
    pub(super) quote: Option<char>,
}

/// The part at which a text ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// A name of a member.
    Name,
    /// A value.
    Value,
    /// A colon, a comma or a bracket.
    Separator,
}

/// Reads one value. A text that ends early gives the value so far, and the place.
pub(super) struct TermReader<'t> {
    text: &'t str,
    at: usize,
    path: Vec<PathStep>,
    open_end: Option<OpenEnd>,
}

impl<'t> TermReader<'t> {
    /// Reads `text` from the byte `at` on.
    pub(super) fn new(text: &'t str, at: usize) -> TermReader<'t> {
        TermReader { text, at, path: Vec::new(), open_end: None }
    }

    /// Returns the value, the byte behind it, and the place at which the text ends early.
    pub(super) fn read(mut self) -> Result<(Term, usize, Option<OpenEnd>), SyntaxError> {
        let term = self.value()?;
        Ok((term, self.at, self.open_end))
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_space(&mut self) -> Option<char> {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        self.peek()
    }

    /// Notes that the text ends here.
    fn end(&mut self, missing: Missing, start: usize, quote: Option<char>) {
        let path = self.path.clone();
        self.open_end.get_or_insert(OpenEnd { path, missing, start, quote });
    }

    fn fault<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError::new(self.at, message))
    }

    fn value(&mut self) -> Result<Term, SyntaxError> {
        if self.path.len() > DEEPEST {
            return self.fault("arrays and objects are nested too deeply");
        }
        match self.skip_space() {
            None => {
                self.end(Missing::Value, self.at, None);
                Ok(Term::Word(String::new()))
            }
            Some('{') => self.dict(),
            Some('[') => self.list(),
            Some('"' | '\'') => {
                self.quoted(Missing::Value).map(|text| Term::Value(Value::String(text)))
            }
            Some(_) => {
                let word = self.word(Missing::Value)?;
                // Only a member or an element needs no space behind it.
                Ok(literal(word).map_or_else(|| Term::Word(word.to_owned()), Term::Value))
            }
        }
    }

    /// Reads a string in either quote.
    fn quoted(&mut self, missing: Missing) -> Result<String, SyntaxError> {
        let quote = self.peek().unwrap_or('"');
        let start = self.at + 1;
        let mut is_escaped = false;
        for (offset, c) in self.text[start..].char_indices() {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                _ if c == quote => {
                    self.at = start + offset + 1;
                    return unescape(&self.text[start..start + offset])
                        .ok_or_else(|| SyntaxError::new(start, "invalid escape sequence"));
                }
                _ => {}
            }
        }
        self.at = self.text.len();
        self.end(missing, start, Some(quote));
        Ok(self.text[start..].to_owned())
    }

    /// Reads text without quotes.
    fn word(&mut self, missing: Missing) -> Result<&'t str, SyntaxError> {
        let (start, rest) = (self.at, &self.text[self.at..]);
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | ']' | '}' | '{' | '[');
        let length = rest.find(ends).unwrap_or(rest.len());
        if length == 0 {
            return self.fault(match missing {
                Missing::Name => "expected a name",
                _ => "expected a value",
            });
        }
        self.at += length;
        if self.at == self.text.len() {
            self.end(missing, start, None);
        }
        Ok(&rest[..length])
    }

    fn list(&mut self) -> Result<Term, SyntaxError> {
        self.at += 1;
        let mut elements = Vec::new();
        if self.skip_space() == Some(']') {
            self.at += 1;
            return Ok(Term::List(elements));
        }
        loop {
            self.path.push(PathStep::Element(elements.len()));
            elements.push(self.value()?);
            self.path.pop();
            if self.is_closed(']')? {
                return Ok(Term::List(elements));
            }
        }
    }

    fn dict(&mut self) -> Result<Term, SyntaxError> {
        self.at += 1;
        let mut members: Vec<(String, Term)> = Vec::new();
        if self.skip_space() == Some('}') {
            self.at += 1;
            return Ok(Term::Dict(members));
        }
        loop {
            let start = self.at;
            let name = match self.skip_space() {
                None => {
                    self.end(Missing::Name, self.at, None);
                    String::new()
                }
                Some('"' | '\'') => self.quoted(Missing::Name)?,
                Some(_) => self.word(Missing::Name)?.to_owned(),
            };
            if self.open_end.is_some() {
                return Ok(Term::Dict(members));
            }
            if members.iter().any(|(known, _)| *known == name) {
                return Err(SyntaxError::new(start, format!("second member '{name}'")));
            }
            match self.skip_space() {
                None => {
                    self.end(Missing::Separator, self.at, None);
                    return Ok(Term::Dict(members));
                }
                // Some follow Python's keyword arguments.
                Some(':' | '=') => self.at += 1,
                Some(_) => return self.fault(format!("expected ':' after '{name}'")),
            }
            self.path.push(PathStep::Member(name.clone()));
            members.push((name, self.value()?));
            self.path.pop();
            if self.is_closed('}')? {
                return Ok(Term::Dict(members));
            }
        }
    }

    /// Reads a comma, or the bracket after the last part.
    fn is_closed(&mut self, bracket: char) -> Result<bool, SyntaxError> {
        if self.open_end.is_some() {
            return Ok(true);
        }
        match self.skip_space() {
            None => self.end(Missing::Separator, self.at, None),
            Some(c) if c == bracket => self.at += 1,
            Some(',') => {
                self.at += 1;
                return Ok(false);
            }
            Some(_) => return self.fault(format!("expected ',' or '{bracket}'")),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Term, Option<OpenEnd>), String> {
        let read = TermReader::new(text, 0).read();
        read.map(|(term, _, open_end)| (term, open_end)).map_err(|error| error.to_string())
    }

    fn whole(text: &str) -> Term {
        let (term, open_end) = read(text).unwrap();
        assert_eq!(open_end, None, "{text}");
        term
    }

    #[test]
    fn json_and_python_are_read_alike() {
        let expected = whole(r#"{"a": [true, false, null, -1, 1.5, "b'"], "c": {"d": ""}}"#);
        let python = whole(r#"{'a':[True,False,None,-1,1.5,"b'"],'c':{'d':''}}"#);
        assert_eq!(expected, python);
        assert_eq!(expected.get("c").unwrap().get("d").unwrap().text(), Some(""));
        assert_eq!(whole("{a: b}"), Term::Dict(vec![("a".into(), Term::Word("b".into()))]));
        assert_eq!(whole(r"'\u00e9\n\''"), Term::Value("é\n'".into()));
    }

    #[test]
    fn an_early_end_has_a_place() {
        let member = |name: &str| PathStep::Member(name.to_owned());
        for (text, path, missing, start, quote) in [
            ("{", vec![], Missing::Name, 1, None),
            ("{'dri", vec![], Missing::Name, 2, Some('\'')),
            ("{'a': {b", vec![member("a")], Missing::Name, 7, None),
            ("{'a'", vec![], Missing::Separator, 4, None),
            ("{'a': ", vec![member("a")], Missing::Value, 6, None),
            ("{'a': \"x", vec![member("a")], Missing::Value, 7, Some('"')),
            ("{'a': 'x'", vec![], Missing::Separator, 9, None),
            ("[1, tr", vec![PathStep::Element(1)], Missing::Value, 4, None),
            ("['x\\'", vec![PathStep::Element(0)], Missing::Value, 2, Some('\'')),
        ] {
            let expected = OpenEnd { path, missing, start, quote };
            assert_eq!(read(text).unwrap().1, Some(expected), "{text}");
        }
    }

    #[test]
    fn faults_have_a_place() {
        for (text, message) in [
            ("{'a' 1}", "column 6: expected ':' after 'a'"),
            ("[1 2]", "column 4: expected ',' or ']'"),
            ("[,]", "column 2: expected a value"),
            ("{:1}", "column 2: expected a name"),
            ("{'a': 1, 'a': 2}", "column 9: second member 'a'"),
            (r"'\x'", "column 2: invalid escape sequence"),
        ] {
            assert_eq!(read(text), Err(message.to_owned()), "{text}");
        }
        assert!(read(&"[".repeat(200_000)).unwrap_err().contains("nested too deeply"));
    }
}
