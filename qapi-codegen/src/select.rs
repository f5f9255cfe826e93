//! The definitions that are generated: those that patterns select, and those that these use.

use qapi_parser::cond::IfCond;
use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::nearest;
use qapi_parser::schema::{
    Command, CommandId, Definition, Entity, Event, EventId, ObjectOrigin, Schema, Type, TypeId,
};

use crate::error::DefinitionError;
use crate::options::{ExternType, Options};
use crate::pattern::Patterns;

/// The definitions that are generated.
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

    /// Leaves only the definitions called `name`; reports an error if there is none.
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
            let nearest = nearest(name, names).map(str::to_owned);
            let error = DefinitionError::NoSuchDefinition { name: name.to_owned(), nearest };
            diagnostics.push(error.at(None));
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

/// Returns true if the type is one of its own in Rust. The built-in enum is generated if something
/// uses it.
pub(crate) fn is_defined(ty: &Type) -> bool {
    match ty {
        Type::Builtin(_) | Type::Array(_) => false,
        Type::Enum(_) | Type::Alternate(_) => true,
        Type::Object(ty) => matches!(ty.origin, ObjectOrigin::Struct | ObjectOrigin::Union),
    }
}

/// Returns the entities of a schema, module by module.
pub(crate) fn entities(schema: &Schema) -> impl Iterator<Item = &Entity> {
    schema.modules().iter().flat_map(|module| &module.entities)
}

/// Finds the definitions that `patterns` match, all of them if there is no pattern, and all types
/// that these use, except through types that exist elsewhere. Reports types that are used although
/// their conditions exclude them.
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
        let name = definition.name.clone();
        let mut diagnostic = DefinitionError::AbsentType { name }.at(Some(span));
        if let Some(user) = user
            && let Some(span) = user.span
        {
            diagnostic = diagnostic.with_label(span, format!("'{}' uses it", user.name));
        }
        self.diagnostics.push(diagnostic);
    }
}
