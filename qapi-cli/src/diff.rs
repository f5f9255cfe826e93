//! `diff`: reports the changes between two interfaces.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use qapi_codegen::diff::{Interface, ReplyError, UnknownPattern, Verdict, diff, is_reply};
use qapi_parser::diagnostic::{Diagnostic, Diagnostics};
use qapi_parser::loader::MAX_FILE_SIZE;
use qapi_parser::render::EscapedPath;
use qapi_parser::source::SourceMap;

use crate::arguments::{Diff, DiffConditions, Strictness};
use crate::failure::Failure;
use crate::output::{self, is_standard};
use crate::report::Reporter;
use crate::{changes, schema};

/// Prints the changes; fails with `--breaking` if one of them breaks a client.
pub fn run(verb: &Diff, reporter: &mut Reporter) -> Result<(), Failure> {
    if is_standard(&verb.old) && is_standard(&verb.new) {
        return Err(Failure::usage("OLD and NEW cannot both be standard input"));
    }
    let symbols = symbols(verb)?;
    let mut read = |path| read(path, symbols.as_ref(), &verb.strictness, reporter);
    let (old, new) = (read(&verb.old)?, read(&verb.new)?);
    let changes = diff(&old, &new, &verb.select).map_err(unknown)?;
    output::print(&changes::render(&changes, reporter.format()))?;
    let is_breaking = changes.iter().any(|change| change.verdict == Verdict::Breaking);
    if verb.breaking && is_breaking { Err(Failure::Breaking) } else { Ok(()) }
}

/// Returns the defined symbols, or None if every condition holds.
fn symbols(verb: &Diff) -> Result<Option<BTreeSet<String>>, Failure> {
    match (verb.conditions, verb.define.is_empty()) {
        (None | Some(DiffConditions::All), true) => Ok(None),
        (None, false) | (Some(DiffConditions::None), _) => {
            Ok(Some(verb.define.iter().cloned().collect()))
        }
        (Some(DiffConditions::All), false) => {
            Err(Failure::usage("option '--define' needs '--conditions none' or no '--conditions'"))
        }
    }
}

/// Reads a schema or a `query-qmp-schema` reply. The file is read once, since it may be a pipe.
fn read(
    path: &Path,
    symbols: Option<&BTreeSet<String>>,
    strictness: &Strictness,
    reporter: &mut Reporter,
) -> Result<Interface, Failure> {
    let (name, text) = if is_standard(path) {
        (PathBuf::from(schema::STANDARD_INPUT), schema::read_standard_input()?)
    } else {
        let unreadable = |error| Failure::io(format!("cannot read '{}'", EscapedPath(path)), error);
        (path.to_owned(), read_bytes(path).map_err(unreadable)?)
    };
    if is_reply(&text) {
        let interface = Interface::from_reply(&name.to_string_lossy(), &text);
        return interface.map_err(|error| refuse(&error, reporter));
    }
    let schema = schema::read_text(name, text, strictness, reporter)?;
    Ok(Interface::from_schema(&schema, symbols))
}

/// Reads at most one byte more than the parser accepts.
fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_FILE_SIZE + 1).read_to_end(&mut text)?;
    Ok(text)
}

fn refuse(error: &ReplyError, reporter: &mut Reporter) -> Failure {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    let message = format!("{error}{}", cause.unwrap_or_default());
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(Diagnostic::without_place("invalid-reply", message));
    reporter.report(&diagnostics, &SourceMap::default());
    Failure::Schema
}

fn unknown(error: UnknownPattern) -> Failure {
    let hint = error.suggestion.as_ref().map(|name| format!("did you mean '{name}'?"));
    Failure::Usage(error.to_string(), hint.into_iter().collect())
}
