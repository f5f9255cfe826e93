//! The kinds of definitions.

use crate::ast::DefinitionBody;

/// The kinds of definitions, each with the key that introduces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefinitionKind {
    Enum,
    Struct,
    Union,
    Alternate,
    Command,
    Event,
}

impl DefinitionKind {
    pub(super) const ALL: [DefinitionKind; 6] = [
        DefinitionKind::Enum,
        DefinitionKind::Struct,
        DefinitionKind::Union,
        DefinitionKind::Alternate,
        DefinitionKind::Command,
        DefinitionKind::Event,
    ];

    /// Returns the kind of a checked definition.
    pub(crate) fn of(kind: &DefinitionBody) -> Self {
        match kind {
            DefinitionBody::Enum { .. } => DefinitionKind::Enum,
            DefinitionBody::Struct { .. } => DefinitionKind::Struct,
            DefinitionBody::Union { .. } => DefinitionKind::Union,
            DefinitionBody::Alternate { .. } => DefinitionKind::Alternate,
            DefinitionBody::Command(_) => DefinitionKind::Command,
            DefinitionBody::Event { .. } => DefinitionKind::Event,
        }
    }

    /// Returns the key that introduces such a definition.
    pub(crate) fn key(self) -> &'static str {
        match self {
            DefinitionKind::Enum => "enum",
            DefinitionKind::Struct => "struct",
            DefinitionKind::Union => "union",
            DefinitionKind::Alternate => "alternate",
            DefinitionKind::Command => "command",
            DefinitionKind::Event => "event",
        }
    }
}
