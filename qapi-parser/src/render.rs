//! Diagnostics as text: for people, for editors, for programs.

mod json;
mod snippet;

use std::fmt::Write;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::{Position, SourceMap, Span};

/// How diagnostics are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MessageFormat {
    /// With source lines, other places, hints and the chain of includes.
    #[default]
    Human,
    /// `file:line:column: severity: message`, one diagnostic a line.
    Short,
    /// A JSON object a line.
    Json,
}

/// All of `diagnostics`, each ended by a line end.
pub fn render(diagnostics: &Diagnostics, sources: &SourceMap, format: MessageFormat) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        // Writing to a string does not fail.
        let _ = match format {
            MessageFormat::Human => human(&mut out, diagnostic, sources),
            MessageFormat::Short => short(&mut out, diagnostic, sources),
            MessageFormat::Json => json::write(&mut out, diagnostic, sources),
        };
    }
    out
}

fn human(out: &mut String, diagnostic: &Diagnostic, sources: &SourceMap) -> std::fmt::Result {
    if let Some(span) = diagnostic.span {
        for include in sources.include_chain(span.file) {
            let (path, at) = place(sources, include);
            writeln!(out, "In file included from {path}:{}:", at.line)?;
        }
        if let Some(context) = &diagnostic.context {
            writeln!(out, "{}: In {context}:", place(sources, span).0)?;
        }
    }
    short(out, diagnostic, sources)?;
    if let Some(span) = diagnostic.span {
        snippet::write(out, sources, span)?;
    }
    for (span, text) in &diagnostic.labels {
        let (path, at) = place(sources, *span);
        writeln!(out, "{path}:{}:{}: note: {text}", at.line, at.column)?;
        snippet::write(out, sources, *span)?;
    }
    for hint in &diagnostic.hints {
        writeln!(out, "hint: {hint}")?;
    }
    Ok(())
}

fn short(out: &mut String, diagnostic: &Diagnostic, sources: &SourceMap) -> std::fmt::Result {
    if let Some(span) = diagnostic.span {
        let (path, at) = place(sources, span);
        write!(out, "{path}:{}:{}: ", at.line, at.column)?;
    }
    write!(out, "{}: ", severity(diagnostic.severity))?;
    // A name from a schema's or folder's path may hold line ends; the format is one line each.
    for c in diagnostic.message.chars() {
        if c.is_control() { write!(out, "{}", c.escape_default())? } else { out.push(c) }
    }
    out.push('\n');
    Ok(())
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn place(sources: &SourceMap, span: Span) -> (String, Position) {
    let path = sources.file(span.file).path().display().to_string();
    (path, sources.position(span.file, span.start))
}
