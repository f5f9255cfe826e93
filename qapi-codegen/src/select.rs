//! Which definitions are generated: patterns, and what they reach.

use std::cell::Cell;

use qapi_parser::cond::IfCond;
use qapi_parser::diagnostic::{Diagnostic, Diagnostics};
use qapi_parser::schema::{
    Command, CommandId, Definition, Entity, Event, EventId, ObjectOrigin, Schema, Type, TypeId,
};
use qapi_parser::suggest::nearest;

use crate::options::{ExternType, Options};

/// Patterns of names, each with a value, that remember whether they matched.
#[derive(Debug)]
pub(crate) struct Patterns<T> {
    list: Vec<(String, T, Cell<bool>)>,
}

impl<T> Patterns<T> {
    pub(crate) fn new(list: impl IntoIterator<Item = (String, T)>) -> Self {
        Self {
            list: list
                .into_iter()
                .map(|(pattern, value)| (pattern, value, Cell::new(false)))
                .collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The values of the patterns that match `name`, in the order given.
    pub(crate) fn matching(&self, name: &str) -> impl Iterator<Item = &T> {
        self.list.iter().filter(move |(pattern, _, _)| matches(pattern, name)).map(
            |(_, value, matched)| {
                matched.set(true);
                value
            },
        )
    }

    /// Whether one matches `name`. All that do are told.
    pub(crate) fn is_match(&self, name: &str) -> bool {
        self.matching(name).count() > 0
    }

    /// The patterns that matched nothing so far.
    pub(crate) fn unmatched(&self) -> impl Iterator<Item = &str> {
        self.list
            .iter()
            .filter(|(_, _, matched)| !matched.get())
            .map(|(pattern, _, _)| pattern.as_str())
    }
}

/// Whether `pattern`, in which `*` is any text and `?` any character, is `name`.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut from) = (0, 0);
    // Where to go on after the last `*` when what follows it does not fit.
    let mut retry = None;
    while from < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, from));
                at += 1;
            }
            Some(&char) if char == b'?' || char == name[from] => {
                at += 1;
                from += 1;
            }
            _ => match &mut retry {
                Some((after, taken)) => {
                    *taken += 1;
                    (at, from) = (*after, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&char| char == b'*')
}

/// Whether a pattern matches a definition, or as `DEFINITION.PART` a member, value or branch.
pub(crate) fn is_in_schema(schema: &Schema, pattern: &str) -> bool {
    let part = |definition: &Definition, name: &str| {
        matches(pattern, &format!("{}.{name}", definition.name))
    };
    let in_type = schema.types().any(|(_, ty)| {
        let Some(definition) = ty.definition() else { return false };
        matches(pattern, &definition.name)
            || match ty {
                Type::Builtin(_) | Type::Array(_) => false,
                Type::Enum(ty) => ty.values.iter().any(|value| part(definition, &value.name)),
                Type::Alternate(ty) => {
                    ty.alternatives.iter().any(|one| part(definition, &one.name))
                }
                Type::Object(ty) => {
                    let branches = ty.branches.iter().flat_map(|branches| &branches.branches);
                    ty.members.iter().any(|member| part(definition, &member.name))
                        || branches.into_iter().any(|branch| part(definition, &branch.name))
                }
            }
    });
    let of_user = |definition: &Definition, data: Option<TypeId>| {
        matches(pattern, &definition.name)
            || data.is_some_and(|data| {
                schema.object(data).members.iter().any(|one| part(definition, &one.name))
            })
    };
    in_type
        || schema.commands().iter().any(|command| of_user(&command.definition, command.arguments))
        || schema.events().iter().any(|event| of_user(&event.definition, event.data))
}

/// What is generated.
#[derive(Debug)]
pub(crate) struct Selection {
    types: Vec<bool>,
    /// Types that a member, list or reply names, by type: these need a name in Rust.
    named: Vec<bool>,
    commands: Vec<bool>,
    events: Vec<bool>,
}

impl Selection {
    pub(crate) fn has_type(&self, id: TypeId) -> bool {
        self.types[id.index()]
    }

    pub(crate) fn has_command(&self, id: CommandId) -> bool {
        self.commands[id.index()]
    }

    pub(crate) fn has_event(&self, id: EventId) -> bool {
        self.events[id.index()]
    }

    /// Leaves only what is called `name`; if that is nothing, says so.
    pub(crate) fn keep(&mut self, schema: &Schema, name: &str, diagnostics: &mut Diagnostics) {
        let named = |definition: Option<&Definition>| {
            definition.is_some_and(|definition| definition.name == name)
        };
        for (kept, (_, ty)) in self.types.iter_mut().zip(schema.types()) {
            *kept &= is_defined(ty) && named(ty.definition());
        }
        for (kept, command) in self.commands.iter_mut().zip(schema.commands()) {
            *kept &= named(Some(&command.definition));
        }
        for (kept, event) in self.events.iter_mut().zip(schema.events()) {
            *kept &= named(Some(&event.definition));
        }
        if !self.types.iter().chain(&self.commands).chain(&self.events).any(|kept| *kept) {
            let names = schema.types().filter(|(_, ty)| is_defined(ty)).map(|(_, ty)| ty.name());
            let names = names
                .chain(schema.commands().iter().map(|command| command.definition.name.as_str()));
            let names =
                names.chain(schema.events().iter().map(|event| event.definition.name.as_str()));
            let message = format!("no type, command or event that is generated is called '{name}'");
            let diagnostic = Diagnostic::without_place("no-such-definition", message);
            diagnostics.push(match nearest(name, names) {
                Some(near) => diagnostic.with_hint(format!("did you mean '{near}'?")),
                None => diagnostic,
            });
        }
    }

    /// Returns true if the type is one of its own in Rust.
    fn is_named(&self, schema: &Schema, id: TypeId) -> bool {
        let ty = schema.ty(id);
        is_defined(ty) || (self.named[id.index()] && matches!(ty, Type::Object(_)))
    }

    /// Enums, structs, unions and alternates in schema order.
    pub(crate) fn types<'a>(
        &self,
        schema: &'a Schema,
    ) -> impl Iterator<Item = TypeId> + use<'_, 'a> {
        entities(schema).filter_map(|entity| match entity {
            Entity::Type(id) if self.types[id.index()] && self.is_named(schema, *id) => Some(*id),
            _ => None,
        })
    }

    /// Commands in schema order.
    pub(crate) fn commands<'a>(
        &self,
        schema: &'a Schema,
    ) -> impl Iterator<Item = &'a Command> + use<'_, 'a> {
        schema
            .commands()
            .iter()
            .zip(&self.commands)
            .filter(|&(_, &selected)| selected)
            .map(|(command, _)| command)
    }

    /// Events in schema order.
    pub(crate) fn events<'a>(
        &self,
        schema: &'a Schema,
    ) -> impl Iterator<Item = &'a Event> + use<'_, 'a> {
        schema
            .events()
            .iter()
            .zip(&self.events)
            .filter(|&(_, &selected)| selected)
            .map(|(event, _)| event)
    }
}

/// Whether the type is one of its own in Rust. The built-in enum is where something uses it.
pub(crate) fn is_defined(ty: &Type) -> bool {
    match ty {
        Type::Builtin(_) | Type::Array(_) => false,
        Type::Enum(_) | Type::Alternate(_) => true,
        Type::Object(ty) => matches!(ty.origin, ObjectOrigin::Struct | ObjectOrigin::Union),
    }
}

/// What is in a schema, module by module.
pub(crate) fn entities(schema: &Schema) -> impl Iterator<Item = &Entity> {
    schema.modules().iter().flat_map(|module| &module.entities)
}

/// Finds what `patterns` ask for, everything if there is none, and all that it reaches. Types that
/// exist elsewhere are not entered. What is needed but not there under the conditions is reported.
pub(crate) fn select(
    schema: &Schema,
    options: &Options,
    patterns: &Patterns<()>,
    externs: &[Option<ExternType>],
    diagnostics: &mut Diagnostics,
) -> Selection {
    let wanted = |definition: &Definition| {
        (patterns.is_empty() || patterns.is_match(&definition.name))
            && !options.presence(definition.cond.as_ref()).is_never()
    };
    let mut reach = Reach {
        schema,
        options,
        externs,
        selection: Selection {
            types: vec![false; schema.types().len()],
            named: vec![false; schema.types().len()],
            commands: schema.commands().iter().map(|command| wanted(&command.definition)).collect(),
            events: schema.events().iter().map(|event| wanted(&event.definition)).collect(),
        },
        work: Vec::new(),
        diagnostics,
    };
    for (id, ty) in schema.types() {
        let written = ty.definition().filter(|definition| definition.span.is_some());
        if is_defined(ty) && written.is_some_and(wanted) {
            reach.add(id, written);
        }
    }
    for (command, selected) in schema.commands().iter().zip(reach.selection.commands.clone()) {
        if selected {
            command.arguments.into_iter().for_each(|ty| reach.add(ty, Some(&command.definition)));
            command.returns.into_iter().for_each(|ty| reach.name(ty, Some(&command.definition)));
        }
    }
    for (event, selected) in schema.events().iter().zip(reach.selection.events.clone()) {
        event
            .data
            .into_iter()
            .filter(|_| selected)
            .for_each(|ty| reach.add(ty, Some(&event.definition)));
    }
    reach.run();
    reach.selection
}

struct Reach<'a> {
    schema: &'a Schema,
    options: &'a Options,
    externs: &'a [Option<ExternType>],
    selection: Selection,
    work: Vec<TypeId>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Reach<'a> {
    /// Adds a type whose name generated code needs.
    fn name(&mut self, id: TypeId, user: Option<&Definition>) {
        self.selection.named[id.index()] = true;
        self.add(id, user);
    }

    fn add(&mut self, id: TypeId, user: Option<&Definition>) {
        if self.selection.types[id.index()] || self.externs[id.index()].is_some() {
            return;
        }
        self.selection.types[id.index()] = true;
        self.work.push(id);
        let definition = self.schema.ty(id).definition();
        let absent =
            definition.is_some_and(|ty| self.options.presence(ty.cond.as_ref()).is_never());
        if absent && is_defined(self.schema.ty(id)) {
            self.report_absent(id, user);
        }
    }

    fn run(&mut self) {
        while let Some(id) = self.work.pop() {
            let schema = self.schema;
            let definition = schema.ty(id).definition();
            match schema.ty(id) {
                Type::Builtin(_) | Type::Enum(_) => {}
                Type::Array(ty) => self.name(ty.element, definition),
                Type::Object(ty) => {
                    for member in &ty.members {
                        if self.is_present(member.cond.as_ref()) {
                            self.name(member.ty, definition);
                        }
                    }
                    for branch in ty.branches.iter().flat_map(|branches| &branches.branches) {
                        if self.is_present(branch.cond.as_ref()) {
                            self.add(branch.ty, definition);
                        }
                    }
                }
                Type::Alternate(ty) => {
                    for branch in &ty.alternatives {
                        if self.is_present(branch.cond.as_ref()) {
                            self.name(branch.ty, definition);
                        }
                    }
                }
            }
        }
    }

    fn is_present(&self, cond: Option<&IfCond>) -> bool {
        !self.options.presence(cond).is_never()
    }

    fn report_absent(&mut self, id: TypeId, user: Option<&Definition>) {
        let Some((definition, span)) =
            self.schema.ty(id).definition().and_then(|ty| Some((ty, ty.span?)))
        else {
            return;
        };
        let name = &definition.name;
        let mut diagnostic = Diagnostic::error(
            "absent-type",
            span,
            format!("type '{name}' is used but not there under the conditions given"),
        );
        if let Some(user) = user
            && let Some(span) = user.span
        {
            diagnostic = diagnostic.with_label(span, format!("'{}' uses it", user.name));
        }
        self.diagnostics.push(diagnostic.with_hint("define the symbols that its 'if' asks for"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name) in [
            ("*", ""),
            ("a", "a"),
            ("query-*", "query-a-b"),
            ("*-b", "a-b-b"),
            ("a?c*", "abc"),
            ("*a*a*", "xaya"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("", "a"),
            ("a", ""),
            ("a", "ab"),
            ("query-*", "xquery-a"),
            ("a?c", "ac"),
            ("*a", "ab"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn what_matched_nothing_is_known() {
        let patterns = Patterns::new(["a*", "b", "ab"].map(|pattern| (pattern.to_owned(), ())));
        assert!(patterns.is_match("ab"));
        assert_eq!(patterns.unmatched().collect::<Vec<_>>(), ["b"]);
    }
}
