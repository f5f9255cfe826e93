//! Introspection: the reply to `query-qmp-schema`, for servers and for clients.

mod shape;

use std::collections::HashMap;

pub use shape::EntityKind;

use crate::json::{Kind, Node, OwnedDocument, Stream};
use crate::value;
use crate::walk::{self, DecodeError, Field, Rules};
use crate::{OutputPolicy, Policy, Value};

/// Makes the reply to `query-qmp-schema` from pieces of JSON text, such as `PIECES` of a generated
/// `schema` module. `T` is the schema's own type of the reply's elements.
///
/// As in QEMU, a policy that hides deprecated output leaves out deprecated commands, events, types
/// and members of objects. Unstable ones stay.
///
/// # Errors
/// If the pieces are not of type `T`, which with generated pieces and a generated type they are.
pub fn reply<T: Field>(pieces: &[&str], policy: &Policy) -> Result<Vec<T>, DecodeError> {
    let mut stream = Stream::new();
    let text = pieces.concat();
    let document = stream.parse(text.as_bytes())?;
    if policy.deprecated_output != OutputPolicy::Hide {
        return walk::decode(document.root(), &Rules::STRICT);
    }
    let kept =
        document.root().elements().filter(|info| !is_deprecated(*info)).map(without_deprecated);
    let text = Value::List(kept.collect()).to_string();
    let document = stream.parse(text.as_bytes())?;
    walk::decode(document.root(), &Rules::STRICT)
}

fn is_deprecated(info: Node<'_>) -> bool {
    features(info).any(|feature| feature == "deprecated")
}

fn features<'d>(info: Node<'d>) -> impl Iterator<Item = &'d str> {
    info.get("features").into_iter().flat_map(Node::elements).filter_map(Node::as_str)
}

/// An entity without its deprecated members, if it is an object type.
fn without_deprecated(info: Node<'_>) -> Value {
    let mut value = Value::from(info);
    if let Value::Dict(dict) = &mut value
        && dict.get("meta-type").and_then(Value::as_str) == Some("object")
        && let Some(members) = info.get("members")
    {
        let kept = members.elements().filter(|member| !is_deprecated(*member)).map(Value::from);
        dict.insert("members", Value::List(kept.collect()));
    }
    value
}

/// The commands, events and types of a server, from its reply to `query-qmp-schema`.
///
/// ```
/// let reply = qapi::from_text(
///     "[{'name': 'stop', 'meta-type': 'command', 'arg-type': '0', 'ret-type': '0'},
///       {'name': '0', 'meta-type': 'object',
///        'members': [{'name': 'mode', 'type': '1', 'default': null}]},
///       {'name': '1', 'meta-type': 'enum', 'values': ['hard'],
///        'members': [{'name': 'hard', 'features': ['unstable']}]}]",
///     &qapi::Rules::STRICT,
/// )?;
/// let schema = qapi::introspect::Schema::new(&reply);
/// let mode = schema.command("stop").and_then(|stop| stop.argument("mode")).unwrap();
/// assert!(mode.has_value("hard") && !mode.has_value("soft") && mode.is_optional());
/// assert!(schema.supports("stop.mode") && !schema.supports("stop.force"));
/// assert!(schema.supports("stop.mode=hard") && !schema.supports("cont"));
/// # Ok::<(), qapi::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct Schema {
    document: OwnedDocument,
    names: HashMap<String, u32>,
}

/// A command, an event, or a type where it is used.
#[derive(Debug, Clone, Copy)]
pub struct Entity<'s> {
    schema: &'s Schema,
    info: Node<'s>,
    /// The member that uses it, which has features and a default of its own.
    place: Option<Node<'s>>,
}

/// The deepest nesting of lists and alternates, without a member between, that is searched for a
/// value.
const DEEPEST: usize = 8;

impl Schema {
    /// Reads the reply.
    pub fn new(reply: &Value) -> Schema {
        // A value that is too large for a message is no reply.
        let document = value::to_document(reply).unwrap_or_else(|_| crate::event::EMPTY.to_owned());
        let name = |info: Node<'_>| Some((info.get("name")?.as_str()?.to_owned(), info.index));
        let names = document.root().elements().filter_map(name).collect();
        Schema { document, names }
    }

    /// A command, if the server has it.
    pub fn command(&self, name: &str) -> Option<Entity<'_>> {
        self.entity(name).filter(|entity| entity.is("command"))
    }

    /// An event, if the server has it.
    pub fn event(&self, name: &str) -> Option<Entity<'_>> {
        self.entity(name).filter(|entity| entity.is("event"))
    }

    /// Returns true if the server has the thing that a path names: a command or an event, members
    /// of its arguments or data after dots, and at the end a value of an enumeration after `=` or a
    /// feature after `:`. Elements of lists and all branches of unions and alternates are searched.
    ///
    /// Examples: `migrate`, `migrate.channels.addr.transport=rdma`, `blockdev-add.aio=io_uring`,
    /// `MIGRATION.status=postcopy-recover`, `query-cpus:deprecated`.
    pub fn supports(&self, path: &str) -> bool {
        let (names, value) = match path.split_once('=') {
            Some((names, value)) => (names, Some(value)),
            None => (path, None),
        };
        let (names, feature) = match names.split_once(':') {
            Some((names, feature)) => (names, Some(feature)),
            None => (names, None),
        };
        let mut parts = names.split('.');
        let first = parts.next().and_then(|name| self.command(name).or_else(|| self.event(name)));
        let found =
            parts.try_fold(first, |entity, name| Some(Some(entity?.member(name)?))).flatten();
        found.is_some_and(|entity| {
            value.is_none_or(|value| entity.has_value(value))
                && feature.is_none_or(|feature| entity.has_feature(feature))
        })
    }

    fn entity(&self, name: &str) -> Option<Entity<'_>> {
        let info = Node { document: self.document.document(), index: *self.names.get(name)? };
        Some(Entity { schema: self, info, place: None })
    }
}

impl<'s> Entity<'s> {
    fn is(&self, meta: &str) -> bool {
        self.text("meta-type") == Some(meta)
    }

    fn text(&self, name: &str) -> Option<&'s str> {
        self.info.get(name)?.as_str()
    }

    fn list(&self, name: &str) -> impl Iterator<Item = Node<'s>> + use<'s> {
        self.info.get(name).into_iter().flat_map(Node::elements)
    }

    fn follow(&self, name: &str) -> Option<Entity<'s>> {
        self.schema.entity(self.text(name)?)
    }

    /// A member of a command's arguments or an event's data.
    pub fn argument(&self, name: &str) -> Option<Entity<'s>> {
        self.follow("arg-type")?.member(name)
    }

    /// The type that a command returns.
    pub fn returns(&self) -> Option<Entity<'s>> {
        self.follow("ret-type")
    }

    /// A member of an object type, of one of its branches, of a list's elements or of an
    /// alternate's branch; of a command or an event the same as [`argument`](Entity::argument).
    pub fn member(&self, name: &str) -> Option<Entity<'s>> {
        // Types form cycles only through members, so that this ends.
        match self.text("meta-type")? {
            "command" | "event" => self.argument(name),
            "array" => self.follow("element-type")?.member(name),
            "alternate" => self.branches("members").find_map(|branch| branch.member(name)),
            "object" => self
                .own_member(name)
                .or_else(|| self.branches("variants").find_map(|branch| branch.member(name))),
            _ => None,
        }
    }

    fn own_member(&self, name: &str) -> Option<Entity<'s>> {
        let is_it = |member: &Node<'_>| member.get("name").and_then(Node::as_str) == Some(name);
        let place = self.list("members").find(is_it)?;
        let found = self.schema.entity(place.get("type")?.as_str()?)?;
        Some(Entity { place: Some(place), ..found })
    }

    fn branches(&self, list: &str) -> impl Iterator<Item = Entity<'s>> + use<'s> {
        let schema = self.schema;
        let name = |branch: Node<'s>| branch.get("type").and_then(Node::as_str);
        self.list(list).filter_map(move |branch| schema.entity(name(branch)?))
    }

    /// Returns true for an enumeration, or a list or alternate of one, that has this value.
    pub fn has_value(&self, value: &str) -> bool {
        self.value(value, DEEPEST).is_some()
    }

    /// Returns true if a value of an enumeration has a feature.
    pub fn value_has_feature(&self, value: &str, feature: &str) -> bool {
        self.value(value, DEEPEST).is_some_and(|value| features(value).any(|name| name == feature))
    }

    /// The description of a value: an object, or from old servers its name.
    fn value(&self, value: &str, depth: usize) -> Option<Node<'s>> {
        let depth = depth.checked_sub(1)?;
        match self.text("meta-type")? {
            "enum" => self.list("members").chain(self.list("values")).find(|known| {
                let name =
                    if known.kind() == Kind::Dict { known.get("name") } else { Some(*known) };
                name.and_then(Node::as_str) == Some(value)
            }),
            "array" => self.follow("element-type")?.value(value, depth),
            "alternate" => self.branches("members").find_map(|branch| branch.value(value, depth)),
            _ => None,
        }
    }

    /// Returns true if it has a feature, by itself or as this member.
    pub fn has_feature(&self, feature: &str) -> bool {
        features(self.info)
            .chain(self.place.into_iter().flat_map(features))
            .any(|name| name == feature)
    }

    /// Returns true if this member may be absent.
    pub fn is_optional(&self) -> bool {
        self.place.is_some_and(|place| place.get("default").is_some())
    }

    /// Returns true if this command may run out-of-band.
    pub fn allows_oob(&self) -> bool {
        self.info.get("allow-oob").and_then(Node::as_bool).unwrap_or(false)
    }
}
