//! A diagnostic as one JSON object on a line.

use std::fmt::Write;

use crate::diagnostic::Diagnostic;
use crate::escape::is_printable;
use crate::source::{SourceMap, Span};

pub(super) fn write(
    out: &mut String,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
) -> std::fmt::Result {
    match diagnostic.span {
        Some(span) => position(out, span, sources)?,
        None => out.push_str(
            "{\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null",
        ),
    }
    write!(out, ",\"severity\":\"{}\",\"code\":\"{}\"", diagnostic.severity, diagnostic.code)?;
    out.push_str(",\"message\":");
    string(out, &diagnostic.message)?;
    out.push_str(",\"context\":");
    match &diagnostic.context {
        Some(context) => string(out, context)?,
        None => out.push_str("null"),
    }
    out.push_str(",\"hints\":[");
    for (index, hint) in diagnostic.hints.iter().enumerate() {
        comma(out, index);
        string(out, hint)?;
    }
    out.push_str("],\"labels\":[");
    for (index, (span, text)) in diagnostic.labels.iter().enumerate() {
        comma(out, index);
        position(out, *span, sources)?;
        out.push_str(",\"message\":");
        string(out, text)?;
        out.push('}');
    }
    out.push_str("],\"includes\":[");
    let includes = diagnostic.span.map_or(Vec::new(), |span| sources.include_chain(span.file));
    for (index, &include) in includes.iter().enumerate() {
        comma(out, index);
        out.push_str("{\"file\":");
        path(out, include, sources)?;
        let line = sources.position(include.file, include.start).line;
        write!(out, ",\"line\":{line}}}")?;
    }
    out.push_str("]}\n");
    Ok(())
}

/// Opens an object with the members of a place.
fn position(out: &mut String, span: Span, sources: &SourceMap) -> std::fmt::Result {
    let start = sources.position(span.file, span.start);
    let end = sources.position(span.file, span.end);
    out.push_str("{\"file\":");
    path(out, span, sources)?;
    write!(out, ",\"line\":{},\"column\":{}", start.line, start.column)?;
    write!(out, ",\"end_line\":{},\"end_column\":{}", end.line, end.column)
}

fn path(out: &mut String, span: Span, sources: &SourceMap) -> std::fmt::Result {
    string(out, &sources.file(span.file).path().to_string_lossy())
}

fn comma(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}

pub(crate) fn string(out: &mut String, text: &str) -> std::fmt::Result {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if is_printable(c) => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
    }
    out.push('"');
    Ok(())
}
