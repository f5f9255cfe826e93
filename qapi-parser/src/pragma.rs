//! `pragma` directives: exceptions from the rules of a schema.

use crate::expression::Value;

/// The settings of a schema's `pragma` directives. Later ones replace earlier ones, and all apply
/// to the whole schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pragma {
    /// `doc-required`: every definition needs documentation.
    pub(crate) doc_required: bool,
    /// `command-name-exceptions`: commands whose name may have `_`.
    pub(crate) command_name_exceptions: Vec<String>,
    /// `command-returns-exceptions`: commands that may return something other than an object.
    pub(crate) command_returns_exceptions: Vec<String>,
    /// `documentation-exceptions`: definitions that may leave members undocumented.
    ///
    /// A schema with `doc-required` that never sets this, not even to an empty list, was written
    /// before QEMU 9.0 had the rule: undocumented members, and documented results that do not
    /// exist, are style findings in it.
    pub(crate) documentation_exceptions: Vec<String>,
    /// True once `documentation-exceptions` was set.
    pub(crate) has_documentation_exceptions: bool,
    /// Set by a pragma of before QEMU 6.0: the schema follows the naming rules of that time.
    pub(crate) old_names: bool,
    /// `member-name-exceptions`: types whose members' names may have capitals and `_`.
    pub(crate) member_name_exceptions: Vec<String>,
}

/// The names of all settings.
pub(crate) const NAMES: [&str; 5] = [
    "doc-required",
    "command-name-exceptions",
    "command-returns-exceptions",
    "documentation-exceptions",
    "member-name-exceptions",
];

/// The reasons to refuse a setting.
pub(crate) enum PragmaError {
    Unknown,
    NotBool,
    NotStrings,
}

impl Pragma {
    /// Makes one setting.
    pub(crate) fn set(&mut self, name: &str, value: &Value) -> Result<(), PragmaError> {
        let list = match name {
            "doc-required" => {
                let Value::Bool(required, _) = *value else { return Err(PragmaError::NotBool) };
                self.doc_required = required;
                return Ok(());
            }
            "command-name-exceptions" => &mut self.command_name_exceptions,
            "command-returns-exceptions" => &mut self.command_returns_exceptions,
            "documentation-exceptions" => &mut self.documentation_exceptions,
            "member-name-exceptions" => &mut self.member_name_exceptions,
            _ => return Err(PragmaError::Unknown),
        };
        let Value::Array(names, _) = value else { return Err(PragmaError::NotStrings) };
        let names = names.iter().map(|name| match name {
            Value::String(name) => Ok(name.text.clone()),
            _ => Err(PragmaError::NotStrings),
        });
        *list = names.collect::<Result<_, _>>()?;
        self.has_documentation_exceptions |= name == "documentation-exceptions";
        Ok(())
    }
}
