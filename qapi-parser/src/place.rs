//! The place of a diagnostic: a definition's first line, as QEMU reports it, with a label at the
//! text itself if that is on another line.

use crate::source::{SourceMap, Span};

/// The span of a diagnostic and the labels that belong to it.
pub(crate) struct Place {
    pub(crate) span: Span,
    pub(crate) labels: Vec<(Span, String)>,
}

impl Place {
    /// Returns `span` without a label.
    pub(crate) fn exact(span: Span) -> Self {
        Place { span, labels: Vec::new() }
    }

    /// Returns `span` if it starts on the first line of `definition`, otherwise that line with a
    /// label at `span`.
    pub(crate) fn in_definition(sources: &SourceMap, definition: Span, span: Span) -> Self {
        let text = sources.text(definition);
        let head = text.find('\n').map_or(text, |end| text[..end].trim_end());
        let head = Span { end: definition.start + head.len() as u32, ..definition };
        if span == definition {
            return Place::exact(head);
        }
        if span.file == head.file && (head.start..head.end).contains(&span.start) {
            return Place::exact(span);
        }
        Place { span: head, labels: vec![(span, "here".to_owned())] }
    }
}
