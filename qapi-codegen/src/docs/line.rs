//! Lines of documentation, by the block that each starts.

/// The block that a line starts.
pub(super) enum LineKind<'a> {
    Blank,
    /// `.. name:: argument`
    Directive(&'a str, &'a str),
    /// `.. anything else`
    Comment,
    /// An item of a list: its mark in Markdown, and how wide it is here.
    Item(String, usize),
    /// `| text`
    LineBlock(&'a str),
    Table,
    /// `->` or `<-`: a message of an example that is not marked as one.
    Message,
    Text,
}

impl<'a> LineKind<'a> {
    pub(super) fn of(line: &'a str) -> LineKind<'a> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return LineKind::Blank;
        }
        if let Some(rest) = line.strip_prefix(".. ") {
            return match rest.split_once("::") {
                Some((name, argument)) if is_word(name) => {
                    LineKind::Directive(name, argument.trim())
                }
                _ => LineKind::Comment,
            };
        }
        if line.starts_with("-> ") || line.starts_with("<- ") {
            return LineKind::Message;
        }
        if line.starts_with("+--") || line.starts_with("+==") || line.starts_with("=== ") {
            return LineKind::Table;
        }
        if let Some(text) = line.strip_prefix("| ") {
            return LineKind::LineBlock(text);
        }
        match item_mark(line) {
            Some((mark, width)) => LineKind::Item(mark, width),
            None => LineKind::Text,
        }
    }
}

/// Returns the mark of a list's item in Markdown, and its width in the text.
fn item_mark(line: &str) -> Option<(String, usize)> {
    let (mark, _) = line.split_once(' ').unwrap_or((line, ""));
    if matches!(mark, "-" | "*" | "+") {
        return Some(("- ".to_owned(), 1));
    }
    let number = mark.strip_suffix(['.', ')'])?;
    let number = if number == "#" { "1" } else { number };
    let is_number =
        (1..=4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && mark.len() < line.len()).then(|| (format!("{number}. "), mark.len()))
}

fn is_word(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte))
}
