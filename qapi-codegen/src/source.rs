//! The writer: Rust text line by line, indented by nesting.

use std::fmt::{self, Write as _};

/// Text under construction.
#[derive(Debug, Default)]
pub(crate) struct Source {
    text: String,
    depth: usize,
}

/// Writes a formatted line: `line!(out, "pub {name}: {ty},")`.
macro_rules! line {
    ($out:expr, $($format:tt)*) => { $out.line(format_args!($($format)*)) };
}

/// Writes a formatted line and indents what follows until `close`.
macro_rules! open {
    ($out:expr, $($format:tt)*) => { $out.open(format_args!($($format)*)) };
}

pub(crate) use {line, open};

impl Source {
    /// Adds a line.
    pub(crate) fn line(&mut self, text: fmt::Arguments<'_>) {
        self.indent();
        match text.as_str() {
            Some(text) => self.text.push_str(text),
            // Writing to a `String` cannot fail.
            None => self.text.write_fmt(text).unwrap_or_default(),
        }
        self.text.push('\n');
    }

    /// Adds a line; what follows is indented one step more.
    pub(crate) fn open(&mut self, text: fmt::Arguments<'_>) {
        self.line(text);
        self.depth += 1;
    }

    /// Ends what the last `open` began.
    pub(crate) fn close(&mut self, text: &str) {
        self.depth -= 1;
        if self.text.ends_with("\n\n") {
            self.text.pop();
        }
        self.indent();
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Indents what `write` adds one step more.
    pub(crate) fn indented(&mut self, write: impl FnOnce(&mut Source)) {
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }

    /// Separates items by an empty line.
    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Adds a doc comment.
    pub(crate) fn doc(&mut self, text: &str) {
        for line in text.lines() {
            self.indent();
            self.text.push_str(if line.is_empty() { "///" } else { "/// " });
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// What was written.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("    ");
        }
    }
}

/// `text` as a Rust string literal.
pub(crate) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => literal.extend(['\\', char]),
            '\n' => literal.push_str("\\n"),
            char if char.is_control() => literal.extend(char.escape_default()),
            char => literal.push(char),
        }
    }
    literal.push('"');
    literal
}
