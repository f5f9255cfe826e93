//! Patterns without effect, reported with the name that each may have meant.

use qapi_parser::nearest;
use qapi_parser::schema::{Definition, Schema, Type};

use crate::options::{OptionError, Parsed};
use crate::pattern::matches;
use crate::select::is_defined;

/// The part of a schema that is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// Everything that the options select.
    Selection,
    /// Less, so that a pattern may match a part that is left out.
    Part,
}

/// Checks, after generation, that each pattern matched something.
///
/// # Errors
/// All patterns that did not. Where only a part of the schema is generated, the other options may
/// match the rest, so that one set of options serves several selections.
pub(crate) fn check_matches(
    parsed: &Parsed,
    schema: &Schema,
    coverage: Coverage,
) -> Result<(), Vec<OptionError>> {
    let unselected: Vec<OptionError> = parsed
        .select
        .unmatched()
        .map(|pattern| unmatched(schema, "select", NameKind::Definition, pattern))
        .collect();
    if !unselected.is_empty() {
        return Err(unselected);
    }
    let each: [(_, _, Vec<&str>); 6] = [
        ("rename", NameKind::Any, parsed.renames.unmatched().collect()),
        ("extern-type", NameKind::Type, parsed.externs.unmatched().collect()),
        ("open", NameKind::Enum, parsed.open.unmatched().collect()),
        ("closed", NameKind::Enum, parsed.closed.unmatched().collect()),
        ("type-attribute", NameKind::Definition, parsed.type_attributes.unmatched().collect()),
        ("member-attribute", NameKind::Part, parsed.member_attributes.unmatched().collect()),
    ];
    let is_partial = coverage == Coverage::Part || !parsed.select.is_empty();
    let mut errors = Vec::new();
    for (option, kind, patterns) in each {
        errors.extend(
            patterns
                .into_iter()
                .map(|pattern| unmatched(schema, option, kind, pattern))
                .filter(|error| !(is_partial && matches_elsewhere(error))),
        );
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn matches_elsewhere(error: &OptionError) -> bool {
    matches!(error, OptionError::Unmatched { is_in_schema: true, .. })
}

fn unmatched(schema: &Schema, option: &'static str, kind: NameKind, pattern: &str) -> OptionError {
    let names = kind.names(schema);
    let is_in_schema = names.iter().any(|name| matches(pattern, name));
    OptionError::Unmatched {
        option,
        pattern: pattern.to_owned(),
        kind: kind.described(),
        is_in_schema,
        nearest: if is_in_schema { None } else { suggest(pattern, &names) },
    }
}

/// Returns the name that `pattern` may have meant. The part after a point is looked for in the
/// definitions that the part before it matches: `*.ury` may mean `*.uri`.
fn suggest(pattern: &str, names: &[String]) -> Option<String> {
    if let Some((owner, part)) = pattern.split_once('.') {
        let parts = names.iter().filter_map(|name| name.split_once('.'));
        let parts = parts.filter(|(definition, _)| matches(owner, definition));
        if let Some(near) = nearest(part, parts.map(|(_, part)| part)) {
            return Some(format!("{owner}.{near}"));
        }
    }
    nearest(pattern, names.iter().map(String::as_str)).map(str::to_owned)
}

/// A kind of names that an option's patterns match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameKind {
    Definition,
    Type,
    Enum,
    /// Members, values and branches, as `DEFINITION.PART`.
    Part,
    Any,
}

impl NameKind {
    fn described(self) -> &'static str {
        match self {
            NameKind::Definition => "definition of the schema",
            NameKind::Type => "type of the schema",
            NameKind::Enum => "enum of the schema",
            NameKind::Part => "member, value or branch of the schema",
            NameKind::Any => "definition, member or value of the schema",
        }
    }

    /// Returns the names of this kind in the schema.
    fn names(self, schema: &Schema) -> Vec<String> {
        let mut names = Vec::new();
        let types = schema.types().map(|(_, ty)| ty);
        for ty in types {
            let Some(definition) = ty.definition().filter(|_| is_defined(ty) || self.has_parts())
            else {
                continue;
            };
            if self != NameKind::Part
                && is_defined(ty)
                && (self != NameKind::Enum || matches!(ty, Type::Enum(_)))
            {
                names.push(definition.name.clone());
            }
            if self.has_parts() {
                add_parts(&mut names, definition, parts(ty));
            }
        }
        if matches!(self, NameKind::Type | NameKind::Enum) {
            return names;
        }
        let commands = schema.commands().iter().map(|one| (&one.definition, one.arguments));
        let events = schema.events().iter().map(|one| (&one.definition, one.data));
        for (definition, data) in commands.chain(events) {
            if self != NameKind::Part {
                names.push(definition.name.clone());
            }
            if let Some(data) = data.filter(|_| self.has_parts()) {
                add_parts(&mut names, definition, parts(schema.ty(data)));
            }
        }
        names
    }

    fn has_parts(self) -> bool {
        matches!(self, NameKind::Part | NameKind::Any)
    }
}

fn add_parts(names: &mut Vec<String>, definition: &Definition, parts: Vec<&str>) {
    names.extend(parts.into_iter().map(|part| format!("{}.{part}", definition.name)));
}

/// Returns the names of a type's members, values and branches.
fn parts(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Builtin(_) | Type::Array(_) => Vec::new(),
        Type::Enum(ty) => ty.values.iter().map(|value| &*value.name).collect(),
        Type::Alternate(ty) => ty.alternatives.iter().map(|one| &*one.name).collect(),
        Type::Object(ty) => {
            let branches = ty.branches.iter().flat_map(|branches| &branches.branches);
            let members = ty.members.iter().map(|member| &*member.name);
            members.chain(branches.map(|branch| &*branch.name)).collect()
        }
    }
}
