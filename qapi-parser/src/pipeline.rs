//! The stages one after the other: from files or text to a checked schema.

use std::path::{Path, PathBuf};

use crate::ast::{self, Definition, Item};
use crate::diagnostic::Diagnostics;
use crate::error::Error;
use crate::expr;
use crate::legacy;
use crate::loader::{self, FileSource, FileSystem, Parsed, ParsedItem, Root};
use crate::options::Options;
use crate::place::Place;
use crate::rules::Rules;
use crate::schema::{self, Schema};
use crate::source::SourceMap;

/// A checked schema and the style findings in its text.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Checked {
    /// The schema.
    pub schema: Schema,
    /// Style findings, if [`Options`] ask for them.
    pub style: Diagnostics,
}

/// Reads the schema that starts at the file `path`, and checks it.
///
/// # Errors
///
/// If the schema is refused. The error holds every finding of the first stage that fails, in the
/// order in which QEMU would meet them: unreadable files and wrong text, then wrong definitions,
/// then definitions that do not fit together.
///
/// # Examples
///
/// ```no_run
/// use qapi_parser::{Options, parse_file};
///
/// let checked = parse_file("qapi/qapi-schema.json", Options::new().style(true))?;
/// println!("{} commands", checked.schema.commands().len());
/// # Ok::<(), qapi_parser::Error>(())
/// ```
pub fn parse_file(path: impl AsRef<Path>, options: Options) -> Result<Checked, Error> {
    parse_sources(&[Root::File(path.as_ref().to_owned())], &FileSystem, options)
}

/// Checks the schema in `text`, which is called `name` in messages. Included files are read
/// relative to the folder of `name`.
///
/// # Errors
///
/// As [`parse_file`].
pub fn parse_text(
    name: impl Into<PathBuf>,
    text: impl Into<Vec<u8>>,
    options: Options,
) -> Result<Checked, Error> {
    parse_sources(&[Root::Text { path: name.into(), bytes: text.into() }], &FileSystem, options)
}

/// Reads the schema that starts at all of `roots` from `files`, and checks it.
///
/// # Errors
///
/// As [`parse_file`].
///
/// # Examples
///
/// ```
/// use std::io;
/// use std::path::Path;
///
/// use qapi_parser::loader::Root;
/// use qapi_parser::{Options, parse_sources};
///
/// let files = |path: &Path| match path.to_str() {
///     Some("book/book.json") => Ok("{ 'include': 'page.json' }".into()),
///     Some("book/page.json") => Ok("{ 'struct': 'Page', 'data': { } }".into()),
///     _ => Err(io::ErrorKind::NotFound.into()),
/// };
/// let roots = [Root::File("book/book.json".into())];
/// let schema = parse_sources(&roots, &files, Options::new())?.schema;
/// assert_eq!(schema.modules()[2].name, "page.json");
/// # Ok::<(), qapi_parser::Error>(())
/// ```
pub fn parse_sources(
    roots: &[Root],
    files: &dyn FileSource,
    options: Options,
) -> Result<Checked, Error> {
    check(loader::load(roots, files, options), options)
}

/// The stages behind the parser; each needs the one before it to be without errors.
fn check(parsed: Parsed, options: Options) -> Result<Checked, Error> {
    let Parsed { sources, items, pragma, mut diagnostics } = parsed;
    if diagnostics.has_errors() {
        return Err(fail(sources, diagnostics, options));
    }
    let rules = Rules::new(&pragma, options);
    let mut file = ast::File::default();
    for item in items {
        file.items.extend(match item {
            ParsedItem::Include(module) => Some(Item::Include(module)),
            ParsedItem::FreeForm(doc) => Some(Item::FreeForm(doc)),
            ParsedItem::Expression(expression) => {
                let checked = expr::check(expression, &sources, &rules, &mut diagnostics);
                checked.map(|mut definition| {
                    if rules.old_names {
                        translate_arguments(&mut definition, &rules, &mut diagnostics);
                    }
                    Item::Definition(Box::new(definition))
                })
            }
        });
    }
    if diagnostics.has_errors() {
        return Err(fail(sources, diagnostics, options));
    }
    legacy::unions::expand(&mut file);
    match schema::build(sources, file, &rules, &mut diagnostics) {
        Err(sources) => Err(fail(sources, diagnostics, options)),
        Ok(schema) if options.deny_warnings && !diagnostics.is_empty() => {
            Err(fail(schema.into_sources(), diagnostics, options))
        }
        Ok(schema) => Ok(Checked { schema, style: diagnostics }),
    }
}

/// Translates descriptions of arguments that `definition` does not have.
fn translate_arguments(definition: &mut Definition, rules: &Rules, diagnostics: &mut Diagnostics) {
    for (span, form) in legacy::arguments::translate(definition) {
        if rules.style {
            diagnostics.push(form.at(Place::exact(span), None));
        }
    }
}

fn fail(sources: SourceMap, mut diagnostics: Diagnostics, options: Options) -> Error {
    if options.deny_warnings {
        diagnostics.deny_warnings();
    }
    Error::new(sources, diagnostics)
}
