//! Finds the messages in the text of a documentation block.

use std::ops::Range;

use crate::source::Span;

/// Tags that end an example. Older releases use all of them.
const TAGS: &[&str] = &["Since:", "Returns:", "Errors:", "Features:", "Note:", "Notes:", "TODO:"];

/// The sender of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// `->`
    Client,
    /// `<-`
    Server,
    /// No arrow: the message itself tells.
    Unmarked,
}

/// An example found in a documentation block.
#[derive(Debug)]
pub(super) enum ExampleText {
    /// A message, or a value of the documented type.
    Message {
        sender: Sender,
        /// The bytes of the file from the first character behind the arrow.
        range: Range<usize>,
        /// Parts are left out: `...` stands outside strings.
        elided: bool,
        /// The deepest nesting of brackets.
        depth: usize,
    },
    /// `.. qmp-example:`, a misspelt directive.
    Misspelt { range: Range<usize> },
}

/// Lists the messages in the documentation block at `span`. `text` is that of the whole file.
pub(super) fn find(text: &str, span: Span) -> Vec<ExampleText> {
    let lines = lines(text, span);
    let mut found = Vec::new();
    let mut in_example = false;
    let mut index = 0;
    while let Some(&line) = lines.get(index) {
        index += 1;
        let marker = Marker::of(line);
        let mut line = line;
        match marker {
            Marker::Example { rest, misspelt } => {
                in_example = true;
                if misspelt {
                    found.push(ExampleText::Misspelt { range: line.start..line.start + rest });
                }
                line = line.behind(rest);
            }
            Marker::Section => in_example = false,
            Marker::None => {}
        }
        let Some((sender, skip)) = line.sender(in_example) else { continue };
        let message = line.behind(skip);
        let mut extent = Extent::new(message.start);
        extent.add(message);
        while let Some(next) = extent.next_line(&lines, index, line.indent) {
            extent.add(lines[next]);
            index = next + 1;
        }
        let Extent { start, end, elided, deepest, .. } = extent;
        found.push(ExampleText::Message { sender, range: start..end, elided, depth: deepest });
    }
    found
}

/// A line of a comment.
#[derive(Debug, Clone, Copy)]
struct CommentLine<'a> {
    /// The offset of `body` in the file.
    start: usize,
    /// Columns between the comment sign and `body`.
    indent: usize,
    /// The text without surrounding blanks.
    body: &'a str,
}

impl<'a> CommentLine<'a> {
    /// Returns the line without its first `skip` bytes and the blanks behind them.
    fn behind(self, skip: usize) -> CommentLine<'a> {
        let body = self.body[skip..].trim_start();
        let dropped = self.body.len() - body.len();
        CommentLine { start: self.start + dropped, indent: self.indent, body }
    }

    /// Returns the sender of a message that starts here and the length of its arrow. Without an
    /// arrow a message starts only in an example. Words behind an arrow are a legend, or prose.
    fn sender(self, in_example: bool) -> Option<(Sender, usize)> {
        let (sender, skip) = match self.arrow() {
            Some(sender) => (sender, 2),
            None if in_example && self.body.starts_with('{') => (Sender::Unmarked, 0),
            None => return None,
        };
        let first = self.behind(skip).body.chars().next()?;
        let starts = if in_example { !first.is_alphanumeric() } else { "{.".contains(first) };
        starts.then_some((sender, skip))
    }

    fn arrow(self) -> Option<Sender> {
        if self.body.starts_with("->") {
            Some(Sender::Client)
        } else if self.body.starts_with("<-") {
            Some(Sender::Server)
        } else {
            None
        }
    }

    /// Returns true if the line ends any message before it.
    fn starts_something(self) -> bool {
        self.arrow().is_some() || !matches!(Marker::of(self), Marker::None)
    }
}

/// Returns the lines between the first and the last `##`.
fn lines(text: &str, span: Span) -> Vec<CommentLine<'_>> {
    let mut lines = Vec::new();
    let mut start = span.start as usize;
    for line in text[start..span.end as usize].split_inclusive('\n') {
        let body = line.trim_start();
        if let Some(comment) = body.strip_prefix('#')
            && !comment.starts_with('#')
        {
            let body = comment.trim_start();
            let indent = comment.len() - body.len();
            let skipped = line.len() - body.len();
            lines.push(CommentLine { start: start + skipped, indent, body: body.trim_end() });
        }
        start += line.len();
    }
    lines
}

/// The part that a line plays in the structure of documentation.
#[derive(Debug, Clone, Copy)]
enum Marker {
    /// An example starts, behind `rest` bytes of the line.
    Example { rest: usize, misspelt: bool },
    /// Other documentation starts.
    Section,
    /// The line continues the current part.
    None,
}

impl Marker {
    fn of(line: CommentLine<'_>) -> Marker {
        let body = line.body;
        for tag in ["Example::", "Examples::", "Example:", "Examples:"] {
            if body.starts_with(tag) {
                return Marker::Example { rest: tag.len(), misspelt: false };
            }
        }
        if let Some(directive) = body.strip_prefix(".. ") {
            return match directive.strip_prefix("qmp-example:") {
                Some(colon) => Marker::Example { rest: body.len(), misspelt: colon.is_empty() },
                None if directive == "code-block:: QMP" => {
                    Marker::Example { rest: body.len(), misspelt: false }
                }
                None => Marker::Section,
            };
        }
        let member = body.starts_with('@') && body.contains(':');
        let tag = TAGS.iter().any(|tag| body.starts_with(tag));
        if line.indent <= 1 && (member || tag) { Marker::Section } else { Marker::None }
    }
}

/// The text of a message, line by line.
struct Extent {
    start: usize,
    end: usize,
    elided: bool,
    depth: usize,
    deepest: usize,
}

impl Extent {
    fn new(start: usize) -> Extent {
        Extent { start, end: start, elided: false, depth: 0, deepest: 0 }
    }

    /// Adds a line. A string ends at the end of its line at the latest.
    fn add(&mut self, line: CommentLine<'_>) {
        let mut quote = None;
        let mut rest = line.body.char_indices();
        while let Some((at, c)) = rest.next() {
            match (quote, c) {
                (Some(_), '\\') => drop(rest.next()),
                (Some(open), _) if c == open => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(c),
                (None, '{' | '[') => {
                    self.depth += 1;
                    self.deepest = self.deepest.max(self.depth);
                }
                (None, '}' | ']') => self.depth = self.depth.saturating_sub(1),
                (None, '.') => self.elided |= line.body[at..].starts_with("..."),
                (None, _) => {}
            }
        }
        self.end = line.start + line.body.len();
    }

    /// Finds the next line of the message that started at `indent`, from `index` on. While brackets
    /// are open, blank lines belong to it if a line indented deeper follows. Once they are closed,
    /// lines indented deeper still belong to it, as a fault.
    fn next_line(&self, lines: &[CommentLine<'_>], index: usize, indent: usize) -> Option<usize> {
        let (at, next) =
            lines.iter().enumerate().skip(index).find(|(_, line)| !line.body.is_empty())?;
        if next.starts_something() {
            return None;
        }
        let deeper = next.indent > indent;
        let open = self.depth > 0;
        let takes = if at > index {
            open && (deeper || next.body.starts_with(['}', ']']))
        } else {
            open || deeper
        };
        takes.then_some(at)
    }
}
