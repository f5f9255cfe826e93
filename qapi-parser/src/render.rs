//! Renders diagnostics for people, editors and programs.

mod json;
mod snippet;
pub(crate) mod summary;

use std::fmt::Write;
use std::str::FromStr;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
pub use crate::escape::{Escaped, EscapedPath};
use crate::source::{Position, SourceMap, Span};
use crate::unknown_name::UnknownName;
#[cfg(feature = "examples")]
pub(crate) use json::string as json_string;
pub use summary::Summary;

/// The form of diagnostics.
///
/// ```
/// use qapi_parser::render::MessageFormat;
///
/// assert_eq!("json".parse(), Ok(MessageFormat::Json));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
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

impl FromStr for MessageFormat {
    type Err = UnknownName;

    /// Parses `human`, `terminal`, `short` or `json`.
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        const ALL: [MessageFormat; 4] = [
            MessageFormat::Human,
            MessageFormat::Terminal,
            MessageFormat::Short,
            MessageFormat::Json,
        ];
        UnknownName::find("message format", name, &ALL, |format| match format {
            MessageFormat::Human => "human",
            MessageFormat::Terminal => "terminal",
            MessageFormat::Short => "short",
            MessageFormat::Json => "json",
        })
    }
}

/// Renders `diagnostics`, each ended by a line end, the errors last.
///
/// ```
/// use qapi_parser::render::{MessageFormat, render};
/// use qapi_parser::{Options, parse_text};
///
/// let error = parse_text("book.json", "{ 'event': 'Tick' }", Options::new()).unwrap_err();
/// let text = render(error.diagnostics(), error.sources(), MessageFormat::Human);
/// assert_eq!(text, "\
/// book.json: In event 'Tick':
/// book.json:1:12: error: name of event must not use lowercase or '-'
///  1 | { 'event': 'Tick' }
///    |            ^^^^^^
/// hint: write it 'TICK'
/// ");
/// ```
#[must_use]
pub fn render(diagnostics: &Diagnostics, sources: &SourceMap, format: MessageFormat) -> String {
    let of = |severity| diagnostics.iter().filter(move |found| found.severity == severity);
    let mut out = String::new();
    for diagnostic in of(Severity::Style).chain(of(Severity::Error)) {
        // Writing to a string does not fail.
        let _ = match format {
            MessageFormat::Human => {
                human(&mut out, diagnostic, sources, |severity| severity.to_string())
            }
            MessageFormat::Terminal => human(&mut out, diagnostic, sources, coloured),
            MessageFormat::Short => {
                short(&mut out, diagnostic, sources, |severity| severity.to_string())
            }
            MessageFormat::Json => json::write(&mut out, diagnostic, sources),
        };
    }
    out
}

/// Renders `diagnostics` for people, with a summary of many.
#[must_use]
pub fn render_with_summary(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    let mut text = render(diagnostics, sources, MessageFormat::Human);
    text.extend(summary::line(diagnostics, sources));
    text
}

/// The word for a severity.
type Label = fn(Severity) -> String;

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

fn coloured(severity: Severity) -> String {
    let colour = match severity {
        Severity::Style => "36",
        Severity::Error => "1;31",
    };
    format!("\x1b[{colour}m{severity}\x1b[0m")
}

fn place(sources: &SourceMap, span: Span) -> (EscapedPath<'_>, Position) {
    let path = EscapedPath(sources.file(span.file).path());
    (path, sources.position(span.file, span.start))
}
