//! Decides whether a block has to be read as older documentation.

use super::SectionKind;
use super::parse::{DocParser, ParsedDoc};
use crate::legacy::documentation::{self, Marks};
use crate::source::Span;

impl ParsedDoc {
    /// Returns true if old forms may have been misread.
    fn may_be_old(&self) -> bool {
        let retired = |kind| matches!(kind, SectionKind::Note | SectionKind::Example);
        !self.errors.is_empty() || self.block.sections.iter().any(|found| retired(found.kind))
    }
}

/// Parses the block of a file's `text` whose opening line is at `first`; checks its style if asked
/// to. Looks for old forms only where that matters.
pub(crate) fn parse(text: &str, first: Span, style: bool) -> ParsedDoc {
    if !style {
        let parsed = DocParser::new(text, first, style, Marks::default()).parse();
        if !parsed.may_be_old() {
            return parsed;
        }
    }
    DocParser::new(text, first, style, documentation::scan(text, first)).parse()
}
