//! The lines of a documentation comment.

use super::SectionKind;

/// A line without its `# ` and the white space at its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// The text.
    pub(crate) text: &'a str,
    /// The offset of `text` in its file.
    pub(crate) at: usize,
}

/// A line `TAG: TEXT`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tagged<'a> {
    pub(crate) kind: SectionKind,
    pub(crate) tag: &'static str,
    /// The tag with its colon.
    pub(crate) head: Line<'a>,
    /// The text behind the tag.
    pub(crate) text: Line<'a>,
}

impl<'a> Line<'a> {
    /// Strips the `#` and a space from `comment`, which starts at `at`.
    pub(crate) fn of_comment(comment: &'a str, at: usize) -> Line<'a> {
        let (text, skipped) = match comment[1..].strip_prefix(' ') {
            Some(text) => (text, 2),
            None => (&comment[1..], 1),
        };
        Line { text: text.trim_end_matches(is_space), at: at + skipped }
    }

    /// Splits `@NAME: TEXT` into name and text.
    pub(crate) fn description(self) -> Option<(Line<'a>, Line<'a>)> {
        let (name, text) = self.text.strip_prefix('@')?.split_once(':')?;
        let text = text.trim_start_matches(' ');
        Some((Line { text: name, at: self.at + 1 }, self.tail(text)))
    }

    /// Splits `TAG: TEXT`. Two colons are markup of the text.
    pub(crate) fn section(self) -> Option<Tagged<'a>> {
        if !self.text.starts_with(['R', 'E', 'S', 'T', 'N']) {
            return None;
        }
        let (word, text) = self.text.split_once(':')?;
        let (kind, tag) = match word {
            "Returns" => (SectionKind::Returns, "Returns"),
            "Errors" => (SectionKind::Errors, "Errors"),
            "Since" => (SectionKind::Since, "Since"),
            "TODO" => (SectionKind::Todo, "TODO"),
            "Note" => (SectionKind::Note, "Note"),
            "Notes" => (SectionKind::Note, "Notes"),
            "Example" => (SectionKind::Example, "Example"),
            "Examples" => (SectionKind::Example, "Examples"),
            _ => return None,
        };
        if text.starts_with(':') {
            return None;
        }
        let head = Line { text: &self.text[..word.len() + 1], at: self.at };
        Some(Tagged { kind, tag, head, text: self.tail(text.trim_start_matches(' ')) })
    }

    /// Returns true for the line that introduces features.
    pub(crate) fn is_features(self) -> bool {
        self.text == "Features:"
    }

    /// Returns the number of white space characters at the start.
    pub(crate) fn indent(self) -> usize {
        indent(self.text)
    }

    /// Returns the offset of the end of the line.
    fn tail(self, text: &'a str) -> Line<'a> {
        Line { text, at: self.at + self.text.len() - text.len() }
    }
}

/// Returns the number of characters, not bytes, of white space at the start of `text`.
pub(super) fn indent(text: &str) -> usize {
    let spaces = text.bytes().take_while(|&byte| byte == b' ').count();
    spaces + text[spaces..].chars().take_while(|&c| is_space(c)).count()
}

/// Returns true for white space as Python defines it.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Returns the comment that comes next at or behind `at`, with its offset; none if there is other
/// text.
pub(crate) fn next_comment(text: &str, at: usize) -> Result<(&str, usize), usize> {
    let rest = match text[at..].strip_prefix('\n') {
        Some(rest) if rest.starts_with('#') => rest,
        _ => text[at..].trim_start(),
    };
    let start = text.len() - rest.len();
    if !rest.starts_with('#') {
        return Err(start);
    }
    Ok((&rest[..rest.find('\n').unwrap_or(rest.len())], start))
}
