//! The interface that a `query-qmp-schema` reply describes.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::change::Place;
use super::model::{
    Alternative, Branch, Command, EnumValue, Event, Interface, Member, Object, Scalar, Shape,
    TypeIndex, TypeInfo, own_name,
};

/// Returns true for text that begins like a `query-qmp-schema` reply, and so is no schema: the
/// array of its entities, or the whole reply with its `return`.
pub fn is_reply(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let first_key = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    text.starts_with(b"[")
        || first_key.is_some_and(|key| key.starts_with(b"\"return\"") || key.starts_with(b"\"id\""))
}

/// A fault in a `query-qmp-schema` reply.
#[derive(Debug)]
pub struct ReplyError {
    file: Arc<str>,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    Json(serde_json::Error),
    Entity { element: String, message: String },
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Json(_) => write!(f, "{}: not a query-qmp-schema reply", self.file),
            Fault::Entity { element, message } => write!(f, "{}:{element}: {message}", self.file),
        }
    }
}

impl std::error::Error for ReplyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            Fault::Json(error) => Some(error),
            Fault::Entity { .. } => None,
        }
    }
}

impl Interface {
    /// Reads the array of entities, or the whole reply with its `return`. `file` names the text in
    /// places and errors.
    ///
    /// # Errors
    /// If the text is no JSON, lacks a part, or uses a type that it does not list.
    pub fn from_reply(file: &str, text: &[u8]) -> Result<Interface, ReplyError> {
        let file: Arc<str> = file.into();
        let parsed = if text.trim_ascii_start().starts_with(b"[") {
            serde_json::from_slice(text).map(|entities| (entities, ""))
        } else {
            serde_json::from_slice(text).map(|reply: Reply| (reply.entities, "return"))
        };
        let (entities, root): (Vec<SchemaInfo>, _) = parsed
            .map_err(|error| ReplyError { file: Arc::clone(&file), fault: Fault::Json(error) })?;
        let reader = ReplyReader { file: &file, root, types: HashMap::new() };
        let interface = reader.interface(&entities);
        interface.map_err(|(element, message)| {
            let element = format!("{root}{element}");
            ReplyError { file, fault: Fault::Entity { element, message } }
        })
    }
}

#[derive(Deserialize)]
struct Reply {
    #[serde(rename = "return")]
    entities: Vec<SchemaInfo>,
}

/// A command, event or type, under QEMU's name for it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct SchemaInfo {
    name: String,
    meta_type: String,
    #[serde(default)]
    features: Vec<String>,
    json_type: Option<String>,
    element_type: Option<String>,
    members: Option<Vec<SchemaInfoPart>>,
    values: Option<Vec<String>>,
    tag: Option<String>,
    #[serde(default)]
    variants: Vec<SchemaInfoVariant>,
    arg_type: Option<String>,
    ret_type: Option<String>,
    #[serde(default)]
    allow_oob: bool,
}

/// A member of an object, a value of an enum, or an alternative.
#[derive(Deserialize)]
struct SchemaInfoPart {
    name: Option<String>,
    #[serde(rename = "type")]
    ty: Option<String>,
    #[serde(default, rename = "default", deserialize_with = "is_present")]
    optional: bool,
    #[serde(default)]
    features: Vec<String>,
}

/// A branch of an object.
#[derive(Deserialize)]
struct SchemaInfoVariant {
    case: String,
    #[serde(rename = "type")]
    ty: String,
}

fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// The place in the array of entities, and the fault there.
type EntityFault = (String, String);

struct ReplyReader<'a> {
    file: &'a Arc<str>,
    root: &'static str,
    types: HashMap<&'a str, TypeIndex>,
}

impl<'a> ReplyReader<'a> {
    fn interface(mut self, entities: &'a [SchemaInfo]) -> Result<Interface, EntityFault> {
        let (mut commands, mut events, mut types) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let mut places = Vec::new();
        for (number, entity) in entities.iter().enumerate() {
            if matches!(entity.meta_type.as_str(), "command" | "event") {
                continue;
            }
            if self.types.insert(&entity.name, places.len()).is_some() {
                return Err((format!("[{number}]"), format!("second type '{}'", entity.name)));
            }
            places.push(number);
        }
        for (number, entity) in entities.iter().enumerate() {
            let at = format!("[{number}]");
            let name = &entity.name;
            let is_new = match entity.meta_type.as_str() {
                "command" => commands.insert(name.clone(), self.command(entity, &at)?).is_none(),
                "event" => events.insert(name.clone(), self.event(entity, &at)?).is_none(),
                _ => {
                    types.push(self.type_info(entity, &at)?);
                    true
                }
            };
            if !is_new {
                return Err((at, format!("second {} '{name}'", entity.meta_type)));
            }
        }
        check_arrays(&types, &places)?;
        Ok(Interface { commands, events, types })
    }

    fn command(&self, entity: &SchemaInfo, at: &str) -> Result<Command, EntityFault> {
        Ok(Command {
            arguments: self.needed_type(&entity.arg_type, "arg-type", at)?,
            returns: self.needed_type(&entity.ret_type, "ret-type", at)?,
            allow_oob: entity.allow_oob,
            features: entity.features.iter().cloned().collect(),
            place: self.place(at),
        })
    }

    fn event(&self, entity: &SchemaInfo, at: &str) -> Result<Event, EntityFault> {
        Ok(Event {
            data: self.needed_type(&entity.arg_type, "arg-type", at)?,
            features: entity.features.iter().cloned().collect(),
            place: self.place(at),
        })
    }

    fn type_info(&self, entity: &SchemaInfo, at: &str) -> Result<TypeInfo, EntityFault> {
        let shape = match entity.meta_type.as_str() {
            "builtin" => Shape::Scalar(scalar(needed(&entity.json_type, "json-type", at)?, at)?),
            "array" => Shape::Array(self.needed_type(&entity.element_type, "element-type", at)?),
            "enum" => Shape::Enum(self.values(entity, at)?),
            "object" => Shape::Object(self.object(entity, at)?),
            "alternate" => {
                let members = parts(needed(&entity.members, "members", at)?, "members", at);
                let alternatives = members.map(|(part, at)| {
                    let ty = self.needed_type(&part.ty, "type", &at)?;
                    Ok(Alternative { ty, place: self.place(&at) })
                });
                Shape::Alternate(alternatives.collect::<Result<_, EntityFault>>()?)
            }
            other => return Err((at.to_owned(), format!("unknown meta-type '{other}'"))),
        };
        let is_builtin = matches!(shape, Shape::Scalar(_) | Shape::Array(_));
        Ok(TypeInfo {
            name: own_name(&entity.name).filter(|_| !is_builtin),
            shape,
            features: entity.features.iter().cloned().collect(),
            place: self.place(at),
        })
    }

    /// Reads the values of an enum; replies before QEMU 6.2 have `values` only.
    fn values(
        &self,
        entity: &SchemaInfo,
        at: &str,
    ) -> Result<BTreeMap<String, EnumValue>, EntityFault> {
        let Some(members) = &entity.members else {
            let values = needed(&entity.values, "members", at)?.iter().enumerate();
            let values = values.map(|(number, name)| {
                let at = format!("{at}.values[{number}]");
                let place = self.place(&at);
                Ok((at, name.clone(), EnumValue { features: Default::default(), place }))
            });
            return by_name(values, "value");
        };
        let values = parts(members, "members", at).map(|(part, at)| {
            let features = part.features.iter().cloned().collect();
            let value = EnumValue { features, place: self.place(&at) };
            let name = needed(&part.name, "name", &at)?.clone();
            Ok((at, name, value))
        });
        by_name(values, "value")
    }

    fn object(&self, entity: &SchemaInfo, at: &str) -> Result<Object, EntityFault> {
        let members = needed(&entity.members, "members", at)?;
        let members = parts(members, "members", at).map(|(part, at)| {
            let member = Member {
                ty: self.needed_type(&part.ty, "type", &at)?,
                optional: part.optional,
                features: part.features.iter().cloned().collect(),
                place: self.place(&at),
            };
            let name = needed(&part.name, "name", &at)?.clone();
            Ok((at, name, member))
        });
        let branches = parts(&entity.variants, "variants", at).map(|(variant, at)| {
            let branch = Branch { ty: self.ty(&variant.ty, &at)?, place: self.place(&at) };
            Ok((at, variant.case.clone(), branch))
        });
        Ok(Object {
            members: by_name(members, "member")?,
            tag: entity.tag.clone(),
            branches: by_name(branches, "branch")?,
        })
    }

    fn needed_type(
        &self,
        name: &Option<String>,
        key: &str,
        at: &str,
    ) -> Result<TypeIndex, EntityFault> {
        self.ty(needed(name, key, at)?, at)
    }

    fn ty(&self, name: &str, at: &str) -> Result<TypeIndex, EntityFault> {
        let found = self.types.get(name).copied();
        found.ok_or_else(|| (at.to_owned(), format!("type '{name}' is not listed")))
    }

    fn place(&self, at: &str) -> Option<Place> {
        let element = format!("{}{at}", self.root);
        Some(Place::Entity { file: Arc::clone(self.file), element })
    }
}

/// Collects the parts of a type by name, which must differ. Each part comes with its place.
fn by_name<T>(
    parts: impl Iterator<Item = Result<(String, String, T), EntityFault>>,
    kind: &str,
) -> Result<BTreeMap<String, T>, EntityFault> {
    let mut named = BTreeMap::new();
    for part in parts {
        let (at, name, part) = part?;
        if named.contains_key(&name) {
            return Err((at, format!("second {kind} '{name}'")));
        }
        named.insert(name, part);
    }
    Ok(named)
}

fn needed<'b, T>(value: &'b Option<T>, key: &str, at: &str) -> Result<&'b T, EntityFault> {
    value.as_ref().ok_or_else(|| (at.to_owned(), format!("member '{key}' is missing")))
}

fn parts<'b, T>(list: &'b [T], key: &str, at: &str) -> impl Iterator<Item = (&'b T, String)> {
    list.iter().enumerate().map(move |(number, part)| (part, format!("{at}.{key}[{number}]")))
}

fn scalar(json_type: &str, at: &str) -> Result<Scalar, EntityFault> {
    Ok(match json_type {
        "string" => Scalar::String,
        "int" => Scalar::Integer(None),
        "number" => Scalar::Number,
        "boolean" => Scalar::Boolean,
        "null" => Scalar::Null,
        "value" => Scalar::Any,
        other => return Err((at.to_owned(), format!("unknown json-type '{other}'"))),
    })
}

/// Refuses arrays that consist of arrays without end.
fn check_arrays(types: &[TypeInfo], places: &[usize]) -> Result<(), EntityFault> {
    let mut is_finite = vec![false; types.len()];
    for (first, place) in places.iter().enumerate() {
        let (mut chain, mut at) = (Vec::new(), first);
        while let Shape::Array(element) = types[at].shape
            && !is_finite[at]
        {
            // A chain longer than the list of types has a type twice.
            if chain.len() > types.len() {
                return Err((format!("[{place}]"), "array contains itself".to_owned()));
            }
            chain.push(at);
            at = element;
        }
        chain.into_iter().for_each(|ty| is_finite[ty] = true);
    }
    Ok(())
}
