//! From the macro's input to its output.

use std::env;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use qapi_codegen::generate;
use qapi_parser::schema::Schema;
use qapi_parser::source::SourceMap;
use qapi_parser::{Checked, parse_file};
use quote::quote;
use syn::{Error, LitStr};

use crate::args::Args;

/// The Rust of the schema that `input` names, or the compile error that says why there is none.
pub fn expand(input: TokenStream) -> TokenStream {
    try_expand(input).unwrap_or_else(Error::into_compile_error)
}

fn try_expand(input: TokenStream) -> Result<TokenStream, Error> {
    let args = Args::parse(input)?;
    let root = resolve(&args.path)?;
    let Checked { schema, .. } = parse_file(&root, qapi_parser::Options::default())
        .map_err(|error| Error::new(args.path.span(), message(&error.to_string())))?;
    let mut tokens = generate(&schema, &args.options).map_err(|error| {
        let text = error.to_string();
        Error::new(args.place(&text), message(&text))
    })?;
    tokens.extend(track(&schema));
    Ok(tokens)
}

/// Makes a message for rustc, which writes `error: ` itself. Errors in a file start on a line of their
/// own, so that their places stand one below the other.
fn message(text: &str) -> String {
    match text.trim_start().strip_prefix("error: ") {
        Some(text) => text.to_owned(),
        None => format!("the schema has errors\n{text}"),
    }
}

/// The path as the compiler's process sees it.
fn resolve(path: &LitStr) -> Result<PathBuf, Error> {
    let folder = env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| {
        Error::new(
            path.span(),
            "CARGO_MANIFEST_DIR is not set, so there is no folder to look in: build with cargo",
        )
    })?;
    Ok(Path::new(&folder).join(path.value()))
}

/// Returns a constant for each file read, which makes the compiler watch it.
fn track(schema: &Schema) -> TokenStream {
    let files = files(schema.sources()).filter_map(|file| Some(file.to_str()?.to_owned()));
    files
        .map(|file| {
            quote!(
                const _: &[u8] = ::core::include_bytes!(#file);
            )
        })
        .collect()
}

fn files(sources: &SourceMap) -> impl Iterator<Item = PathBuf> {
    // A relative path would be relative to the file with the macro, which is not where it was read.
    sources.files().filter_map(|(_, file)| std::path::absolute(file.path()).ok())
}
