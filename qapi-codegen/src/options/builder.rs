//! The options as a value with a method for each.

use std::collections::BTreeSet;

use super::words::{Conditions, Role};

/// The options of generated code. By default, everything is generated, for both roles, documented.
///
/// ```
/// use qapi_codegen::{Conditions, Options, Role, generate_text};
///
/// let schema = "{ 'command': 'stop' } { 'command': 'query-name', 'returns': 'Name' }
///               { 'struct': 'Name', 'data': { 'name': 'str' } }";
/// let schema = qapi_parser::parse_text("x.json", schema, Default::default())?.schema;
///
/// let options = Options::new().select("query-*").role(Role::Client).rename("Name.name", "text");
/// let rust = generate_text(&schema, &options)?;
/// assert!(rust.contains("pub text: ::std::string::String") && !rust.contains("struct Stop"));
/// # Ok::<(), qapi_codegen::Error>(())
/// ```
///
/// Names given to options are the schema's own: `MigrationInfo`, `query-migrate`, `STOP`; members
/// and values are `MigrationInfo.status`, `MigrationStatus.active`, `migrate.uri`. A pattern is
/// such a name in which `*` stands for any text and `?` for any character. A pattern that matches
/// nothing is an error when code is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Options {
    pub(crate) select: Vec<String>,
    pub(crate) role: Role,
    /// None if not given, which means [`Conditions::All`].
    pub(super) conditions: Option<Conditions>,
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
            conditions: None,
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
    /// Returns the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Generates only the definitions that match, and those that they use. Adds to the patterns
    /// given before.
    pub fn select(mut self, pattern: impl Into<String>) -> Self {
        self.select.push(pattern.into());
        self
    }

    /// Sets the side of the protocol.
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Sets the treatment of `if` conditions.
    pub fn conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = Some(conditions);
        self
    }

    /// Defines a configuration symbol: conditions are evaluated, see [`Conditions::Defined`].
    pub fn define(mut self, symbol: impl Into<String>) -> Self {
        match &mut self.conditions {
            Some(Conditions::Defined(symbols)) => {
                symbols.insert(symbol.into());
            }
            conditions => *conditions = Some(Conditions::Defined(BTreeSet::from([symbol.into()]))),
        }
        self
    }

    /// Returns the treatment of conditions, given or by default.
    pub(crate) fn given_conditions(&self) -> &Conditions {
        self.conditions.as_ref().unwrap_or(&Conditions::All)
    }

    /// Gates unstable definitions and members behind a Cargo feature of the user's crate.
    pub fn unstable_feature(mut self, feature: impl Into<String>) -> Self {
        self.unstable_feature = Some(feature.into());
        self
    }

    /// Turns the schema's documentation into rustdoc; on by default.
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

    /// Uses an existing type, such as `crate::net::SocketAddress`, instead of generating it and the
    /// types that nothing else uses.
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
    /// needs no further arm. Overrides [`open`](Self::open) and the default of clients.
    pub fn closed(mut self, pattern: impl Into<String>) -> Self {
        self.closed.push(pattern.into());
        self
    }

    /// Sets the path of crate `qapi` in the generated code; `::qapi` by default.
    pub fn runtime_path(mut self, path: impl Into<String>) -> Self {
        self.runtime_path = path.into();
        self
    }

    /// Formats the text of the generated code; on by default. Formatting takes longer than all
    /// other steps together. Unformatted text has a line for each item. The macro generates no text
    /// and ignores this option.
    pub fn format(mut self, format: bool) -> Self {
        self.format = format;
        self
    }
}
