//! The macro's arguments: a path and options.

use proc_macro2::{Span, TokenStream};
use qapi_codegen::Options;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitBool, LitStr, Token, bracketed};

/// `"path"`, then options.
pub struct Args {
    /// The schema's root file as written.
    pub path: LitStr,
    /// The options given.
    pub options: Options,
    /// The start of messages about each option, and its place.
    places: Vec<(String, Span)>,
}

impl Args {
    /// Returns the place of the option that `message` is about, otherwise that of the path.
    pub fn place(&self, message: &str) -> Span {
        let about = self.places.iter().find(|(start, _)| message.contains(start.as_str()));
        about.map_or(self.path.span(), |(_, span)| *span)
    }

    /// Reads the macro's input.
    ///
    /// # Errors
    /// At the token that is wrong.
    pub fn parse(input: TokenStream) -> Result<Args, Error> {
        arguments.parse2(input)
    }
}

fn arguments(input: ParseStream<'_>) -> Result<Args, Error> {
    let path = input.parse::<LitStr>().map_err(|error| {
        Error::new(
            error.span(),
            "expected the path of a schema in quotes, relative to the crate's Cargo.toml",
        )
    })?;
    let (mut options, mut places) = (Options::new(), Vec::new());
    while !input.is_empty() {
        input.parse::<Token![,]>()?;
        if input.is_empty() {
            break;
        }
        let key: Ident = input.parse()?;
        input.parse::<Token![=]>()?;
        for value in values(input)? {
            let name = key.to_string().replace('_', "-");
            let pattern = value.text.split('=').next().unwrap_or_default().trim();
            places.push((format!("option '{name}': '{pattern}'"), value.span));
            options.set(&key.to_string(), &value.text).map_err(|error| {
                let span = match error {
                    qapi_codegen::OptionError::UnknownKey(_) => key.span(),
                    qapi_codegen::OptionError::InvalidValue { .. } => value.span,
                };
                Error::new(span, error)
            })?;
        }
    }
    Ok(Args { path, options, places })
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

/// A value as text, and where it is.
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
