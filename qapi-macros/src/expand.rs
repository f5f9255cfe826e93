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
    let Args { path, options } = Args::parse(input)?;
    let root = resolve(&path)?;
    let Checked { schema, .. } = parse_file(&root, qapi_parser::Options::default())
        .map_err(|error| Error::new(path.span(), format!("the schema has errors\n{error}")))?;
    let mut tokens = generate(&schema, &options).map_err(|error| Error::new(path.span(), error))?;
    tokens.extend(track(&schema));
    Ok(tokens)
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
