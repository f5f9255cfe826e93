//! Errors of documentation blocks.

use std::fmt;

use crate::codes::coded_errors;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;

/// An error, its place, and the place it contradicts.
#[derive(Debug)]
pub(crate) struct DocError {
    pub(crate) kind: DocErrorKind,
    pub(crate) span: Span,
    pub(crate) first: Option<Span>,
}

coded_errors! {
    /// Errors of documentation blocks, and outdated forms.
    #[derive(Debug)]
    pub(crate) enum DocErrorKind {
        /// Text behind the opening `##`.
        "doc-junk-at-start" JunkAtStart,
        /// Text behind the closing `##`.
        "doc-junk-at-end" JunkAtEnd,
        /// No `##` line ends the comment.
        "doc-unterminated" Unterminated,
        /// A `#` with text directly behind it.
        "doc-missing-space" MissingSpace,
        /// A first line `@NAME` without colon.
        "doc-missing-colon" MissingColon,
        /// A first line `@:`.
        "doc-missing-symbol" MissingSymbol,
        /// A second `Features:`.
        "doc-duplicate-features" DuplicateFeatures,
        /// `Features:` without features.
        "doc-empty-features" FeaturesExpected,
        /// `@NAME:` behind a section.
        "doc-member-after-section" FollowsSection { name: String },
        /// `@NAME:` in free-form documentation.
        "doc-member-in-free-form" NameInFreeForm { name: String },
        /// Text less indented than the text it continues.
        "doc-bad-indent" DeIndent { indent: usize },
        /// `@:` where a member is described.
        "doc-empty-name" EmptyName,
        /// A member or feature described twice.
        "doc-duplicate-name" DuplicateName { name: String },
        /// A section that can occur once occurs again.
        "doc-duplicate-section" DuplicateSection { tag: &'static str },
        /// A section or description without text.
        "doc-text-required" TextRequired { what: String },
        /// A line that is too long.
        "doc-long-line" LongLine { length: usize },
        /// One space between sentences.
        "doc-sentence-spacing" SentenceSpacing,
    }
}

impl fmt::Display for DocErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use DocErrorKind::*;
        match self {
            JunkAtStart => f.write_str("junk after '##' at start of documentation comment"),
            JunkAtEnd => f.write_str("junk after '##' at end of documentation comment"),
            Unterminated => f.write_str("documentation comment must end with '##'"),
            MissingSpace => f.write_str("missing space after #"),
            MissingColon => f.write_str("line should end with ':'"),
            MissingSymbol => f.write_str("name required after '@'"),
            DuplicateFeatures => f.write_str("duplicated 'Features:' line"),
            FeaturesExpected => f.write_str("feature descriptions expected"),
            FollowsSection { name } => write!(f, "description of '@{name}:' follows a section"),
            NameInFreeForm { name } => {
                write!(f, "'@{name}:' not allowed in free-form documentation")
            }
            DeIndent { indent } => {
                write!(f, "unexpected de-indent (expected at least {indent} spaces)")
            }
            EmptyName => f.write_str("invalid parameter name"),
            DuplicateName { name } => write!(f, "'{name}' parameter name duplicated"),
            DuplicateSection { tag } => write!(f, "duplicated '{tag}' section"),
            TextRequired { what } => write!(f, "text required after '{what}:'"),
            LongLine { length } => {
                write!(f, "documentation line of {length} characters, 70 are allowed")
            }
            SentenceSpacing => f.write_str("one space between sentences, two are usual"),
        }
    }
}

impl DocErrorKind {
    /// Returns the class of the finding.
    pub(crate) fn severity(&self) -> Severity {
        use DocErrorKind::*;
        match self {
            LongLine { .. } | SentenceSpacing => Severity::Style,
            _ => Severity::Error,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        use DocErrorKind::*;
        Some(match self {
            JunkAtStart | JunkAtEnd => "put '##' on a line of its own",
            MissingColon | MissingSymbol => "documentation of a definition starts with '@NAME:'",
            FollowsSection { .. } => "describe members before features and sections",
            NameInFreeForm { .. } => {
                "documentation of a definition has '@NAME:' in its first line, directly after '##'"
            }
            _ => return None,
        })
    }
}

impl From<DocError> for Diagnostic {
    fn from(error: DocError) -> Diagnostic {
        let message = error.kind.to_string();
        let mut diagnostic = match error.kind.severity() {
            Severity::Error => Diagnostic::error(error.kind.code(), error.span, message),
            Severity::Style => Diagnostic::style(error.kind.code(), error.span, message),
        };
        if let Some(first) = error.first {
            let what = match error.kind {
                DocErrorKind::Unterminated => "starts here",
                _ => "first here",
            };
            diagnostic = diagnostic.with_label(first, what);
        }
        match error.kind.hint() {
            Some(hint) => diagnostic.with_hint(hint),
            None => diagnostic,
        }
    }
}
