//! The rules of a schema, from its pragmas and the options of the parse.

use std::collections::HashSet;

use crate::diagnostic::Severity;
use crate::options::Options;
use crate::pragma::Pragma;

/// The rules that a schema is checked by.
pub(crate) struct Rules<'a> {
    /// Requires documentation of every definition.
    pub(crate) doc_required: bool,
    /// Commands whose name may have `_`.
    pub(crate) command_names: HashSet<&'a str>,
    /// Commands that may return something other than objects.
    pub(crate) command_returns: HashSet<&'a str>,
    /// Definitions that may leave members undocumented.
    pub(crate) undocumented: HashSet<&'a str>,
    /// Types whose members' names may have capitals and `_`.
    pub(crate) member_names: HashSet<&'a str>,
    /// Applies the naming rules of before QEMU 6.0.
    pub(crate) old_names: bool,
    /// The class of an undocumented member and of documented results that do not exist. QEMU has
    /// these rules since 9.0; schemas that require documentation but have no
    /// `documentation-exceptions` are older.
    pub(crate) newer_documentation: Severity,
    /// Reports style findings.
    pub(crate) style: bool,
}

impl<'a> Rules<'a> {
    pub(crate) fn new(pragma: &'a Pragma, options: Options) -> Self {
        let set = |names: &'a [String]| names.iter().map(String::as_str).collect();
        let older = pragma.doc_required && !pragma.has_documentation_exceptions;
        Rules {
            doc_required: pragma.doc_required,
            command_names: set(&pragma.command_name_exceptions),
            command_returns: set(&pragma.command_returns_exceptions),
            undocumented: set(&pragma.documentation_exceptions),
            member_names: set(&pragma.member_name_exceptions),
            old_names: pragma.old_names,
            newer_documentation: if older { Severity::Style } else { Severity::Error },
            style: options.checks_style(),
        }
    }
}
