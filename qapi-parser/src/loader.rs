//! Sources of files, for [`parse_sources`](crate::parse_sources).

// The stage itself follows `include`, reads each file once, obeys `pragma`, and joins
// documentation to the object after it.

pub(crate) mod error;
mod files;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics, Quota, Severity};
use crate::doc::{DocBlock, ParsedDoc};
use crate::escape::EscapedPath;
use crate::expression::{Expression, Object, Text, Value};
use crate::legacy::{self, OldForm};
use crate::options::Options;
use crate::parse::{Piece, Pieces};
use crate::place::Place;
use crate::pragma::{Pragma, PragmaError};
use crate::source::{SourceMap, Span};
use error::LoadErrorKind;
pub use files::{FileSource, FileSystem, MAX_FILE_SIZE};

/// Maximum number of old conditions reported of one definition.
const MAX_OLD_CONDITIONS: usize = 100;

/// A root of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Root {
    /// A file to be read.
    File(PathBuf),
    /// Text in memory.
    Text {
        /// The name to show. Includes are relative to its folder.
        path: PathBuf,
        /// The text, which must be UTF-8.
        bytes: Vec<u8>,
    },
}

/// The files of a schema, parsed: the input of the checks of single definitions.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Every file.
    pub(crate) sources: SourceMap,
    /// Every expression and free-form comment in the order of reading.
    pub(crate) items: Vec<ParsedItem>,
    /// The union of all `pragma` directives.
    pub(crate) pragma: Pragma,
    /// The findings.
    pub(crate) diagnostics: Diagnostics,
}

/// Something at a file's top level.
#[derive(Debug)]
pub(crate) enum ParsedItem {
    /// `{ 'include': FILE }`: the module's name with the span of FILE. If the file was not read
    /// before, its items follow.
    Include(Text),
    /// Any other object, with its documentation.
    Expression(Expression),
    /// Free-form documentation.
    FreeForm(DocBlock),
}

/// Reads and parses the files behind `roots` as one schema. Reports errors of the text in the order
/// in which QEMU's `scripts/qapi` would meet them.
pub(crate) fn load(roots: &[Root], files: &dyn FileSource, options: Options) -> Parsed {
    let mut loader = Loader {
        files,
        parsed: Parsed::default(),
        read: HashSet::new(),
        open: Vec::new(),
        folder: PathBuf::new(),
        style: options.checks_style(),
    };
    for root in roots {
        loader.root(root);
    }
    loader.parsed
}

/// A file that is being read, piece by piece.
struct OpenFile {
    path: PathBuf,
    /// The normal path, for comparison with those of other files.
    normal: PathBuf,
    pieces: Pieces,
    doc: PendingDoc,
}

/// The documentation before the next expression.
enum PendingDoc {
    None,
    Definition(DocBlock),
    FreeForm(Span),
}

struct Loader<'a> {
    files: &'a dyn FileSource,
    parsed: Parsed,
    /// The normal paths of the files read.
    read: HashSet<PathBuf>,
    /// The chain of includes; the current file is last.
    open: Vec<OpenFile>,
    /// The normal path of the root's folder.
    folder: PathBuf,
    /// Checks the style of documentation.
    style: bool,
}

impl Loader<'_> {
    fn root(&mut self, root: &Root) {
        let (path, bytes) = match root {
            Root::File(path) => (path, None),
            Root::Text { path, bytes } => (path, Some(bytes.clone())),
        };
        let normal = files::normal(path);
        if !self.read.insert(normal.clone()) {
            return;
        }
        self.folder = normal.parent().unwrap_or(Path::new("")).to_owned();
        let bytes = bytes.map_or_else(|| self.files.read(path), Ok);
        match fitting(bytes) {
            Ok(bytes) => self.open(path.clone(), normal, bytes, None),
            Err(reason) => {
                let path = EscapedPath(path).to_string();
                let kind = LoadErrorKind::UnreadableSchema { path, reason };
                self.parsed
                    .diagnostics
                    .push(Diagnostic::without_place(kind.code(), kind.to_string()));
            }
        }
        while let Some(file) = self.open.last_mut() {
            match file.pieces.next() {
                Some(piece) => self.piece(piece),
                None => {
                    self.reject_doc();
                    self.open.pop();
                }
            }
        }
    }

    /// Makes a file the current one.
    fn open(
        &mut self,
        path: PathBuf,
        normal: PathBuf,
        bytes: Vec<u8>,
        included_from: Option<Span>,
    ) {
        let module = files::relative(&self.folder, &normal);
        let (text, broken) = match String::from_utf8(bytes) {
            Ok(text) => (text, false),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                (String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned(), true)
            }
        };
        let file = self.parsed.sources.add(path.clone(), module, text, included_from);
        let text = self.parsed.sources.file(file).shared_text();
        if broken {
            let end = text.len() as u32;
            return self
                .report(LoadErrorKind::NotUtf8, Place::exact(Span { file, start: end, end }));
        }
        self.open.push(OpenFile {
            path,
            normal,
            pieces: Pieces::new(file, text, self.style),
            doc: PendingDoc::None,
        });
    }

    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Doc(doc) => self.doc(doc),
            Piece::Object(object) => self.object(object),
            Piece::Error(error) => {
                self.take_doc();
                self.parsed.diagnostics.push(error);
            }
        }
    }

    fn doc(&mut self, doc: ParsedDoc) {
        self.reject_doc();
        let broken = doc.errors.iter().any(|error| error.kind.severity() == Severity::Error);
        self.parsed.diagnostics.extend(doc.old);
        self.parsed.diagnostics.extend(doc.errors.into_iter().map(Diagnostic::from));
        if broken {
            return;
        }
        let pending = match doc.block.symbol {
            Some(_) => PendingDoc::Definition(doc.block),
            None => {
                let span = doc.block.span;
                self.parsed.items.push(ParsedItem::FreeForm(doc.block));
                PendingDoc::FreeForm(span)
            }
        };
        if let Some(file) = self.open.last_mut() {
            file.doc = pending;
        }
    }

    fn take_doc(&mut self) -> PendingDoc {
        let pending = self.open.last_mut().map(|file| &mut file.doc);
        pending.map_or(PendingDoc::None, |doc| std::mem::replace(doc, PendingDoc::None))
    }

    /// Reports documentation of a definition that is not followed by one.
    fn reject_doc(&mut self) {
        if let PendingDoc::Definition(doc) = self.take_doc()
            && let Some(symbol) = doc.symbol
        {
            let place = Place::in_definition(&self.parsed.sources, doc.span, symbol.span);
            self.report(LoadErrorKind::DocWithoutDefinition { symbol: symbol.text }, place);
        }
    }

    fn object(&mut self, mut object: Object) {
        if let Some(value) = object.get("include") {
            self.reject_doc();
            self.include(&object, value);
        } else if let Some(value) = object.get("pragma") {
            self.reject_doc();
            self.pragma(&object, value);
        } else {
            let doc = match self.take_doc() {
                PendingDoc::None => None,
                PendingDoc::Definition(doc) => Some(doc),
                PendingDoc::FreeForm(span) => {
                    let place = Place::in_definition(&self.parsed.sources, span, span);
                    self.report(LoadErrorKind::DocWithoutSymbol, place);
                    None
                }
            };
            self.conditions(&mut object);
            self.parsed.items.push(ParsedItem::Expression(Expression { object, doc }));
        }
    }

    /// Translates old conditions.
    fn conditions(&mut self, object: &mut Object) {
        let mut quota = Quota::new(MAX_OLD_CONDITIONS, self.style);
        for (span, form) in legacy::conditions::translate(object) {
            if quota.take(Severity::Style) {
                self.old_form(object, span, form);
            }
        }
    }

    fn old_form(&mut self, object: &Object, span: Span, form: OldForm) {
        let place = Place::in_definition(&self.parsed.sources, object.span, span);
        self.parsed.diagnostics.push(form.at(place, None));
    }

    fn include(&mut self, object: &Object, value: &Value) {
        if let Some((other, _)) = object.members.iter().find(|(key, _)| key.text != "include") {
            let kind = LoadErrorKind::InvalidDirective { directive: "include" };
            return self.report_in(object, other.span, kind);
        }
        let Value::String(name) = value else {
            return self.report_in(object, value.span(), LoadErrorKind::IncludeNotString);
        };
        let Some(current) = self.open.last() else { return };
        let path = current.path.parent().unwrap_or(Path::new("")).join(&name.text);
        let normal = files::normal(&path);
        let module = files::relative(&self.folder, &normal);
        self.parsed.items.push(ParsedItem::Include(Text { text: module, span: name.span }));
        if self.open.iter().any(|file| file.normal == normal) {
            let kind = LoadErrorKind::InclusionLoop { name: name.text.clone() };
            return self.report_in(object, name.span, kind);
        }
        if !self.read.insert(normal.clone()) {
            return;
        }
        match fitting(self.files.read_included(&path)) {
            Ok(bytes) => {
                let from = Place::in_definition(&self.parsed.sources, object.span, name.span).span;
                self.open(path, normal, bytes, Some(from));
            }
            Err(reason) => {
                let path = EscapedPath(&path).to_string();
                self.report_in(
                    object,
                    name.span,
                    LoadErrorKind::UnreadableInclude { path, reason },
                );
            }
        }
    }

    fn pragma(&mut self, object: &Object, value: &Value) {
        if let Some((other, _)) = object.members.iter().find(|(key, _)| key.text != "pragma") {
            let kind = LoadErrorKind::InvalidDirective { directive: "pragma" };
            return self.report_in(object, other.span, kind);
        }
        let Value::Object(settings) = value else {
            return self.report_in(object, value.span(), LoadErrorKind::PragmaNotObject);
        };
        for (key, value) in &settings.members {
            let name = key.text.clone();
            let set = match legacy::pragmas::translate(&key.text, value) {
                Some(old) => {
                    self.parsed.pragma.old_names = true;
                    if self.style {
                        self.old_form(object, key.span, old.form);
                    }
                    self.parsed.pragma.set(old.name, &old.value)
                }
                None => self.parsed.pragma.set(&key.text, value),
            };
            let (span, kind) = match set {
                Ok(()) => continue,
                Err(PragmaError::Unknown) => (key.span, LoadErrorKind::UnknownPragma { name }),
                Err(PragmaError::NotBool) => (value.span(), LoadErrorKind::PragmaNotBool { name }),
                Err(PragmaError::NotStrings) => {
                    (value.span(), LoadErrorKind::PragmaNotStrings { name })
                }
            };
            self.report_in(object, span, kind);
        }
    }

    fn report_in(&mut self, object: &Object, span: Span, kind: LoadErrorKind) {
        let place = Place::in_definition(&self.parsed.sources, object.span, span);
        self.report(kind, place);
    }

    fn report(&mut self, kind: LoadErrorKind, place: Place) {
        let diagnostic = Diagnostic::error(kind.code(), place.span, kind.to_string()).placed(place);
        let hints = kind.hint().into_iter().collect();
        self.parsed.diagnostics.push(Diagnostic { hints, ..diagnostic });
    }
}

/// Returns a file's bytes, or the reason to refuse it.
fn fitting(bytes: io::Result<Vec<u8>>) -> Result<Vec<u8>, String> {
    let bytes = bytes.map_err(|error| files::reason(&error))?;
    match bytes.len() as u64 > MAX_FILE_SIZE {
        true => Err(format!("longer than {} MiB", MAX_FILE_SIZE >> 20)),
        false => Ok(bytes),
    }
}
