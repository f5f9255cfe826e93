//! The flags `--conditions` and `--define` of the verbs that evaluate 'if' conditions.

use std::collections::BTreeSet;

use crate::arguments::Evaluation;
use crate::failure::Failure;

/// Returns the defined symbols, or None if every condition holds.
///
/// # Errors
/// If symbols are defined although every condition holds.
pub fn symbols(
    evaluation: Option<Evaluation>,
    define: &[String],
) -> Result<Option<BTreeSet<String>>, Failure> {
    match (evaluation, define.is_empty()) {
        (None | Some(Evaluation::All), true) => Ok(None),
        (None, false) | (Some(Evaluation::None), _) => Ok(Some(define.iter().cloned().collect())),
        (Some(Evaluation::All), false) => {
            Err(Failure::usage("option '--define' needs '--conditions none' or no '--conditions'"))
        }
    }
}
