//! The entities of the introspection data: commands, events and the types that they use.

use std::collections::{HashMap, HashSet};

use qapi_parser::cond::IfCond;
use qapi_parser::schema::{
    Branch, Builtin, Command, Entity, EnumType, Event, Feature, Member, ObjectType, Schema, Type,
    TypeId,
};

use super::json::{Element, Json};
use crate::select::entities;

/// Returns the entities of the introspection data, with the commands and events that are listed.
pub(crate) fn collect<'a>(
    schema: &'a Schema,
    unmask: bool,
    is_listed: &dyn Fn(&Entity) -> bool,
) -> Vec<Element<'a>> {
    let mut collector = Collector {
        schema,
        unmask,
        numbers: HashMap::new(),
        used: Vec::new(),
        known: HashSet::new(),
        items: Vec::new(),
    };
    for entity in entities(schema).filter(|entity| is_listed(entity)) {
        match entity {
            Entity::Command(id) => collector.command(schema.command(*id)),
            Entity::Event(id) => collector.event(schema.event(*id)),
            Entity::Include(_) | Entity::Type(_) => {}
        }
    }
    // Types use types: the list grows while it is read.
    let mut at = 0;
    while let Some(&used) = collector.used.get(at) {
        collector.ty(used);
        at += 1;
    }
    collector.items
}

/// A type that something uses. All integers are one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum UsedType {
    Empty,
    Int,
    IntList,
    Type(TypeId),
}

struct Collector<'a> {
    schema: &'a Schema,
    unmask: bool,
    numbers: HashMap<&'a str, usize>,
    used: Vec<UsedType>,
    known: HashSet<UsedType>,
    items: Vec<Element<'a>>,
}

impl<'a> Collector<'a> {
    fn command(&mut self, command: &'a Command) {
        let mut members = vec![
            ("arg-type", self.use_object(command.arguments)),
            ("ret-type", self.use_object(command.returns)),
        ];
        if command.flags.allow_oob {
            members.push(("allow-oob", Json::True));
        }
        let definition = &command.definition;
        let name = definition.name.clone();
        self.push(name, "command", members, definition.cond.as_ref(), &definition.features);
    }

    fn event(&mut self, event: &'a Event) {
        let definition = &event.definition;
        let members = vec![("arg-type", self.use_object(event.data))];
        let name = definition.name.clone();
        self.push(name, "event", members, definition.cond.as_ref(), &definition.features);
    }

    fn ty(&mut self, used: UsedType) {
        match used {
            UsedType::Empty => {
                let name = self.name(EMPTY);
                let members = vec![("members", Json::List(Vec::new()))];
                self.push(name, "object", members, None, &[]);
            }
            UsedType::Int => self.builtin("int", "int"),
            UsedType::IntList => self.array("int".to_owned(), None),
            UsedType::Type(id) => match self.schema.ty(id) {
                Type::Builtin(builtin) => self.builtin(builtin.name(), json_type(*builtin)),
                Type::Array(ty) => {
                    let element = self.use_type(ty.element);
                    let mut inner = ty.element;
                    while let Type::Array(array) = self.schema.ty(inner) {
                        inner = array.element;
                    }
                    let definition = self.schema.ty(inner).definition();
                    self.array(element, definition.and_then(|definition| definition.cond.as_ref()));
                }
                Type::Enum(ty) => self.enumeration(ty),
                Type::Object(ty) => self.object(ty),
                Type::Alternate(ty) => {
                    let alternatives = ty.alternatives.iter().map(|branch| {
                        let members = vec![("type", Json::Text(self.use_type(branch.ty)))];
                        Element {
                            value: Json::Object(members),
                            cond: branch.cond.as_ref(),
                            features: &[],
                        }
                    });
                    let members = vec![("members", Json::List(alternatives.collect()))];
                    let name = self.name(&ty.definition.name);
                    self.push(
                        name,
                        "alternate",
                        members,
                        ty.definition.cond.as_ref(),
                        &ty.definition.features,
                    );
                }
            },
        }
    }

    fn builtin(&mut self, name: &str, json_type: &str) {
        let members = vec![("json-type", Json::Text(json_type.to_owned()))];
        self.push(name.to_owned(), "builtin", members, None, &[]);
    }

    fn array(&mut self, element: String, cond: Option<&'a IfCond>) {
        let name = format!("[{element}]");
        self.push(name, "array", vec![("element-type", Json::Text(element))], cond, &[]);
    }

    fn enumeration(&mut self, ty: &'a EnumType) {
        let item = |value, cond, features| Element { value, cond, features };
        let members = ty.values.iter().map(|value| {
            let mut members = vec![("name", Json::Text(value.name.clone()))];
            members.extend(features(&value.features));
            item(Json::Object(members), value.cond.as_ref(), value.features.as_slice())
        });
        let values = ty.values.iter().map(|value| {
            item(Json::Text(value.name.clone()), value.cond.as_ref(), value.features.as_slice())
        });
        let members = vec![
            ("members", Json::List(members.collect())),
            ("values", Json::List(values.collect())),
        ];
        let name = self.name(&ty.definition.name);
        self.push(name, "enum", members, ty.definition.cond.as_ref(), &ty.definition.features);
    }

    fn object(&mut self, ty: &'a ObjectType) {
        let list = ty.members.iter().map(|member| self.member(member)).collect();
        let mut members = vec![("members", Json::List(list))];
        if let Some(branches) = &ty.branches {
            members.push(("tag", Json::Text(ty.members[branches.tag].name.clone())));
            let variants = branches.branches.iter().map(|branch| self.variant(branch)).collect();
            members.push(("variants", Json::List(variants)));
        }
        let name = self.name(&ty.definition.name);
        self.push(name, "object", members, ty.definition.cond.as_ref(), &ty.definition.features);
    }

    fn member(&mut self, member: &'a Member) -> Element<'a> {
        let mut members = vec![
            ("name", Json::Text(member.name.clone())),
            ("type", Json::Text(self.use_type(member.ty))),
        ];
        if member.optional {
            members.push(("default", Json::Null));
        }
        members.extend(features(&member.features));
        Element {
            value: Json::Object(members),
            cond: member.cond.as_ref(),
            features: &member.features,
        }
    }

    fn variant(&mut self, branch: &'a Branch) -> Element<'a> {
        let members = vec![
            ("case", Json::Text(branch.name.clone())),
            ("type", Json::Text(self.use_type(branch.ty))),
        ];
        Element { value: Json::Object(members), cond: branch.cond.as_ref(), features: &[] }
    }

    fn push(
        &mut self,
        name: String,
        meta_type: &str,
        rest: Vec<(&'static str, Json<'a>)>,
        cond: Option<&'a IfCond>,
        list: &'a [Feature],
    ) {
        let mut members =
            vec![("name", Json::Text(name)), ("meta-type", Json::Text(meta_type.to_owned()))];
        members.extend(rest);
        members.extend(features(list));
        self.items.push(Element { value: Json::Object(members), cond, features: list });
    }

    fn use_object(&mut self, ty: Option<TypeId>) -> Json<'a> {
        Json::Text(match ty {
            Some(ty) => self.use_type(ty),
            None => {
                self.list(UsedType::Empty);
                self.name(EMPTY)
            }
        })
    }

    /// Lists a type, and returns its name in the introspection data.
    fn use_type(&mut self, id: TypeId) -> String {
        let is_int =
            |id: TypeId| matches!(self.schema.ty(id), Type::Builtin(ty) if json_type(*ty) == "int");
        match self.schema.ty(id) {
            Type::Builtin(_) if is_int(id) => {
                self.list(UsedType::Int);
                "int".to_owned()
            }
            Type::Builtin(builtin) => {
                self.list(UsedType::Type(id));
                builtin.name().to_owned()
            }
            Type::Array(array) if is_int(array.element) => {
                self.list(UsedType::IntList);
                self.list(UsedType::Int);
                "[int]".to_owned()
            }
            Type::Array(array) => {
                self.list(UsedType::Type(id));
                format!("[{}]", self.use_type(array.element))
            }
            Type::Object(ty) if ty.definition.name == EMPTY => {
                self.list(UsedType::Empty);
                self.name(EMPTY)
            }
            ty => {
                self.list(UsedType::Type(id));
                self.name(ty.name())
            }
        }
    }

    fn list(&mut self, used: UsedType) {
        if self.known.insert(used) {
            self.used.push(used);
        }
    }

    fn name(&mut self, name: &'a str) -> String {
        if self.unmask {
            return name.to_owned();
        }
        let next = self.numbers.len();
        self.numbers.entry(name).or_insert(next).to_string()
    }
}

/// The type without members.
const EMPTY: &str = "q_empty";

fn features<'a>(features: &'a [Feature]) -> Option<(&'static str, Json<'a>)> {
    let item = |feature: &'a Feature| Element {
        value: Json::Text(feature.name.clone()),
        cond: feature.cond.as_ref(),
        features: &[],
    };
    (!features.is_empty()).then(|| ("features", Json::List(features.iter().map(item).collect())))
}

fn json_type(builtin: Builtin) -> &'static str {
    match builtin {
        Builtin::Str => "string",
        Builtin::Number => "number",
        Builtin::Bool => "boolean",
        Builtin::Any => "value",
        Builtin::Null => "null",
        _ => "int",
    }
}
