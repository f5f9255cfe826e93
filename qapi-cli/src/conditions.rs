//! The flags `--conditions` and `--define` of the verbs that evaluate 'if' conditions.

use std::collections::BTreeSet;

use qapi_codegen::Options;

use crate::arguments::Evaluation;
use crate::failure::Failure;

/// Returns the defined symbols, or None if every condition holds.
///
/// # Errors
/// If symbols are defined although every condition holds, or if a symbol is invalid.
pub fn symbols(
    evaluation: Option<Evaluation>,
    define: &[String],
) -> Result<Option<BTreeSet<String>>, Failure> {
    if matches!(evaluation, None | Some(Evaluation::All)) && define.is_empty() {
        return Ok(None);
    }
    // The options of generated code have the same rules.
    let mut options = Options::new();
    if matches!(evaluation, Some(Evaluation::All)) {
        options.set("conditions", "all").map_err(Failure::Option)?;
    }
    for symbol in define {
        options.set("define", symbol).map_err(Failure::Option)?;
    }
    Ok(Some(define.iter().cloned().collect()))
}
