//! Text of generated code.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use qapi_parser::schema::Schema;

use crate::error::Error;
use crate::options::Options;

/// Turns generated code into text: laid out by `prettyplease`, or as the option `format` says a line
/// for each item.
///
/// # Errors
/// If the tokens are not items of Rust.
pub fn to_text(tokens: TokenStream, options: &Options) -> Result<String, Error> {
    if options.format {
        let file = syn::parse2(tokens).map_err(|error| Error::Format(error.to_string()))?;
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
    let mut last = "";
    for line in text.lines() {
        let (code, last_code) = (line.trim_start(), last.trim_start());
        let indent = line.len() - code.len();
        let follows = indent <= 4 && indent == last.len() - last_code.len();
        let starts =
            ["///", "#[", "fn ", "impl ", "pub "].iter().any(|start| code.starts_with(start));
        let ended = last_code.ends_with([';', '}']) && !last_code.starts_with("//");
        if follows && starts && ended {
            separated.push('\n');
        }
        separated.push_str(line);
        separated.push('\n');
        last = line;
    }
    separated
}

/// Prints each item on a line.
fn lines(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut item = Vec::new();
    for token in tokens {
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        item.push(token);
        if ends {
            text.push_str(&item.drain(..).collect::<TokenStream>().to_string());
            text.push('\n');
        }
    }
    text
}
