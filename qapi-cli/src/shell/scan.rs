//! A line in pieces.

use super::syntax_error::SyntaxError;
use super::term::{OpenEnd, Term, TermReader};

/// A piece of a line, between spaces.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece<'l> {
    /// Its first byte in the line.
    pub(super) start: usize,
    pub(super) content: Content<'l>,
}

/// The content of a piece.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content<'l> {
    /// A word without `=`.
    Word(&'l str),
    /// `KEY=VALUE`
    Argument {
        key: &'l str,
        value: Term,
        /// The first byte of the value in the line.
        value_start: usize,
        /// The place in a JSON value or a string at which the line ends.
        open_end: Option<OpenEnd>,
    },
    /// `{...}`, all arguments or a whole message.
    Object { value: Term, open_end: Option<OpenEnd> },
}

impl<'l> Piece<'l> {
    /// Returns the word, if the piece is one.
    pub(super) fn word(&self) -> Option<&'l str> {
        match self.content {
            Content::Word(word) => Some(word),
            _ => None,
        }
    }

    fn open_end(&self) -> Option<&OpenEnd> {
        match &self.content {
            Content::Word(_) => None,
            Content::Argument { open_end, .. } | Content::Object { open_end, .. } => {
                open_end.as_ref()
            }
        }
    }
}

/// Returns the pieces of a line, the last of which may be unfinished.
pub(super) fn scan(line: &str) -> Result<Vec<Piece<'_>>, SyntaxError> {
    let mut pieces = Vec::new();
    let mut at = 0;
    loop {
        at = line.len() - line[at..].trim_start().len();
        if at == line.len() {
            return Ok(pieces);
        }
        let (content, end) = piece(line, at)?;
        pieces.push(Piece { start: at, content });
        at = end;
    }
}

/// Returns true if a line ends within a string, an array or an object, so that more must follow.
pub(super) fn is_unfinished(pieces: &[Piece<'_>]) -> bool {
    pieces.last().is_some_and(|piece| piece.open_end().is_some())
}

fn piece(line: &str, start: usize) -> Result<(Content<'_>, usize), SyntaxError> {
    let rest = &line[start..];
    if rest.starts_with('{') {
        let (value, end, open_end) = TermReader::new(line, start).read()?;
        return Ok((Content::Object { value, open_end }, separated(line, end)?));
    }
    let length = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
    let (key, behind) = rest.split_at(length);
    if !behind.starts_with('=') {
        return Ok((Content::Word(key), start + length));
    }
    if key.is_empty() {
        return Err(SyntaxError::new(start, "expected the name of an argument before '='"));
    }
    let value_start = start + length + 1;
    let (value, end, open_end) = value(line, value_start)?;
    Ok((Content::Argument { key, value, value_start, open_end }, end))
}

/// Reads the value of an argument and returns the byte behind it.
fn value(line: &str, start: usize) -> Result<(Term, usize, Option<OpenEnd>), SyntaxError> {
    let rest = &line[start..];
    if rest.starts_with(['{', '[', '"', '\'']) {
        let (value, end, open_end) = TermReader::new(line, start).read()?;
        return Ok((value, separated(line, end)?, open_end));
    }
    // Quotes within a word keep its spaces together and belong to it.
    let mut quote = None;
    let end = rest.char_indices().find(|(_, c)| match quote {
        Some(open) => {
            if *c == open {
                quote = None;
            }
            false
        }
        None => {
            quote = Some(*c).filter(|c| matches!(c, '"' | '\''));
            c.is_whitespace()
        }
    });
    let length = end.map_or(rest.len(), |(at, _)| at);
    Ok((Term::Word(rest[..length].to_owned()), start + length, None))
}

/// Returns `end` if a space or the end of the line follows.
fn separated(line: &str, end: usize) -> Result<usize, SyntaxError> {
    match line[end..].chars().next() {
        Some(c) if !c.is_whitespace() => {
            Err(SyntaxError::new(end, format!("expected a space, found '{}'", c.escape_debug())))
        }
        _ => Ok(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(line: &str) -> Vec<(usize, String)> {
        let shown = |piece: Piece<'_>| match piece.content {
            Content::Word(word) => (piece.start, word.to_owned()),
            Content::Argument { key, value, .. } => (piece.start, format!("{key}={value:?}")),
            Content::Object { value, .. } => (piece.start, format!("{value:?}")),
        };
        scan(line).unwrap().into_iter().map(shown).collect()
    }

    #[test]
    fn a_line_is_split_at_spaces() {
        assert_eq!(
            keys("  cmd a=b c.d='x y' {}"),
            [
                (2, "cmd".to_owned()),
                (6, "a=Word(\"b\")".to_owned()),
                (10, "c.d=Value(String(\"x y\"))".to_owned()),
                (20, "Dict([])".to_owned()),
            ]
        );
        assert_eq!(keys(""), []);
    }

    #[test]
    fn quotes_within_a_word_keep_spaces() {
        assert_eq!(keys("a=exec:\"x y\"")[0].1, r#"a=Word("exec:\"x y\"")"#);
        assert_eq!(keys("a=it's b").len(), 1);
        assert_eq!(keys("a= b").len(), 2);
    }

    #[test]
    fn an_open_bracket_wants_more() {
        let wants_more = |line| is_unfinished(&scan(line).unwrap());
        assert!(wants_more("cmd a=[1,") && wants_more("cmd a='x y") && wants_more("{\"execute\""));
        assert!(!wants_more("cmd a=[1]") && !wants_more("cmd a=") && !wants_more("cmd"));
    }

    #[test]
    fn faults_have_a_column() {
        let fault = |line| scan(line).unwrap_err().to_string();
        assert_eq!(fault("cmd a=[1]b"), "column 10: expected a space, found 'b'");
        assert_eq!(fault("cmd =1"), "column 5: expected the name of an argument before '='");
    }
}
