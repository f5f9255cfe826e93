//! Entities taken apart: their kinds, members, branches and values.

use super::{Entity, Schema, features};
use crate::json::{Kind, Node};

/// The kind of an entity: its `meta-type`, and for a built-in type its `json-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntityKind {
    /// A command.
    Command,
    /// An event.
    Event,
    /// `string`
    String,
    /// `int`
    Integer,
    /// `number`
    Number,
    /// `boolean`
    Boolean,
    /// `null`
    Null,
    /// `value`: any JSON. Also an entity that this version does not know.
    Any,
    /// An enumeration.
    Enum,
    /// An array.
    Array,
    /// An object type.
    Object,
    /// An alternate.
    Alternate,
}

impl Schema {
    /// Returns the commands, in the order of the reply.
    pub fn commands(&self) -> impl Iterator<Item = Entity<'_>> {
        self.entities().filter(|entity| entity.kind() == EntityKind::Command)
    }

    /// Returns the events, in the order of the reply.
    pub fn events(&self) -> impl Iterator<Item = Entity<'_>> {
        self.entities().filter(|entity| entity.kind() == EntityKind::Event)
    }

    fn entities(&self) -> impl Iterator<Item = Entity<'_>> {
        let infos = self.document.root().elements();
        infos.map(|info| Entity { schema: self, info, place: None })
    }
}

impl<'s> Entity<'s> {
    /// Returns the name. The names of types are numbers in a server's reply.
    pub fn name(&self) -> &'s str {
        self.text("name").unwrap_or_default()
    }

    /// Returns the kind.
    pub fn kind(&self) -> EntityKind {
        match (self.text("meta-type").unwrap_or_default(), self.text("json-type")) {
            ("command", _) => EntityKind::Command,
            ("event", _) => EntityKind::Event,
            ("enum", _) => EntityKind::Enum,
            ("array", _) => EntityKind::Array,
            ("object", _) => EntityKind::Object,
            ("alternate", _) => EntityKind::Alternate,
            ("builtin", Some("string")) => EntityKind::String,
            ("builtin", Some("int")) => EntityKind::Integer,
            ("builtin", Some("number")) => EntityKind::Number,
            ("builtin", Some("boolean")) => EntityKind::Boolean,
            ("builtin", Some("null")) => EntityKind::Null,
            _ => EntityKind::Any,
        }
    }

    /// Returns the type of a command's arguments or of an event's data.
    pub fn arguments(&self) -> Option<Entity<'s>> {
        self.follow("arg-type")
    }

    /// Returns the type of an array's elements.
    pub fn element(&self) -> Option<Entity<'s>> {
        self.follow("element-type")
    }

    /// Returns the members of an object type, without those of its branches.
    pub fn members(&self) -> impl Iterator<Item = (&'s str, Entity<'s>)> + use<'s> {
        let (schema, is_object) = (self.schema, self.kind() == EntityKind::Object);
        self.list("members").filter(move |_| is_object).filter_map(move |place| {
            let ty = schema.entity(place.get("type")?.as_str()?)?;
            Some((place.get("name")?.as_str()?, Entity { place: Some(place), ..ty }))
        })
    }

    /// Returns the name of the member that selects an object type's branch.
    pub fn tag(&self) -> Option<&'s str> {
        self.text("tag")
    }

    /// Returns the branch that a value of the tag selects.
    pub fn branch(&self, value: &str) -> Option<Entity<'s>> {
        let is_it = |branch: &Node<'_>| branch.get("case").and_then(Node::as_str) == Some(value);
        let branch = self.list("variants").find(is_it)?;
        self.schema.entity(branch.get("type")?.as_str()?)
    }

    /// Returns the types of an alternate.
    pub fn alternatives(&self) -> impl Iterator<Item = Entity<'s>> + use<'s> {
        let is_alternate = self.kind() == EntityKind::Alternate;
        self.branches("members").filter(move |_| is_alternate)
    }

    /// Returns the values of an enumeration.
    pub fn values(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        // Replies before QEMU 6.2 have `values` only.
        let is_enum = self.kind() == EntityKind::Enum;
        let list = if self.info.get("members").is_some() { "members" } else { "values" };
        self.list(list).filter(move |_| is_enum).filter_map(|value| {
            let name = if value.kind() == Kind::Dict { value.get("name")? } else { value };
            name.as_str()
        })
    }

    /// Returns the features, of the entity itself and of this use of it.
    pub fn features(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        features(self.info).chain(self.place.into_iter().flat_map(features))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rules, Value};

    const REPLY: &str = "[
        {'name': 'add', 'meta-type': 'command', 'arg-type': '0', 'ret-type': '9'},
        {'name': 'DONE', 'meta-type': 'event', 'arg-type': '9'},
        {'name': '0', 'meta-type': 'object', 'tag': 'how', 'members': [
            {'name': 'how', 'type': '1', 'features': ['unstable']},
            {'name': 'sizes', 'type': '2', 'default': null}],
         'variants': [{'case': 'soft', 'type': '9'}, {'case': 'hard', 'type': '5'}]},
        {'name': '1', 'meta-type': 'enum', 'values': ['soft', 'hard'],
         'members': [{'name': 'soft'}, {'name': 'hard', 'features': ['deprecated']}]},
        {'name': '2', 'meta-type': 'array', 'element-type': '3'},
        {'name': '3', 'meta-type': 'alternate', 'members': [{'type': 'int'}, {'type': '4'}]},
        {'name': '4', 'meta-type': 'enum', 'values': ['all']},
        {'name': '5', 'meta-type': 'object', 'members': [{'name': 'force', 'type': 'bool'}]},
        {'name': '9', 'meta-type': 'object', 'members': []},
        {'name': 'int', 'meta-type': 'builtin', 'json-type': 'int'},
        {'name': 'bool', 'meta-type': 'builtin', 'json-type': 'boolean'},
        {'name': 'odd', 'meta-type': 'novel'}]";

    fn schema() -> Schema {
        Schema::new(&crate::from_text::<Value>(REPLY, &Rules::STRICT).unwrap())
    }

    #[test]
    fn commands_and_events_are_listed() {
        let schema = schema();
        assert_eq!(schema.commands().map(|entity| entity.name()).collect::<Vec<_>>(), ["add"]);
        assert_eq!(schema.events().map(|entity| entity.name()).collect::<Vec<_>>(), ["DONE"]);
        let data = schema.event("DONE").unwrap().arguments().unwrap();
        assert_eq!((data.kind(), data.members().count()), (EntityKind::Object, 0));
    }

    #[test]
    fn types_are_taken_apart() {
        let schema = schema();
        let arguments = schema.command("add").unwrap().arguments().unwrap();
        let members: Vec<_> = arguments.members().collect();
        let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
        assert_eq!((names, arguments.tag()), (vec!["how", "sizes"], Some("how")));

        let how = members[0].1;
        assert_eq!((how.kind(), how.is_optional()), (EntityKind::Enum, false));
        assert_eq!(how.values().collect::<Vec<_>>(), ["soft", "hard"]);
        assert_eq!(how.features().collect::<Vec<_>>(), ["unstable"]);

        let hard = arguments.branch("hard").unwrap();
        assert_eq!(hard.members().map(|(name, _)| name).collect::<Vec<_>>(), ["force"]);
        assert!(arguments.branch("medium").is_none());

        let sizes = members[1].1;
        assert_eq!((sizes.kind(), sizes.is_optional()), (EntityKind::Array, true));
        let size = sizes.element().unwrap();
        let kinds: Vec<_> = size.alternatives().map(|alternative| alternative.kind()).collect();
        assert_eq!(kinds, [EntityKind::Integer, EntityKind::Enum]);
        assert_eq!(size.alternatives().last().unwrap().values().collect::<Vec<_>>(), ["all"]);
        assert_eq!((size.members().count(), size.values().count()), (0, 0));
    }

    #[test]
    fn unknown_kinds_are_any() {
        let schema = schema();
        let odd = schema.entities().last().unwrap();
        assert_eq!((odd.name(), odd.kind()), ("odd", EntityKind::Any));
    }
}
