//! Documentation blocks: the `##` comments of a schema.

pub(crate) mod error;
pub(crate) mod lines;
mod parse;
mod read;
mod style;

use crate::source::Span;
pub(crate) use parse::ParsedDoc;
pub(crate) use read::parse;

/// A documentation block.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocBlock {
    /// The `@NAME:` that a definition's documentation starts with; none in free-form ones.
    pub symbol: Option<DocText>,
    /// The text before the first member or section.
    pub body: DocText,
    /// `@name: text` of members, arguments, branches and values, in the order of writing.
    pub members: Vec<DocMember>,
    /// The entries of `Features:`, in the order of writing.
    pub features: Vec<DocMember>,
    /// Every other part in the order of writing.
    pub sections: Vec<DocSection>,
    /// The whole block from `##` to `##`.
    pub span: Span,
}

/// Text with the comment characters and the indentation removed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocText {
    /// Lines joined by `\n`.
    pub text: String,
    /// The lines of the block that hold it.
    pub span: Span,
}

/// Documentation of a member or feature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocMember {
    /// Its name without `@`.
    pub name: DocText,
    /// Its description.
    pub text: DocText,
}

/// A tagged or untagged part of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocSection {
    /// Its kind.
    pub kind: SectionKind,
    /// Its text without the tag.
    pub text: DocText,
    /// The tag with its colon where there is one, otherwise the first line.
    pub span: Span,
}

/// The kinds of sections; the older names stand for what replaced them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SectionKind {
    /// Text after members or other sections.
    Plain,
    /// `Since:`.
    Since,
    /// `Returns:`.
    Returns,
    /// `Errors:`.
    Errors,
    /// `TODO:`.
    Todo,
    /// `Note:`, `Notes:` of schemas before 9.1.
    Note,
    /// `Example:`, `Examples:` of schemas before 9.1.
    Example,
}
