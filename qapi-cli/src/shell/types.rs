//! Types along the way from a command to a part of its arguments.

use qapi::Value;
use qapi::introspect::{Entity, EntityKind};

use super::term::{PathStep, Term};

/// Branches within branches. A reply may nest them without end.
const DEEPEST: usize = 8;

/// An object whose tag selects a branch.
pub(super) trait Tagged {
    /// Returns the text of a member.
    fn tag_value(&self, name: &str) -> Option<&str>;
}

impl Tagged for Term {
    fn tag_value(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }
}

impl Tagged for Value {
    fn tag_value(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }
}

/// The members of an object.
pub(super) struct Fields<'s> {
    /// The members of the type and of the selected branch.
    pub(super) members: Vec<(&'s str, Entity<'s>)>,
    /// The tag selects a branch, or there are no branches.
    pub(super) has_branch: bool,
}

impl<'s> Fields<'s> {
    /// Returns the type of a member.
    pub(super) fn get(&self, name: &str) -> Option<Entity<'s>> {
        self.members.iter().find(|(field, _)| *field == name).map(|(_, ty)| *ty)
    }
}

/// Returns the members of an object type, with those of the branch that `value` selects.
pub(super) fn fields<'s>(object: Entity<'s>, value: &dyn Tagged) -> Fields<'s> {
    let mut members = Vec::new();
    let mut object = object;
    for _ in 0..DEEPEST {
        members.extend(object.members());
        let Some(tag) = object.tag() else { return Fields { members, has_branch: true } };
        match value.tag_value(tag).and_then(|case| object.branch(case)) {
            Some(branch) => object = branch,
            None => break,
        }
    }
    Fields { members, has_branch: false }
}

/// Returns the alternatives of an alternate, or the type itself.
pub(super) fn alternatives(ty: Entity<'_>) -> Vec<Entity<'_>> {
    match ty.kind() {
        EntityKind::Alternate => ty.alternatives().collect(),
        _ => vec![ty],
    }
}

/// Returns the type or its alternative that is of a kind.
pub(super) fn of_kind(ty: Entity<'_>, kind: EntityKind) -> Option<Entity<'_>> {
    alternatives(ty).into_iter().find(|ty| ty.kind() == kind)
}

/// Returns the type and the value of a part.
pub(super) fn follow<'s, 't>(
    ty: Entity<'s>,
    value: Option<&'t Term>,
    step: &PathStep,
) -> Option<(Entity<'s>, Option<&'t Term>)> {
    match step {
        PathStep::Member(name) => {
            if let Some(array) = of_kind(ty, EntityKind::Array)
                && name.bytes().all(|digit| digit.is_ascii_digit())
            {
                return Some((array.element()?, value.and_then(|value| value.get(name))));
            }
            let object = of_kind(ty, EntityKind::Object)?;
            let empty = Term::Dict(Vec::new());
            let ty = fields(object, value.unwrap_or(&empty)).get(name)?;
            Some((ty, value.and_then(|value| value.get(name))))
        }
        PathStep::Element(index) => {
            let element = of_kind(ty, EntityKind::Array)?.element()?;
            let value = value.and_then(|value| match value {
                Term::List(elements) => elements.get(*index),
                _ => None,
            });
            Some((element, value))
        }
    }
}

/// Describes a type in a message: `an integer`, `a string or an object`.
pub(super) fn description(ty: Entity<'_>) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for ty in alternatives(ty) {
        let kind = match ty.kind() {
            EntityKind::String | EntityKind::Enum => "a string",
            EntityKind::Integer => "an integer",
            EntityKind::Number => "a number",
            EntityKind::Boolean => "true or false",
            EntityKind::Null => "null",
            EntityKind::Array => "an array",
            EntityKind::Object => "an object",
            _ => "a value",
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}
