//! From the macro's input to its output.

use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::TokenStream;
use qapi_codegen::{generate, to_text, write_code};
use qapi_parser::diagnostic::Diagnostic;
use qapi_parser::loader::{FileSystem, Root};
use qapi_parser::schema::Schema;
use qapi_parser::source::SourceMap;
use qapi_parser::{Checked, parse_sources};
use quote::quote;
use syn::{Error, LitStr};

use crate::args::{Args, explain};

/// Expands the macro to the Rust of the schema that `input` names, or to compile errors.
pub fn expand(input: TokenStream) -> TokenStream {
    try_expand(input).unwrap_or_else(Error::into_compile_error)
}

fn try_expand(input: TokenStream) -> Result<TokenStream, Error> {
    let args = Args::parse(input)?;
    let files = args.roots.iter().map(resolve).collect::<Result<Vec<_>, _>>()?;
    let roots: Vec<Root> = files.iter().cloned().map(Root::File).collect();
    let Checked { schema, .. } =
        parse_sources(&roots, &FileSystem, qapi_parser::Options::default()).map_err(|error| {
            let diagnostics = error.diagnostics().iter();
            refuse(&args, &files, diagnostics, &error.to_string())
        })?;
    let tokens = generate(&schema, &args.options).map_err(|error| match error {
        qapi_codegen::Error::Options(errors) => combine(
            errors.iter().map(|error| Error::new(args.place_of(error), explain(error))),
            args.place(),
        ),
        qapi_codegen::Error::Schema { diagnostics, rendered, .. } => {
            refuse(&args, &files, diagnostics.iter(), &rendered)
        }
        error => Error::new(args.place(), format!("{error:?}")),
    })?;
    let tokens = match &args.debug {
        Some(file) => write(file, tokens, &args, schema.sources())?,
        None => tokens,
    };
    let (guard, watch) = (guard(), watch(&schema));
    Ok(quote!(#guard #tokens #watch))
}

/// Makes the compile errors of a schema with findings, which `rendered` shows with their lines.
/// Root files that cannot be read become errors at their own places.
fn refuse<'a>(
    args: &Args,
    files: &[PathBuf],
    diagnostics: impl Iterator<Item = &'a Diagnostic>,
    rendered: &str,
) -> Error {
    let unreadable = diagnostics.filter(|diagnostic| diagnostic.span.is_none()).map(|finding| {
        let root = root_at_fault(files, &finding.message).map(|root| &args.roots[root]);
        Error::new(root.map_or(args.place(), LitStr::span), &finding.message)
    });
    let unreadable: Vec<Error> = unreadable.collect();
    if unreadable.is_empty() {
        // The findings start on a line of their own, so that their places are aligned.
        return Error::new(args.place(), format!("the schema has errors\n{}", rendered.trim_end()));
    }
    combine(unreadable.into_iter(), args.place())
}

/// Returns the number of the root file that a message about an unreadable file names.
pub fn root_at_fault(files: &[PathBuf], message: &str) -> Option<usize> {
    files.iter().position(|file| message.contains(&format!("'{}'", file.display())))
}

fn combine(mut errors: impl Iterator<Item = Error>, place: proc_macro2::Span) -> Error {
    let first = errors.next().unwrap_or_else(|| Error::new(place, "no code was generated"));
    errors.fold(first, |mut all, error| {
        all.combine(error);
        all
    })
}

/// Returns the path as the compiler's process sees it.
fn resolve(path: &LitStr) -> Result<PathBuf, Error> {
    let folder = env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| {
        Error::new(
            path.span(),
            "CARGO_MANIFEST_DIR is not set, so that relative paths have no start; build with cargo",
        )
    })?;
    Ok(Path::new(&folder).join(path.value()))
}

/// Writes the generated code to `file` and returns the tokens that include it.
fn write(
    file: &LitStr,
    tokens: TokenStream,
    args: &Args,
    sources: &SourceMap,
) -> Result<TokenStream, Error> {
    let path = resolve(file)?;
    let refuse = |error: qapi_codegen::Error| Error::new(file.span(), format!("{error:?}"));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| {
            Error::new(file.span(), format!("cannot create '{}': {error}", folder.display()))
        })?;
    }
    let text = to_text(tokens, &args.options).map_err(refuse)?;
    write_code(&path, &text, sources).map_err(refuse)?;
    let path = path.to_str().ok_or_else(|| {
        Error::new(file.span(), "cannot include a file whose path is not valid UTF-8")
    })?;
    Ok(quote!(::core::include!(#path);))
}

/// Returns an item whose name is the first that rustc complains about if the macro is used twice in
/// a module, or in a function, where `super` is not the place of the macro.
pub fn guard() -> TokenStream {
    quote! {
        #[doc(hidden)]
        #[allow(unused_imports)]
        mod include_qapi_needs_a_module_of_its_own {
            use super::include_qapi_needs_a_module_of_its_own as _;
        }
    }
}

/// Returns a constant for each file of the schema, which makes the compiler watch it.
fn watch(schema: &Schema) -> TokenStream {
    // A relative path would start at the file with the macro.
    let files = schema.sources().files();
    let files = files.filter_map(|(_, file)| std::path::absolute(file.path()).ok());
    let constant = |file: PathBuf| {
        // rustc does not compile in a folder whose path is not UTF-8. Paths in a schema always are.
        let file = file.to_str()?;
        Some(quote!(
            const _: &[u8] = ::core::include_bytes!(#file);
        ))
    };
    files.filter_map(constant).collect()
}
