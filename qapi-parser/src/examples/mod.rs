//! Checks the examples in a schema's documentation against its types.
//!
//! Messages follow `->` (from the client) and `<-` (from the server) anywhere in documentation.
//! `.. qmp-example::`, `Example:`, `Examples:` or either with two colons starts an example. In one,
//! a message may stand without an arrow; in the documentation of a type, so may a value of that
//! type. A reply answers the last request of its documentation block. All conditions hold.
//!
//! ```
//! use qapi_parser::{Options, examples, parse_text};
//!
//! let text = [
//!     "##",
//!     "# @fetch:",
//!     "#",
//!     "# @key: its name",
//!     "#",
//!     "# .. qmp-example::",
//!     "#",
//!     "#     -> { 'execute': 'fetch', 'arguments': { 'kye': 'a' } }",
//!     "#     <- { 'return': {} }",
//!     "##",
//!     "{ 'command': 'fetch', 'data': { '*key': 'str' } }",
//! ]
//! .join("\n");
//! let schema = parse_text("book.json", text, Options::default())?.schema;
//! let report = examples::check(&schema);
//! assert_eq!(report.examples.len(), 2);
//! let fault = report.faults.iter().next().unwrap();
//! assert_eq!(fault.message, "arguments: unknown member 'kye'");
//! # Ok::<(), qapi_parser::Error>(())
//! ```

mod envelope;
pub(crate) mod error;
mod find;
#[rustfmt::skip]
mod grammar;
mod json;
mod message;
mod report;
mod value;

use error::ExampleError;
pub use report::{Coverage, Example, Report};

use crate::diagnostic::Diagnostic;
use crate::doc::DocBlock;
use crate::schema::{Command, Schema};
use crate::source::{FileId, Span};
use find::{ExampleText, Sender};
use json::Json;
use message::{Names, Verdict};

/// Checks every example in the documentation of `schema`.
#[must_use]
pub fn check(schema: &Schema) -> Report {
    let names = Names::new(schema);
    let mut report = Report::default();
    for doc in schema.docs() {
        let mut block = Block { names: &names, doc, pending: None, report: &mut report };
        let text = schema.sources().file(doc.span.file).text();
        for found in find::find(text, doc.span) {
            block.take(found, text);
        }
    }
    report
}

/// A documentation block under check.
struct Block<'a, 'b> {
    names: &'b Names<'a>,
    doc: &'a DocBlock,
    /// The command of the last request, until a reply answers it.
    pending: Option<&'a Command>,
    report: &'b mut Report,
}

impl Block<'_, '_> {
    fn take(&mut self, found: ExampleText, text: &str) {
        let (sender, range, elided, depth) = match found {
            ExampleText::Misspelt { range } => {
                let span = self.span(range.start, range.end);
                return self.fault(span, "", &ExampleError::Directive);
            }
            ExampleText::Message { sender, range, elided, depth } => (sender, range, elided, depth),
        };
        let span = self.span(range.start, range.end);
        let coverage = if elided {
            self.pending = None;
            Coverage::Elided
        } else if depth > json::DEEPEST {
            self.pending = None;
            let first = self.span(range.start, range.start + 1);
            self.fault(first, "", &ExampleError::TooDeep { limit: json::DEEPEST });
            Coverage::Checked
        } else {
            match json::parse(span.file, text, range) {
                Ok(json) => match self.check(sender, &json) {
                    Some(coverage) => coverage,
                    None => return,
                },
                Err((at, error)) => {
                    self.pending = None;
                    self.fault(at, "", &error);
                    Coverage::Checked
                }
            }
        };
        self.report.examples.push(Example { span, coverage });
    }

    /// Checks an example. Returns `None` if it is not one.
    fn check(&mut self, sender: Sender, json: &Json) -> Option<Coverage> {
        let symbol = self.doc.symbol.as_ref().map(|symbol| symbol.text.as_str());
        match self.names.check(sender, json, symbol, &mut self.pending) {
            Verdict::Faults(mut faults) => {
                faults.sort_by_key(|fault| fault.span.start);
                for fault in faults {
                    self.fault(fault.span, &fault.path, &fault.error);
                }
                Some(Coverage::Checked)
            }
            Verdict::Unanswerable => Some(Coverage::Unanswerable),
            Verdict::Unrelated => None,
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let file: FileId = self.doc.span.file;
        Span { file, start: start as u32, end: end as u32 }
    }

    fn fault(&mut self, span: Span, path: &str, error: &ExampleError) {
        let message = if path.is_empty() { error.to_string() } else { format!("{path}: {error}") };
        let mut diagnostic = Diagnostic::error(error.code(), span, message);
        if let Some(symbol) = &self.doc.symbol {
            diagnostic = diagnostic.in_context(format!("the documentation of '{}'", symbol.text));
        }
        if let Some(hint) = error.hint() {
            diagnostic = diagnostic.with_hint(hint);
        }
        self.report.faults.push(diagnostic);
    }
}
