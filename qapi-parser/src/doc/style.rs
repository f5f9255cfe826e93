//! The style of documentation lines: their length and the space between sentences, except in
//! literal text. Only the newest version of QEMU has these rules.

use super::error::DocErrorKind;
use super::lines::indent;

/// The longest line, its `# ` included, in characters.
const LONGEST: usize = 70;

/// The context of a line, from the lines before it.
#[derive(Default)]
pub(super) enum Style {
    /// Ordinary text.
    #[default]
    Text,
    /// Behind a literal block's introduction.
    LiteralStarts,
    /// In a literal block indented so far.
    Literal(usize),
}

impl Style {
    /// Looks at the next line of a block; finds a mistake and its byte offset in the line.
    pub(super) fn check(&mut self, line: &str) -> Option<(DocErrorKind, usize)> {
        if starts_literal(line) {
            *self = Style::LiteralStarts;
            return None;
        }
        if line.is_empty() {
            return None;
        }
        let indent = indent(line);
        match *self {
            Style::Text => {}
            Style::LiteralStarts if indent > 0 => {
                *self = Style::Literal(indent);
                return None;
            }
            Style::Literal(least) if indent >= least => return None,
            _ => *self = Style::Text,
        }
        if line.len() + 2 > LONGEST {
            let length = line.chars().count() + 2;
            if length > LONGEST && !is_url(line) {
                return Some((DocErrorKind::LongLine { length }, 0));
            }
        }
        single_space(line).map(|at| (DocErrorKind::SentenceSpacing, at))
    }
}

/// Returns true if the line introduces a literal block.
fn starts_literal(line: &str) -> bool {
    line.ends_with("::") && {
        let head = line[..line.len() - 2].trim_end_matches(' ');
        let directive = head.strip_prefix("..").and_then(|rest| rest.strip_prefix(' '));
        head.is_empty()
            || directive.is_some_and(|name| name.trim_start_matches(' ') == "qmp-example")
    }
}

/// Returns true if the line is a URL alone, which cannot be broken.
fn is_url(line: &str) -> bool {
    let line = line.trim_start_matches(' ');
    let schemes = ["http://", "https://", "ftp://"];
    schemes.iter().any(|scheme| line.starts_with(scheme)) && !line.contains(' ')
}

/// Finds the end of a sentence with one space before the next. `e.g.` and the number of a list
/// entry end no sentence.
fn single_space(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    line.match_indices(' ').map(|(space, _)| space).find_map(|space| {
        let at = space.checked_sub(1)?;
        let starts = bytes
            .get(space + 1)
            .is_some_and(|&next| matches!(next, b'A'..=b'Z' | b'0'..=b'9' | b'('));
        if !starts || !matches!(bytes[at], b'.' | b'!' | b'?') {
            return None;
        }
        let before = &line[..at];
        let abbreviation =
            bytes[at] == b'.' && before.strip_suffix("e.g").is_some_and(ends_no_word);
        let number = bytes[at] == b'.' && {
            let label = before.trim_start_matches(' ');
            label.len() == 1 && label.as_bytes()[0].is_ascii_digit()
        };
        (!abbreviation && !number).then_some(at)
    })
}

fn ends_no_word(text: &str) -> bool {
    !text.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}
