//! The pretty-printer.

use crate::error::Error;

/// Rewrites `text` as rustfmt would lay it out, its first comment kept.
#[cfg(feature = "format")]
pub(crate) fn format(text: &str) -> Result<String, Error> {
    let file = syn::parse_file(text).map_err(|error| Error::Format(error.to_string()))?;
    let header = text.lines().next().filter(|line| line.starts_with("// ")).unwrap_or_default();
    Ok(format!("{header}\n\n{}", prettyplease::unparse(&file)))
}

/// Says how to have a pretty-printer.
#[cfg(not(feature = "format"))]
pub(crate) fn format(_: &str) -> Result<String, Error> {
    Err(Error::Format("qapi-codegen was built without its feature `format`".to_owned()))
}
