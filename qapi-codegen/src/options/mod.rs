//! What a user may ask for: plain data that every door fills in.

mod parsed;
mod table;
mod text;

use std::collections::BTreeSet;

pub(crate) use parsed::{ExternType, Parsed};
pub use table::{OptionInfo, OptionKind};
pub use text::OptionError;

/// Which side of the protocol the generated code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Sends commands, receives events: no command traits, no introspection data.
    Client,
    /// Receives commands, sends events: no enum of all events.
    Server,
    /// Everything.
    #[default]
    Both,
}

impl Role {
    pub(crate) fn is_client(self) -> bool {
        self != Role::Server
    }

    pub(crate) fn is_server(self) -> bool {
        self != Role::Client
    }
}

/// What becomes of the schema's `if` conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Conditions {
    /// Each holds: everything the schema has is there.
    #[default]
    All,
    /// Evaluated: exactly these symbols are defined.
    Defined(BTreeSet<String>),
    /// `#[cfg(feature = "SYMBOL")]`: cargo features, called what the symbols are.
    Features,
    /// `#[cfg(SYMBOL)]`.
    Cfg,
}

/// How to generate Rust. The default is everything, for both roles, documented.
///
/// ```
/// use qapi_codegen::{Conditions, Options, Role};
///
/// let options = Options::new().select("query-*").role(Role::Client).conditions(Conditions::Cfg);
/// # let _ = options;
/// ```
///
/// Names given to options are the schema's own: `MigrationInfo`, `query-migrate`, `STOP`; members and
/// values are `MigrationInfo.status`, `MigrationStatus.active`, `migrate.uri`. A pattern is such a
/// name in which `*` stands for any text and `?` for any character. One that matches nothing is an
/// error when code is generated.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) select: Vec<String>,
    pub(crate) role: Role,
    pub(crate) conditions: Conditions,
    pub(crate) unstable_feature: Option<String>,
    pub(crate) docs: bool,
    pub(crate) type_attributes: Vec<(String, String)>,
    pub(crate) member_attributes: Vec<(String, String)>,
    pub(crate) extern_types: Vec<(String, String)>,
    pub(crate) renames: Vec<(String, String)>,
    pub(crate) open: Vec<String>,
    pub(crate) closed: Vec<String>,
    pub(crate) runtime_path: String,
    pub(crate) format: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            select: Vec::new(),
            role: Role::default(),
            conditions: Conditions::default(),
            unstable_feature: None,
            docs: true,
            type_attributes: Vec::new(),
            member_attributes: Vec::new(),
            extern_types: Vec::new(),
            renames: Vec::new(),
            open: Vec::new(),
            closed: Vec::new(),
            runtime_path: "::qapi".to_owned(),
            format: true,
        }
    }
}

impl Options {
    /// The default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Generates only what the patterns given so match and what that reaches.
    pub fn select(mut self, pattern: impl Into<String>) -> Self {
        self.select.push(pattern.into());
        self
    }

    /// The side of the protocol.
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// What becomes of `if` conditions.
    pub fn conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// Defines a configuration symbol: conditions are evaluated, see [`Conditions::Defined`].
    pub fn define(mut self, symbol: impl Into<String>) -> Self {
        match &mut self.conditions {
            Conditions::Defined(symbols) => {
                symbols.insert(symbol.into());
            }
            conditions => *conditions = Conditions::Defined(BTreeSet::from([symbol.into()])),
        }
        self
    }

    /// Has what is `unstable` only where a cargo feature of the user's crate is on.
    pub fn unstable_feature(mut self, feature: impl Into<String>) -> Self {
        self.unstable_feature = Some(feature.into());
        self
    }

    /// Whether the schema's documentation becomes rustdoc; on by default.
    pub fn docs(mut self, docs: bool) -> Self {
        self.docs = docs;
        self
    }

    /// Puts an attribute, such as `#[derive(Eq)]`, on the types, commands and events that match.
    pub fn type_attribute(
        mut self,
        pattern: impl Into<String>,
        attribute: impl Into<String>,
    ) -> Self {
        self.type_attributes.push((pattern.into(), attribute.into()));
        self
    }

    /// Puts an attribute on the members, values and branches that match, such as `*.uri`.
    pub fn member_attribute(
        mut self,
        pattern: impl Into<String>,
        attribute: impl Into<String>,
    ) -> Self {
        self.member_attributes.push((pattern.into(), attribute.into()));
        self
    }

    /// Uses a type that exists elsewhere, such as `crate::net::SocketAddress`, instead of generating
    /// it and what only it reaches.
    pub fn extern_type(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.extern_types.push((name.into(), path.into()));
        self
    }

    /// Gives a definition, member or value another name in Rust; on the wire it keeps its own.
    pub fn rename(mut self, name: impl Into<String>, identifier: impl Into<String>) -> Self {
        self.renames.push((name.into(), identifier.into()));
        self
    }

    /// Lets the enums that match keep values that the schema does not name, and unions on them
    /// branches that it does not know, as a newer peer sends them.
    ///
    /// With [`Role::Client`], the enums in returned values and in events are open by default.
    pub fn open(mut self, pattern: impl Into<String>) -> Self {
        self.open.push(pattern.into());
        self
    }

    /// Makes the enums that match take only the values that the schema names, so that a `match`
    /// needs no further arm. Overrides [`open`](Self::open) and what is open by default.
    pub fn closed(mut self, pattern: impl Into<String>) -> Self {
        self.closed.push(pattern.into());
        self
    }

    /// Where the generated code finds crate `qapi`; `::qapi` by default.
    pub fn runtime_path(mut self, path: impl Into<String>) -> Self {
        self.runtime_path = path.into();
        self
    }

    /// Formats the text of the generated code; on by default. Formatting takes longer than all the rest.
    /// Without it every item is one line. The macro generates no text and ignores this option.
    pub fn format(mut self, format: bool) -> Self {
        self.format = format;
        self
    }
}
