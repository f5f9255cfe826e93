//! The macro's arguments: the root files of a schema, and options.

use proc_macro2::{Span, TokenStream};
use qapi_codegen::{OptionError, OptionKind, Options};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitBool, LitStr, Token, bracketed};

/// The option of the macro alone: the file that the generated code is written to.
const DEBUG: &str = "debug";

/// A root file or a list of them, then options.
pub struct Args {
    /// The schema's root files as written; at least one.
    pub roots: Vec<LitStr>,
    /// The options of generated code.
    pub options: Options,
    /// The file to write the generated code to, for messages that point into it.
    pub debug: Option<LitStr>,
    given: Vec<Given>,
}

/// A value of an option.
struct Given {
    option: String,
    value: Value,
}

impl Args {
    /// Reads the macro's input.
    ///
    /// # Errors
    /// At the token that is wrong.
    pub fn parse(input: TokenStream) -> Result<Args, Error> {
        arguments.parse2(input)
    }

    /// Returns the place of the first root file.
    pub fn place(&self) -> Span {
        self.roots.first().map_or_else(Span::call_site, LitStr::span)
    }

    /// Returns the place of the value that `error` is about.
    pub fn place_of(&self, error: &OptionError) -> Span {
        let is_meant = |given: &&Given| {
            let text = given.value.text.as_str();
            let pattern = text.split_once('=').map_or(text, |(pattern, _)| pattern.trim());
            given.option == error.option()
                && error.value().is_some_and(|value| value == text || value == pattern)
        };
        self.given.iter().find(is_meant).map_or(self.place(), |given| given.value.span)
    }
}

fn arguments(input: ParseStream<'_>) -> Result<Args, Error> {
    let mut args =
        Args { roots: roots(input)?, options: Options::new(), debug: None, given: Vec::new() };
    while !input.is_empty() {
        input.parse::<Token![,]>()?;
        if input.is_empty() {
            break;
        }
        let key: Ident = input.parse()?;
        input.parse::<Token![=]>()?;
        if key == DEBUG {
            let file: LitStr = input.parse()?;
            if args.debug.is_some() {
                return Err(given_twice(DEBUG, file.span()));
            }
            args.debug = Some(file);
            continue;
        }
        let option = key.to_string().replace('_', "-");
        let values = values(input)?;
        if values.is_empty() {
            let message = "an empty list sets nothing: give a value or leave the option out";
            return Err(Error::new(key.span(), format!("option '{option}': {message}")));
        }
        for value in values {
            args.options.set(&option, &value.text).map_err(|error| match error {
                // The names of options are the only words with hyphens in it.
                OptionError::Unknown { .. } => {
                    Error::new(key.span(), explain(with_debug(error)).replace('-', "_"))
                }
                error => Error::new(value.span, explain(error)),
            })?;
            if !repeats(&option) && args.given.iter().any(|given| given.option == option) {
                return Err(given_twice(&option, value.span));
            }
            args.given.push(Given { option: option.clone(), value });
        }
    }
    Ok(args)
}

/// Returns true for options that take several values.
fn repeats(option: &str) -> bool {
    let mut options = Options::ALL.iter().filter(|info| info.name == option);
    options.any(|info| matches!(info.kind, OptionKind::Repeated(_)))
}

fn given_twice(option: &str, place: Span) -> Error {
    Error::new(place, format!("option '{option}' is given twice; it takes one value"))
}

/// Adds the macro's own option to those that an error lists.
fn with_debug(mut error: OptionError) -> OptionError {
    if let OptionError::Unknown { known, .. } = &mut error {
        known.push(DEBUG);
    }
    error
}

/// Writes an error with its hint.
pub fn explain(error: impl std::borrow::Borrow<OptionError>) -> String {
    let error = error.borrow();
    let hint = error.hint().map(|hint| format!("\n{hint}"));
    format!("{error}{}", hint.unwrap_or_default())
}

fn roots(input: ParseStream<'_>) -> Result<Vec<LitStr>, Error> {
    const EXPECTED: &str = "expected the path of a schema in quotes, relative to the crate's \
                            Cargo.toml, or a list of such paths";
    let root = |input: ParseStream<'_>| {
        input.parse::<LitStr>().map_err(|error| Error::new(error.span(), EXPECTED))
    };
    if !input.peek(syn::token::Bracket) {
        return Ok(vec![root(input)?]);
    }
    let list;
    let bracket = bracketed!(list in input);
    let roots = Punctuated::<LitStr, Token![,]>::parse_terminated_with(&list, root)?;
    if roots.is_empty() {
        return Err(Error::new(bracket.span.join(), EXPECTED));
    }
    Ok(roots.into_iter().collect())
}

fn values(input: ParseStream<'_>) -> Result<Vec<Value>, Error> {
    if input.peek(syn::token::Bracket) {
        let list;
        bracketed!(list in input);
        let values = Punctuated::<Value, Token![,]>::parse_terminated(&list)?;
        return Ok(values.into_iter().collect());
    }
    Ok(vec![input.parse()?])
}

/// A value as text, and its place.
struct Value {
    text: String,
    span: Span,
}

impl Parse for Value {
    fn parse(input: ParseStream<'_>) -> Result<Value, Error> {
        let look = input.lookahead1();
        if look.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            Ok(Value { text: literal.value(), span: literal.span() })
        } else if look.peek(LitBool) {
            let literal: LitBool = input.parse()?;
            Ok(Value { text: literal.value.to_string(), span: literal.span })
        } else if look.peek(Ident) {
            let word: Ident = input.parse()?;
            Ok(Value { text: word.to_string(), span: word.span() })
        } else {
            Err(look.error())
        }
    }
}
