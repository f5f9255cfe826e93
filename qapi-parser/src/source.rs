//! The texts a schema was read from, and places in them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// One file of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A half-open byte range of one source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// Returns the smallest span that covers `self` and `other`, which lie in the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A line and column, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    path: PathBuf,
    module: String,
    text: Arc<str>,
    line_starts: Vec<u32>,
    /// The number of characters before each block of [`BLOCK`] bytes, counted on first use.
    characters: OnceLock<Vec<usize>>,
    included_from: Option<Span>,
}

/// Size of the blocks whose characters are counted once. Columns on a long line would otherwise
/// take quadratic time.
const BLOCK: usize = 256;

impl SourceFile {
    /// Returns the path as it is shown: the including file's folder joined with the included name.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the module's name: the path relative to the root's folder, as QEMU names it.
    #[must_use]
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Returns the whole text, every line end a `\n`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the whole text, to be kept while further files are added.
    pub(crate) fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Returns the `include` directive that asked for the file; none for a root.
    #[must_use]
    pub fn included_from(&self) -> Option<Span> {
        self.included_from
    }

    /// Returns the offset of the first byte of a line counted from 1.
    pub(crate) fn line_start(&self, line: usize) -> usize {
        self.line_starts[line - 1] as usize
    }

    /// Returns the text of a line counted from 1, without its line end.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let start = self.line_start(line);
        let end = self.line_starts.get(line).map_or(self.text.len(), |&next| next as usize);
        self.text[start..end].trim_end_matches('\n')
    }

    /// Returns the number of characters before a byte offset.
    fn characters_before(&self, offset: usize) -> usize {
        let counts = self.characters.get_or_init(|| {
            let blocks = self.text.as_bytes().chunks(BLOCK);
            let mut count = 0;
            std::iter::once(0)
                .chain(blocks.map(|block| {
                    count += characters(block);
                    count
                }))
                .collect()
        });
        let block = offset / BLOCK;
        counts[block] + characters(&self.text.as_bytes()[block * BLOCK..offset])
    }
}

/// Every file of a schema in the order of reading.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file, its line ends turned into `\n`. The text is shorter than 4 GiB: the loader
    /// refuses longer ones.
    pub(crate) fn add(
        &mut self,
        path: PathBuf,
        module: String,
        text: String,
        included_from: Option<Span>,
    ) -> FileId {
        let text =
            if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
        let id = FileId(self.files.len() as u32);
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at as u32 + 1))
            .collect();
        let characters = OnceLock::new();
        let text = text.into();
        self.files.push(SourceFile { path, module, text, line_starts, characters, included_from });
        id
    }

    /// Returns the file behind `id`.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Returns all files in the order of reading.
    #[must_use]
    pub fn files(&self) -> impl ExactSizeIterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), file))
    }

    /// Returns the text under `span`.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        &self.file(span.file).text[span.start as usize..span.end as usize]
    }

    /// Returns the line and column of a byte offset.
    #[must_use]
    pub fn position(&self, file: FileId, offset: u32) -> Position {
        let file = self.file(file);
        let line = file.line_starts.partition_point(|&start| start <= offset);
        let start = file.characters_before(file.line_start(line));
        let column = file.characters_before(offset as usize) - start + 1;
        Position { line, column }
    }

    /// Returns the `include` directives that led to `file`, the root's first.
    #[must_use]
    pub fn include_chain(&self, file: FileId) -> Vec<Span> {
        let mut chain: Vec<Span> = std::iter::successors(self.file(file).included_from, |span| {
            self.file(span.file).included_from
        })
        .collect();
        chain.reverse();
        chain
    }
}

/// Counts the characters that start in a part of a UTF-8 text.
fn characters(bytes: &[u8]) -> usize {
    // Any byte but a continuation byte, 0x80 to 0xbf, starts a character.
    bytes.iter().filter(|&&byte| byte as i8 >= -0x40).count()
}
