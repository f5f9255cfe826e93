//! `diff`: reports the changes between two interfaces.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use qapi_codegen::diff::{Interface, ReplyError, Verdict, diff, is_reply};
use qapi_parser::diagnostic::{Diagnostic, Diagnostics};
use qapi_parser::loader::{FileSource, FileSystem};
use qapi_parser::render::EscapedPath;
use qapi_parser::source::SourceMap;

use crate::arguments::{Client, Diff, Strictness};
use crate::conditions::symbols;
use crate::failure::Failure;
use crate::output::{self, is_standard};
use crate::report::Reporter;
use crate::{changes, schema};

/// Prints the changes; fails with `--breaking` if one of them breaks such a client.
pub fn run(verb: &Diff, reporter: &mut Reporter) -> Result<(), Failure> {
    if is_standard(&verb.old) && is_standard(&verb.new) {
        return Err(Failure::usage("OLD and NEW cannot both be standard input"));
    }
    let symbols = symbols(verb.conditions, &verb.define)?;
    let mut read = |path| read(path, symbols.as_ref(), &verb.strictness, reporter);
    let (old, new) = (read(&verb.old)?, read(&verb.new)?);
    let changes =
        diff(&old, &new, &verb.select).map_err(|errors| reporter.refuse_options(&errors))?;
    if !reporter.is_quiet() {
        output::print_coloured(&changes::render(&changes, reporter.format()))?;
    }
    let least = match verb.breaking {
        None => return Ok(()),
        Some(Client::Lenient) => Verdict::Breaking,
        Some(Client::Strict) => Verdict::Strict,
    };
    let is_breaking = changes.iter().any(|change| change.verdict >= least);
    if is_breaking { Err(Failure::Breaking) } else { Ok(()) }
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
        schema::refuse_source_tree(path)?;
        let unreadable = |error| Failure::io(format!("cannot read '{}'", EscapedPath(path)), error);
        (path.to_owned(), FileSystem.read(path).map_err(unreadable)?)
    };
    let reply = if is_session(&text) {
        let missing = || Failure::usage(no_reply(&name));
        Some(reply_in_session(&text).ok_or_else(missing)?)
    } else {
        is_reply(&text).then_some(text.as_slice())
    };
    if let Some(reply) = reply {
        let interface = Interface::from_reply(&name.to_string_lossy(), reply);
        return interface.map_err(|error| refuse(&error, reporter));
    }
    let schema = schema::read_text(name, text, strictness, reporter)?;
    Ok(Interface::from_schema(&schema, symbols))
}

/// Returns true for the record of a QMP session, which begins with the server's greeting.
fn is_session(text: &[u8]) -> bool {
    let first_key = text.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    first_key.is_some_and(|key| key.starts_with(b"\"QMP\""))
}

/// Returns the reply to `query-qmp-schema` in the record of a session, a message on each line.
fn reply_in_session(text: &[u8]) -> Option<&[u8]> {
    let has_entities = |line: &[u8]| line.windows(11).any(|word| word == b"\"meta-type\"");
    text.split(|byte| *byte == b'\n').find(|line| is_reply(line) && has_entities(line))
}

fn no_reply(name: &Path) -> String {
    let name = EscapedPath(name);
    format!("'{name}' is a QMP session without a reply to query-qmp-schema on a line of its own")
}

fn refuse(error: &ReplyError, reporter: &mut Reporter) -> Failure {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    let message = format!("{error}{}", cause.unwrap_or_default());
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(Diagnostic::without_place("invalid-reply", message));
    reporter.report(&diagnostics, &SourceMap::default());
    Failure::Schema
}
