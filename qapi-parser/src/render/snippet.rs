//! A source line with carets under a span, cut around them where it is long.

use std::fmt::Write;

use crate::escape::is_printable;
use crate::source::{SourceMap, Span};

/// Maximum number of characters shown before the span.
const BEFORE: usize = 80;
/// Maximum number of characters shown of a line.
const WIDTH: usize = 120;

pub(super) fn write(out: &mut String, sources: &SourceMap, span: Span) -> std::fmt::Result {
    let file = sources.file(span.file);
    let number = sources.position(span.file, span.start).line;
    let line = file.line(number);
    let start = (span.start as usize - file.line_start(number)).min(line.len());
    let (before, from) = line.split_at(start);

    let shown_from = before.char_indices().rev().nth(BEFORE).map_or(0, |(at, c)| at + c.len_utf8());
    let width = WIDTH - before[shown_from..].chars().count().min(BEFORE);
    let shown_to = from.char_indices().nth(width).map_or(from.len(), |(at, _)| at);
    let length = sources.text(span).lines().next().unwrap_or("").chars().take(width).count().max(1);
    let before: String =
        cut_mark(shown_from > 0).chain(before[shown_from..].chars().map(visible)).collect();
    let from: String =
        from[..shown_to].chars().map(visible).chain(cut_mark(shown_to < from.len())).collect();

    let margin = " ".repeat(number.to_string().len());
    writeln!(out, "{}", format!(" {number} | {before}{from}").trim_end())?;
    writeln!(out, " {margin} | {}{}", " ".repeat(before.chars().count()), "^".repeat(length))
}

fn cut_mark(cut: bool) -> impl Iterator<Item = char> {
    cut.then_some('…').into_iter()
}

/// Replaces a character without a glyph by one of a single column.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if is_printable(c) => c,
        _ => '\u{fffd}',
    }
}
