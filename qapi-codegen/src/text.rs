//! Text of generated code.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use qapi_parser::schema::Schema;

use crate::error::Error;
use crate::options::Options;

/// Converts generated code to text: formatted by `prettyplease`, or with a line for each item if
/// the option `format` is off.
///
/// ```
/// use qapi_codegen::{Options, expand, to_text};
///
/// let schema = "{ 'enum': 'Colour', 'data': [ 'red' ] }";
/// let schema = qapi_parser::parse_text("x.json", schema, Default::default())?.schema;
/// let options = Options::new();
/// let text = to_text(expand(&schema, "Colour", &options)?, &options)?;
/// assert!(text.contains("pub enum Colour {\n"));
/// # Ok::<(), qapi_codegen::Error>(())
/// ```
///
/// # Errors
/// If the tokens are not items of Rust.
pub fn to_text(tokens: TokenStream, options: &Options) -> Result<String, Error> {
    if options.format {
        let file = syn::parse2(tokens).map_err(|error| Error::Format(error.into()))?;
        return Ok(separate_items(&prettyplease::unparse(&file)));
    }
    Ok(lines(tokens))
}

/// Returns the comment that starts a generated file.
pub(crate) fn header(schema: &Schema) -> String {
    let root = schema.sources().files().next().map_or("", |(_, file)| file.module());
    format!(
        "// Generated from `{}` by qapi-codegen. Changes made here are lost.\n\n",
        root.escape_default()
    )
}

/// Puts an empty line between items, and between the items of modules and implementations.
fn separate_items(text: &str) -> String {
    let mut separated = String::with_capacity(text.len() + text.len() / 16);
    let (mut copied, mut at) = (0, 0);
    // The indentation of the item that the last line ends.
    let mut ended = None;
    for line in text.split_inclusive('\n') {
        let indent = match line.as_bytes() {
            [b' ', b' ', b' ', b' ', b' ', ..] => None,
            [b' ', ..] => Some(4),
            _ => Some(0),
        };
        if ended.is_some() && ended == indent && starts_item(line.trim_start()) {
            separated.push_str(&text[copied..at]);
            separated.push('\n');
            copied = at;
        }
        ended = indent.filter(|_| ends_item(line));
        at += line.len();
    }
    separated.push_str(&text[copied..]);
    separated
}

fn starts_item(line: &str) -> bool {
    ["///", "#[", "fn ", "impl ", "pub "].iter().any(|start| line.starts_with(start))
}

fn ends_item(line: &str) -> bool {
    (line.ends_with("}\n") || line.ends_with(";\n")) && !line.trim_start().starts_with("//")
}

/// Prints each item on a line, with spaces only where two tokens would become one.
///
/// `TokenStream::to_string` takes twice as long in the debug profile, in which build scripts run.
fn lines(tokens: TokenStream) -> String {
    let mut lines = Lines::default();
    lines.print(tokens, 0);
    lines.text
}

#[derive(Default)]
struct Lines {
    text: String,
    /// The last token is a word or number.
    after_word: bool,
    /// The last token is punctuation that is complete.
    after_punct: bool,
}

impl Lines {
    fn print(&mut self, tokens: TokenStream, depth: usize) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.group(group, depth),
                TokenTree::Punct(punct) => {
                    self.separate(self.after_punct);
                    self.text.push(punct.as_char());
                    self.after_punct = punct.spacing() == Spacing::Alone;
                    if depth == 0 && punct.as_char() == ';' {
                        self.text.push('\n');
                    }
                }
                TokenTree::Ident(ident) => self.word(&ident.to_string()),
                TokenTree::Literal(literal) => self.word(&literal.to_string()),
            }
        }
    }

    fn group(&mut self, group: Group, depth: usize) {
        let (delimiter, tokens) = (group.delimiter(), group.stream());
        // The tokens are then printed without being copied.
        drop(group);
        let (open, close) = match delimiter {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
        };
        self.separate(false);
        self.text.push_str(open);
        self.print(tokens, depth + 1);
        self.separate(false);
        self.text.push_str(close);
        if depth == 0 && delimiter == Delimiter::Brace {
            self.text.push('\n');
        }
    }

    fn word(&mut self, word: &str) {
        self.separate(self.after_word);
        self.text.push_str(word);
        self.after_word = true;
    }

    /// Starts a token, after a space if it needs one.
    fn separate(&mut self, space: bool) {
        if space {
            self.text.push(' ');
        }
        (self.after_word, self.after_punct) = (false, false);
    }
}
