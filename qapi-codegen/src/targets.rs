//! The definitions that documentation can refer to, by name.

use std::collections::HashMap;

use qapi_parser::schema::{CommandId, Entity, EventId, Schema, TypeId};

use crate::select::{Selection, entities, is_defined};

/// A definition that has documentation of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    Type(TypeId),
    Command(CommandId),
    Event(EventId),
}

/// The selected definitions by name.
#[derive(Debug)]
pub(crate) struct Targets<'a>(HashMap<&'a str, Target>);

impl<'a> Targets<'a> {
    pub(crate) fn new(schema: &'a Schema, selection: &Selection) -> Self {
        let target = |entity: &Entity| match *entity {
            Entity::Include(_) => None,
            Entity::Type(id) => {
                let listed = selection.has_type(id) && is_defined(schema.ty(id));
                listed.then(|| (schema.ty(id).name(), Target::Type(id)))
            }
            Entity::Command(id) => selection
                .has_command(id)
                .then(|| (&*schema.command(id).definition.name, Target::Command(id))),
            Entity::Event(id) => selection
                .has_event(id)
                .then(|| (&*schema.event(id).definition.name, Target::Event(id))),
        };
        Self(entities(schema).filter_map(target).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<Target> {
        self.0.get(name).copied()
    }
}
