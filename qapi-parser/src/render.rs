//! Diagnostics as text: for people, for editors, for programs.

mod json;
mod snippet;
pub(crate) mod summary;

use std::fmt::Write;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
pub use crate::escape::{Escaped, EscapedPath};
use crate::source::{Position, SourceMap, Span};
#[cfg(feature = "examples")]
pub(crate) use json::string as json_string;
pub use summary::Summary;

/// The form of diagnostics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MessageFormat {
    /// With source lines, other places, hints and the chain of includes.
    #[default]
    Human,
    /// Like `Human`, with ANSI colours.
    Terminal,
    /// `file:line:column: severity: message`, one diagnostic a line.
    Short,
    /// A JSON object a line.
    Json,
}

/// Renders `diagnostics`, each ended by a line end, the errors last.
pub fn render(diagnostics: &Diagnostics, sources: &SourceMap, format: MessageFormat) -> String {
    let of = |severity| diagnostics.iter().filter(move |found| found.severity == severity);
    let mut out = String::new();
    for diagnostic in of(Severity::Style).chain(of(Severity::Error)) {
        // Writing to a string does not fail.
        let _ = match format {
            MessageFormat::Human => human(&mut out, diagnostic, sources, severity),
            MessageFormat::Terminal => human(&mut out, diagnostic, sources, coloured),
            MessageFormat::Short => short(&mut out, diagnostic, sources, severity),
            MessageFormat::Json => json::write(&mut out, diagnostic, sources),
        };
    }
    out
}

/// Renders `diagnostics` for people, with a summary of many.
pub fn render_with_summary(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    let mut text = render(diagnostics, sources, MessageFormat::Human);
    text.extend(summary::line(diagnostics, sources));
    text
}

/// The word for a severity.
type Label = fn(Severity) -> &'static str;

fn human(
    out: &mut String,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    label: Label,
) -> std::fmt::Result {
    if let Some(span) = diagnostic.span {
        for include in sources.include_chain(span.file) {
            let (path, at) = place(sources, include);
            writeln!(out, "In file included from {path}:{}:", at.line)?;
        }
        if let Some(context) = &diagnostic.context {
            writeln!(out, "{}: In {}:", place(sources, span).0, Escaped(context))?;
        }
    }
    short(out, diagnostic, sources, label)?;
    if let Some(span) = diagnostic.span {
        snippet::write(out, sources, span)?;
    }
    for (span, text) in &diagnostic.labels {
        let (path, at) = place(sources, *span);
        writeln!(out, "{path}:{}:{}: note: {}", at.line, at.column, Escaped(text))?;
        snippet::write(out, sources, *span)?;
    }
    for hint in &diagnostic.hints {
        writeln!(out, "hint: {}", Escaped(hint))?;
    }
    Ok(())
}

fn short(
    out: &mut String,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    label: Label,
) -> std::fmt::Result {
    if let Some(span) = diagnostic.span {
        let (path, at) = place(sources, span);
        write!(out, "{path}:{}:{}: ", at.line, at.column)?;
    }
    writeln!(out, "{}: {}", label(diagnostic.severity), Escaped(&diagnostic.message))
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Style => "style",
        Severity::Error => "error",
    }
}

fn coloured(severity: Severity) -> &'static str {
    match severity {
        Severity::Style => "\x1b[36mstyle\x1b[0m",
        Severity::Error => "\x1b[1;31merror\x1b[0m",
    }
}

fn place(sources: &SourceMap, span: Span) -> (EscapedPath<'_>, Position) {
    let path = EscapedPath(sources.file(span.file).path());
    (path, sources.position(span.file, span.start))
}
