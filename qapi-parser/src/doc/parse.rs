//! Parses comment lines into a documentation block: symbol, descriptions and sections, in order.

use std::collections::HashMap;

use super::error::{DocError, DocErrorKind};
use super::lines::{Line, Tagged, next_comment};
use super::style::Style;
use super::{DocBlock, DocMember, DocSection, DocText, SectionKind};
use crate::diagnostic::{Diagnostic, Quota};
use crate::legacy::documentation::{Mark, Marks};
use crate::source::Span;

/// Maximum number of errors, and of style findings, per block.
const MOST_ERRORS: usize = 100;

/// A block as far as it could be read, with its errors.
#[derive(Debug)]
pub(crate) struct ParsedDoc {
    pub(crate) block: DocBlock,
    pub(crate) errors: Vec<DocError>,
    /// Old forms in it.
    pub(crate) old: Vec<Diagnostic>,
}

/// The owner of the text being collected.
enum Target {
    Body,
    Member(DocText),
    Feature(DocText),
    Section(SectionKind, Span),
}

pub(super) struct DocParser<'a> {
    text: &'a str,
    /// The offset behind the current line.
    at: usize,
    /// The current line; none at the end of the comment.
    line: Option<Line<'a>>,
    /// Deviations of the current line from today's grammar.
    mark: Option<Mark>,
    marks: Marks,
    /// The current comment, `#` included.
    comment: Span,
    /// Set once the closing `##` was found.
    closed: bool,
    style: Option<Style>,
    block: DocBlock,
    target: Target,
    collected: String,
    collected_span: Option<Span>,
    members_seen: HashMap<&'a str, Span>,
    features_seen: HashMap<&'a str, Span>,
    sections_seen: Vec<(SectionKind, Span)>,
    errors: Vec<DocError>,
    /// Limits the errors.
    quota: Quota,
    empty: Vec<DocError>,
}

impl<'a> DocParser<'a> {
    pub(super) fn new(text: &'a str, first: Span, style: bool, marks: Marks) -> Self {
        let nothing = DocText { text: String::new(), span: first };
        let block = DocBlock {
            symbol: None,
            body: nothing,
            members: Vec::new(),
            features: Vec::new(),
            sections: Vec::new(),
            span: first,
        };
        let mut parser = DocParser {
            text,
            at: first.end as usize,
            line: None,
            mark: None,
            marks,
            comment: first,
            closed: false,
            style: style.then(Style::default),
            block,
            target: Target::Body,
            collected: String::new(),
            collected_span: None,
            members_seen: HashMap::new(),
            features_seen: HashMap::new(),
            sections_seen: Vec::new(),
            errors: Vec::new(),
            quota: Quota::new(MOST_ERRORS, style),
            empty: Vec::new(),
        };
        if &text[first.start as usize..first.end as usize] != "##" {
            parser.error(DocErrorKind::JunkAtStart, first);
        }
        parser
    }

    pub(super) fn parse(mut self) -> ParsedDoc {
        self.advance();
        self.block();
        self.end_text();
        if self.closed {
            self.errors.append(&mut self.empty);
        }
        self.block.span.end = self.at as u32;
        let old = self.marks.findings(&mut self.quota);
        ParsedDoc { block: self.block, errors: self.errors, old }
    }

    fn span_at(&self, at: usize, length: usize) -> Span {
        Span { file: self.block.span.file, start: at as u32, end: (at + length) as u32 }
    }

    fn span_of(&self, line: Line<'_>) -> Span {
        self.span_at(line.at, line.text.len())
    }

    fn error(&mut self, kind: DocErrorKind, span: Span) {
        self.push(DocError { kind, span, first: None });
    }

    fn push(&mut self, error: DocError) {
        if self.quota.take(error.kind.severity()) {
            self.errors.push(error);
        }
    }

    /// Reads the next line of the comment.
    fn advance(&mut self) {
        self.line = None;
        let (comment, start) = match next_comment(self.text, self.at) {
            Ok(comment) => comment,
            Err(end) => return self.unterminated(end),
        };
        self.at = start + comment.len();
        self.comment = self.span_at(start, comment.len());
        if comment.starts_with("##") {
            self.closed = true;
            if comment != "##" {
                self.error(DocErrorKind::JunkAtEnd, self.comment);
            }
            return;
        }
        if comment.len() > 1 && !comment.starts_with("# ") {
            self.error(DocErrorKind::MissingSpace, self.comment);
        }
        let line = Line::of_comment(comment, start);
        self.mark = self.marks.of(line.at);
        if let Some((kind, at)) = self.style.as_mut().and_then(|style| style.check(line.text)) {
            let length =
                if matches!(kind, DocErrorKind::LongLine { .. }) { line.text.len() } else { 2 };
            self.error(kind, self.span_at(line.at + at, length));
        }
        self.line = Some(line);
    }

    /// Reports a comment that ends before its `##`, at the next token or the file's last line end.
    fn unterminated(&mut self, at: usize) {
        let span = match self.text[at..].chars().next() {
            Some(c) => self.span_at(at, c.len_utf8()),
            None => self.span_at(at - usize::from(self.text.ends_with('\n')), 0),
        };
        let first = Some(Span { end: self.block.span.start + 2, ..self.block.span });
        self.push(DocError { kind: DocErrorKind::Unterminated, span, first });
    }

    /// Reads everything after the opening line.
    fn block(&mut self) {
        match self.line {
            Some(line) if line.text.starts_with('@') => self.definition(line),
            _ => self.free_form(),
        }
    }

    fn free_form(&mut self) {
        while let Some(line) = self.line {
            if let Some((name, _)) = line.description() {
                let kind = DocErrorKind::NameInFreeForm { name: name.text.to_owned() };
                self.error(kind, self.span_of(line));
            }
            self.append(line);
            self.advance();
        }
    }

    fn definition(&mut self, line: Line<'a>) {
        match line.text[1..].strip_suffix(':') {
            None => self.error(DocErrorKind::MissingColon, self.span_of(line)),
            Some("") => self.error(DocErrorKind::MissingSymbol, self.span_of(line)),
            Some(name) => {
                let span = self.span_at(line.at + 1, name.len());
                self.block.symbol = Some(DocText { text: name.to_owned(), span });
            }
        }
        self.advance();
        let mut members_over = false;
        while let Some(line) = self.line {
            if line.text.is_empty() {
                self.advance();
            } else if line.is_features() {
                self.features(line);
                members_over = true;
            } else if let Some((name, _)) = line.description() {
                if members_over {
                    let kind = DocErrorKind::FollowsSection { name: name.text.to_owned() };
                    self.error(kind, self.span_of(line));
                }
                self.descriptions(Described::Member);
                members_over = true;
            } else if let Some(tagged) = line.section() {
                self.tagged_section(tagged);
                members_over = true;
            } else {
                self.paragraph(line);
            }
        }
    }

    fn features(&mut self, line: Line<'a>) {
        let had =
            self.block.features.len() + usize::from(matches!(self.target, Target::Feature(_)));
        if had > 0 {
            self.error(DocErrorKind::DuplicateFeatures, self.span_of(line));
        }
        self.advance();
        while self.line.is_some_and(|line| line.text.is_empty()) {
            self.advance();
        }
        if self.line.is_none_or(|line| line.description().is_none()) {
            self.error(DocErrorKind::FeaturesExpected, self.comment);
        }
        self.descriptions(Described::Feature);
    }

    /// Reads consecutive `@NAME: TEXT`.
    fn descriptions(&mut self, kind: Described) {
        while let Some((name, text)) = self.line.and_then(Line::description) {
            self.end_text();
            let span = self.span_of(name);
            let seen = match kind {
                Described::Member => &mut self.members_seen,
                Described::Feature => &mut self.features_seen,
            };
            if name.text.is_empty() {
                self.error(DocErrorKind::EmptyName, self.comment);
            } else if let Some(&first) = seen.get(name.text) {
                let kind = DocErrorKind::DuplicateName { name: name.text.to_owned() };
                self.push(DocError { kind, span, first: Some(first) });
            } else {
                seen.insert(name.text, span);
            }
            let name = DocText { text: name.text.to_owned(), span };
            self.target = match kind {
                Described::Member => Target::Member(name),
                Described::Feature => Target::Feature(name),
            };
            if !text.text.is_empty() {
                self.append(text);
            }
            self.indented();
        }
    }

    fn tagged_section(&mut self, Tagged { kind, tag, head, text }: Tagged<'a>) {
        self.end_text();
        let span = self.span_of(head);
        if !matches!(kind, SectionKind::Todo | SectionKind::Note | SectionKind::Example) {
            match self.sections_seen.iter().find(|(seen, _)| *seen == kind) {
                Some(&(_, first)) => {
                    let kind = DocErrorKind::DuplicateSection { tag };
                    self.push(DocError { kind, span, first: Some(first) });
                }
                None => self.sections_seen.push((kind, span)),
            }
        }
        self.target = Target::Section(kind, span);
        if !text.text.is_empty() {
            self.append(text);
        }
        self.indented();
    }

    /// Reads the text of a description or section: the lines indented like its first one.
    fn indented(&mut self) {
        self.advance();
        while let Some(line) = self.line.filter(|line| line.text.is_empty()) {
            self.append(line);
            self.advance();
        }
        let Some(first) = self.line else { return };
        let continues = self.mark == Some(Mark::Continues);
        let indent = if continues { 1 } else { first.indent() };
        if indent == 0 {
            return;
        }
        self.append(first);
        let mut second = !continues;
        loop {
            self.advance();
            let Some(line) = self.line else { return };
            if self.mark != Some(Mark::Continues) {
                if line.description().is_some() {
                    return;
                }
                if !line.text.is_empty() && line.indent() < indent {
                    if !second || self.mark == Some(Mark::Ends) {
                        return;
                    }
                    self.error(DocErrorKind::DeIndent { indent }, self.span_of(line));
                }
            }
            self.append(line);
            second = false;
        }
    }

    /// Reads text without a tag up to the next empty line.
    fn paragraph(&mut self, line: Line<'a>) {
        match self.target {
            Target::Body | Target::Section(SectionKind::Plain, _) => self.collected.push('\n'),
            _ => {
                self.end_text();
                self.target = Target::Section(SectionKind::Plain, self.span_of(line));
            }
        }
        self.append(line);
        loop {
            self.advance();
            match self.line {
                Some(line) if !line.text.is_empty() => self.append(line),
                _ => return,
            }
        }
    }

    /// Adds a line to the text being collected.
    fn append(&mut self, line: Line<'_>) {
        self.collected.push_str(line.text);
        self.collected.push('\n');
        if !line.text.is_empty() {
            let span = self.span_of(line);
            self.collected_span = Some(self.collected_span.map_or(span, |first| first.to(span)));
        }
    }

    /// Stores the text collected so far with its owner.
    fn end_text(&mut self) {
        let collected = std::mem::take(&mut self.collected);
        let span = self.collected_span.take();
        let text = |after: Span| DocText {
            text: collected.trim_matches('\n').to_owned(),
            span: span.unwrap_or(Span { start: after.end, ..after }),
        };
        match std::mem::replace(&mut self.target, Target::Body) {
            Target::Body if span.is_none() => {}
            Target::Body => self.block.body = text(self.block.span),
            Target::Member(name) => {
                let text = text(name.span);
                self.check_text(&text, name.span, || format!("@{}", name.text));
                self.block.members.push(DocMember { name, text });
            }
            Target::Feature(name) => {
                let text = text(name.span);
                self.check_text(&text, name.span, || format!("@{}", name.text));
                self.block.features.push(DocMember { name, text });
            }
            Target::Section(kind, span) => {
                let text = text(span);
                let tag = &self.text[span.start as usize..span.end as usize];
                self.check_text(&text, span, || tag.trim_end_matches(':').to_owned());
                self.block.sections.push(DocSection { kind, text, span });
            }
        }
    }

    /// Notes that a section has no text, which is reported at the end of the block as QEMU does.
    fn check_text(&mut self, text: &DocText, span: Span, what: impl Fn() -> String) {
        if text.text.is_empty() {
            let kind = DocErrorKind::TextRequired { what: what() };
            if self.empty.len() < MOST_ERRORS {
                self.empty.push(DocError { kind, span, first: None });
            }
        }
    }
}

/// The subject of `@NAME:`.
#[derive(Clone, Copy)]
enum Described {
    Member,
    Feature,
}
