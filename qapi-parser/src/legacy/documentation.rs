//! Documentation as QEMU 4.1 to 9.0 wrote it.
//!
//! - The text of a section or description went on to the next one, whatever its indentation.
//!   Schemas rely on that in four places: a description that goes on without indentation
//!   (`old-description`), a `Returns:` whose list starts on the next line (`old-returns`), text
//!   whose second line is followed by a section (`old-section-start`), and sections `Note` and
//!   `Example` (`old-section`), which are markup today.
//! - A line that starts with '=' was a heading (`old-heading`).
//!
//! [`scan`] reads a block ahead of its parser and marks the lines that the parser has to read
//! differently. Blocks that today's grammar accepts get no marks, and need no scan.

use super::OldForm;
use crate::diagnostic::{Diagnostic, Quota, Severity};
use crate::doc::SectionKind;
use crate::doc::lines::{Line, next_comment};
use crate::place::Place;
use crate::source::Span;

/// Deviations from today's reading of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The line belongs to the text above it, as if indented like that.
    Continues,
    /// The line ends the text above it, as if an empty line stood between them.
    Ends,
}

/// The marked lines of a block.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    lines: Vec<(usize, Mark)>,
    /// The number of marks returned.
    passed: usize,
    forms: Vec<(Span, OldForm)>,
}

impl Marks {
    /// Returns the mark of the line at `at`. Must be called in the order of lines.
    pub(crate) fn of(&mut self, at: usize) -> Option<Mark> {
        let (_, mark) = self.lines.get(self.passed).filter(|(line, _)| *line == at)?;
        self.passed += 1;
        Some(*mark)
    }

    /// Reports the old forms in the block as far as `quota` allows.
    pub(crate) fn findings(&mut self, quota: &mut Quota) -> Vec<Diagnostic> {
        let forms = std::mem::take(&mut self.forms).into_iter();
        let kept = forms.take_while(|_| quota.take(Severity::Style));
        kept.map(|(span, form)| form.at(Place::exact(span), None)).collect()
    }
}

/// Marks the lines of the block in `text` whose opening line is at `first`.
pub(crate) fn scan(text: &str, first: Span) -> Marks {
    let mut at = first.end as usize;
    let mut scanner = None;
    while let Ok((comment, start)) = next_comment(text, at)
        && !comment.starts_with("##")
    {
        let line = Line::of_comment(comment, start);
        scanner.get_or_insert_with(|| Scanner::new(first, line)).line(line);
        at = start + comment.len();
    }
    scanner.map(Scanner::finish).unwrap_or_default()
}

/// Returns true for a line that starts a description, a section or features.
fn is_start(line: Line) -> bool {
    line.description().is_some() || line.is_features() || line.section().is_some()
}

/// The text that lines are added to.
#[derive(Debug, Clone, Copy)]
enum CurrentText<'a> {
    /// The symbol line comes next.
    Symbol,
    /// Text without tag, or a free-form block.
    Plain,
    /// A description: its name, and false until it has text.
    Description(Line<'a>, bool),
    /// A description whose first paragraph is not indented.
    Unindented,
    /// A section: the tag of a `Returns` without text so far.
    Section(Option<Line<'a>>),
    /// The list of a `Returns` that is not indented.
    List,
    /// A section `Note` or `Example`.
    Retired,
}

struct Scanner<'a> {
    block: Span,
    marks: Marks,
    state: CurrentText<'a>,
    /// Set for documentation of a definition.
    definition: bool,
    /// The line before was empty, or the symbol line.
    after_gap: bool,
    /// The line before was the first indented one of its text.
    after_first: bool,
    /// The indentation of the first indented line of the current text.
    indent: Option<usize>,
    /// Lines that continue a description if another one follows.
    pending: Vec<Line<'a>>,
    /// Today's grammar refuses the first pending line.
    refused: bool,
    /// The current line is in a paragraph, which ends at an empty line only.
    paragraph: bool,
    /// Set once a description went on without indentation.
    unindented: bool,
}

impl<'a> Scanner<'a> {
    fn new(block: Span, first: Line<'a>) -> Self {
        Scanner {
            block,
            marks: Marks::default(),
            state: CurrentText::Symbol,
            definition: first.text.starts_with('@'),
            after_gap: true,
            after_first: false,
            indent: None,
            pending: Vec::new(),
            refused: false,
            paragraph: false,
            unindented: false,
        }
    }

    fn finish(mut self) -> Marks {
        self.settle(false);
        self.marks
    }

    fn line(&mut self, line: Line<'a>) {
        if line.text.is_empty() {
            self.after_gap = true;
            self.after_first = false;
            self.paragraph = false;
        } else if !self.definition {
            self.heading(line);
        } else if matches!(self.state, CurrentText::Symbol) {
            self.state = CurrentText::Plain;
        } else if self.paragraph || self.goes_on_as_text() && is_start(line) {
            self.pending.clear();
            self.state = CurrentText::Plain;
            self.paragraph = true;
        } else if let Some((name, text)) = line.description() {
            self.settle(true);
            self.start(CurrentText::Description(name, !text.text.is_empty()));
        } else if line.is_features() {
            self.section_start(line);
            self.start(CurrentText::Plain);
        } else if let Some(tagged) = line.section() {
            self.section_start(line);
            let open = tagged.kind == SectionKind::Returns && tagged.text.text.is_empty();
            self.start(match tagged.kind {
                SectionKind::Note | SectionKind::Example => CurrentText::Retired,
                _ => CurrentText::Section(open.then_some(tagged.head)),
            });
            if matches!(self.state, CurrentText::Retired) {
                self.found(tagged.head, OldForm::Section { tag: tagged.tag });
            }
        } else {
            self.text(line);
        }
    }

    /// Returns true if today's grammar reads the pending lines as a paragraph that goes on.
    fn goes_on_as_text(&self) -> bool {
        !self.pending.is_empty() && !self.after_gap && !self.refused && !self.unindented
    }

    fn start(&mut self, state: CurrentText<'a>) {
        self.state = state;
        self.after_gap = false;
        self.after_first = false;
        self.indent = None;
    }

    /// Handles a section or `Features:` right behind the second line of a text.
    fn section_start(&mut self, line: Line<'a>) {
        self.settle(false);
        if self.after_first {
            self.mark(line, Mark::Ends);
            self.found(line, OldForm::SectionStart);
        }
    }

    fn text(&mut self, line: Line<'a>) {
        let indent = line.indent();
        let indented = indent > 0;
        let gap = std::mem::replace(&mut self.after_gap, false);
        let first = self.indent.is_none();
        let needed = *self.indent.get_or_insert(indent);
        let second = std::mem::replace(&mut self.after_first, indented && first);
        if self.pending.is_empty() {
            self.refused = second;
        }
        match self.state {
            CurrentText::Plain | CurrentText::Symbol => self.plain(line),
            CurrentText::Retired => self.mark(line, Mark::Continues),
            CurrentText::Section(Some(tag)) if !indented => {
                self.found(tag, OldForm::Returns);
                self.mark(line, Mark::Continues);
                self.state = CurrentText::List;
            }
            CurrentText::Section(_) if indented => self.state = CurrentText::Section(None),
            CurrentText::Section(_) => self.plain(line),
            CurrentText::List if gap && !indented && !line.text.starts_with(['-', '*']) => {
                self.plain(line)
            }
            CurrentText::List => self.mark(line, Mark::Continues),
            CurrentText::Description(name, false) if !indented && !gap && first => {
                self.found(line, OldForm::Description { name: name.text.to_owned() });
                self.mark(line, Mark::Continues);
                self.state = CurrentText::Unindented;
            }
            CurrentText::Unindented if !gap || indented => self.mark(line, Mark::Continues),
            CurrentText::Description(..) if !self.pending.is_empty() && (!gap || indented) => {
                self.pending.push(line)
            }
            CurrentText::Description(..) if indented && indent >= needed => {}
            CurrentText::Description(..) if indented || !gap => self.pending.push(line),
            CurrentText::Description(..) | CurrentText::Unindented => self.plain(line),
        }
    }

    /// Handles the first line of text without a tag.
    fn plain(&mut self, line: Line<'a>) {
        self.settle(false);
        self.state = CurrentText::Plain;
        self.paragraph = true;
        self.heading(line);
    }

    /// Decides on the pending lines: `more` if another description follows.
    fn settle(&mut self, more: bool) {
        let pending = std::mem::take(&mut self.pending);
        let (Some(&first), CurrentText::Description(name, _)) = (pending.first(), self.state)
        else {
            return;
        };
        if !more && !self.unindented {
            return self.heading(first);
        }
        self.unindented = true;
        self.found(first, OldForm::Description { name: name.text.to_owned() });
        pending.into_iter().for_each(|line| self.mark(line, Mark::Continues));
    }

    /// Reports a line that is marked as a heading. One of nothing but '=' underlines a heading, or
    /// belongs to a table.
    fn heading(&mut self, line: Line<'a>) {
        if line.text.starts_with('=')
            && (line.text.len() <= 2 || !line.text.trim_start_matches(['=', ' ']).is_empty())
        {
            self.found(line, OldForm::Heading);
        }
    }

    fn mark(&mut self, line: Line<'a>, mark: Mark) {
        self.marks.lines.push((line.at, mark));
    }

    fn found(&mut self, line: Line<'a>, form: OldForm) {
        let (start, end) = (line.at as u32, (line.at + line.text.len()) as u32);
        self.marks.forms.push((Span { start, end, ..self.block }, form));
    }
}
