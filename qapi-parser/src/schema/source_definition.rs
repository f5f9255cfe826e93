//! Definitions of the schema text, which the built-in types do not have.

use super::types::DocId;
use crate::ast::Definition;

/// A definition, with its documentation in the schema's list.
#[derive(Debug, Clone, Copy)]
pub(super) struct SourceDefinition<'a> {
    pub(super) ast: &'a Definition,
    pub(super) doc: Option<DocId>,
}
