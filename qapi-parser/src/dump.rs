//! The text form of a schema that QEMU's test suite compares: entities, then documentation.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write};

use crate::cond::IfCond;
use crate::doc::{DocBlock, DocMember, SectionKind};
use crate::schema::{
    AlternateType, ArrayType, Branch, Command, Definition, Entity, EnumType, Event, Feature,
    ObjectOrigin, ObjectType, Schema, Type, TypeId,
};

/// Adds a formatted line.
macro_rules! line {
    ($out:expr, $($format:tt)*) => {
        // Writing to a string does not fail.
        _ = writeln!($out, $($format)*)
    };
}

/// Returns the schema in the text form of QEMU's test suite.
///
/// ```
/// use qapi_parser::{Options, dump, parse_text};
///
/// let text = "{ 'event': 'TICK', 'data': { '*count': 'int' } }";
/// let dump = dump(&parse_text("clock.json", text, Options::new())?.schema);
/// assert!(dump.contains("event TICK q_obj_TICK-arg\n    boxed=False\n"));
/// assert!(dump.contains("    member count: int optional=True\n"));
/// # Ok::<(), qapi_parser::Error>(())
/// ```
#[must_use]
pub fn dump(schema: &Schema) -> String {
    let mut dump = Dump { schema, out: String::new() };
    for module in schema.modules() {
        line!(dump.out, "module {}", module.name);
        module.entities.iter().for_each(|entity| dump.entity(entity));
    }
    let mut out = dump.out;
    let undocumented = Undocumented::new(schema);
    for (index, block) in schema.docs().iter().enumerate() {
        dump_doc(&mut out, block, undocumented.names(index, block));
    }
    out
}

struct Dump<'a> {
    schema: &'a Schema,
    out: String,
}

/// Returns `True` or `False`.
fn flag(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// A condition as QEMU writes it: symbols quoted, except one that stands alone.
struct Cond<'a>(&'a IfCond);

impl fmt::Display for Cond<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list(f: &mut fmt::Formatter<'_>, operator: &str, conds: &[IfCond]) -> fmt::Result {
            write!(f, "{{'{operator}': [")?;
            for (index, cond) in conds.iter().enumerate() {
                if index > 0 {
                    f.write_str(", ")?;
                }
                nested(f, cond)?;
            }
            f.write_str("]}")
        }
        fn nested(f: &mut fmt::Formatter<'_>, cond: &IfCond) -> fmt::Result {
            match cond {
                IfCond::Symbol(symbol) => write!(f, "'{symbol}'"),
                IfCond::All(conds) => list(f, "all", conds),
                IfCond::Any(conds) => list(f, "any", conds),
                IfCond::Not(cond) => {
                    f.write_str("{'not': ")?;
                    nested(f, cond)?;
                    f.write_str("}")
                }
            }
        }
        match self.0 {
            IfCond::Symbol(symbol) => f.write_str(symbol),
            cond => nested(f, cond),
        }
    }
}

impl<'a> Dump<'a> {
    fn type_name(&self, ty: Option<TypeId>) -> &'a str {
        ty.map_or("None", |ty| self.schema.ty(ty).name())
    }

    fn cond(&mut self, cond: &Option<IfCond>, indent: usize) {
        if let Some(cond) = cond {
            line!(self.out, "{:indent$}if {}", "", Cond(cond));
        }
    }

    fn features(&mut self, features: &[Feature], indent: usize) {
        for feature in features {
            line!(self.out, "{:indent$}feature {}", "", feature.name);
            self.cond(&feature.cond, indent + 4);
        }
    }

    /// Writes the lines at the end of every definition.
    fn end(&mut self, definition: &Definition) {
        self.cond(&definition.cond, 4);
        self.features(&definition.features, 4);
    }

    fn cases(&mut self, tag: &str, branches: &[Branch]) {
        line!(self.out, "    tag {tag}");
        for branch in branches {
            line!(self.out, "    case {}: {}", branch.name, self.schema.ty(branch.ty).name());
            self.cond(&branch.cond, 8);
        }
    }
}

impl Dump<'_> {
    fn entity(&mut self, entity: &Entity) {
        let schema = self.schema;
        match *entity {
            Entity::Include(id) => line!(self.out, "include {}", schema.module(id).name),
            Entity::Command(id) => self.command(schema.command(id)),
            Entity::Event(id) => self.event(schema.event(id)),
            Entity::Type(id) => match schema.ty(id) {
                Type::Builtin(_) => {}
                Type::Enum(ty) => self.enum_type(ty),
                Type::Array(ty) => self.array_type(ty),
                Type::Object(ty) => self.object_type(ty),
                Type::Alternate(ty) => self.alternate_type(ty),
            },
        }
    }

    fn enum_type(&mut self, ty: &EnumType) {
        line!(self.out, "enum {}", ty.definition.name);
        if let Some(prefix) = ty.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            line!(self.out, "    prefix {prefix}");
        }
        for value in &ty.values {
            line!(self.out, "    member {}", value.name);
            self.cond(&value.cond, 8);
            self.features(&value.features, 8);
        }
        self.end(&ty.definition);
    }

    fn array_type(&mut self, ty: &ArrayType) {
        let element = self.schema.ty(ty.element);
        if let Type::Builtin(_) = element {
            return;
        }
        line!(self.out, "array {} {}", ty.name, element.name());
        if let Some(definition) = element.definition() {
            self.cond(&definition.cond, 4);
        }
    }

    fn object_type(&mut self, ty: &ObjectType) {
        line!(self.out, "object {}", ty.definition.name);
        if ty.base.is_some() {
            let base = self.type_name(ty.base);
            line!(self.out, "    base {base}");
        }
        for member in &ty.local_members {
            let of = self.schema.ty(member.ty).name();
            line!(self.out, "    member {}: {of} optional={}", member.name, flag(member.optional));
            self.cond(&member.cond, 8);
            self.features(&member.features, 8);
        }
        if let Some(branches) = &ty.branches {
            self.cases(&ty.members[branches.tag].name, &branches.branches);
        }
        self.end(&ty.definition);
    }

    fn alternate_type(&mut self, ty: &AlternateType) {
        line!(self.out, "alternate {}", ty.definition.name);
        self.cases("type", &ty.alternatives);
        self.end(&ty.definition);
    }

    fn command(&mut self, command: &Command) {
        let (arguments, returns) =
            (self.type_name(command.arguments), self.type_name(command.returns));
        line!(self.out, "command {} {arguments} -> {returns}", command.definition.name);
        line!(
            self.out,
            "    gen={} success_response={} boxed={} oob={} preconfig={}{}",
            flag(command.flags.generate),
            flag(command.flags.success_response),
            flag(command.flags.boxed),
            flag(command.flags.allow_oob),
            flag(command.flags.allow_preconfig),
            if command.flags.coroutine { " coroutine=True" } else { "" },
        );
        self.end(&command.definition);
    }

    fn event(&mut self, event: &Event) {
        let data = self.type_name(event.data);
        line!(self.out, "event {} {data}", event.definition.name);
        line!(self.out, "    boxed={}", flag(event.boxed));
        self.end(&event.definition);
    }
}

/// The names that each documentation block may describe, by the block's index.
struct Undocumented<'a> {
    parts: HashMap<usize, Vec<&'a str>>,
}

impl<'a> Undocumented<'a> {
    fn new(schema: &'a Schema) -> Self {
        let members_of = |id: TypeId, origin: ObjectOrigin| match schema.ty(id) {
            Type::Object(object) if object.origin == origin => {
                object.local_members.iter().map(|member| member.name.as_str()).collect()
            }
            _ => Vec::new(),
        };
        let arguments = |id: Option<TypeId>| {
            id.map(|id| members_of(id, ObjectOrigin::Arguments)).unwrap_or_default()
        };
        let types = schema.types().filter_map(|(_, ty)| {
            let parts = match ty {
                Type::Builtin(_) | Type::Array(_) => return None,
                Type::Enum(ty) => ty.values.iter().map(|value| value.name.as_str()).collect(),
                Type::Alternate(ty) => {
                    ty.alternatives.iter().map(|branch| branch.name.as_str()).collect()
                }
                Type::Object(ty) => {
                    let base = ty.base.map(|base| members_of(base, ObjectOrigin::Base));
                    let local = ty.local_members.iter().map(|member| member.name.as_str());
                    base.unwrap_or_default().into_iter().chain(local).collect()
                }
            };
            Some((ty.definition()?.doc?, parts))
        });
        let commands = schema
            .commands()
            .iter()
            .filter_map(|command| Some((command.definition.doc?, arguments(command.arguments))));
        let events = schema
            .events()
            .iter()
            .filter_map(|event| Some((event.definition.doc?, arguments(event.data))));
        let parts =
            types.chain(commands).chain(events).map(|(doc, parts)| (doc.index(), parts)).collect();
        Undocumented { parts }
    }

    /// Returns the members that `block` leaves out.
    fn names(&self, index: usize, block: &DocBlock) -> Vec<&'a str> {
        let documented: HashSet<&str> =
            block.members.iter().map(|entry| entry.name.text.as_str()).collect();
        let parts = self.parts.get(&index).into_iter().flatten();
        parts.copied().filter(|name| !documented.contains(name)).collect()
    }
}

fn dump_doc(out: &mut String, block: &DocBlock, undocumented: Vec<&str>) {
    match &block.symbol {
        Some(symbol) => line!(out, "doc symbol={}", symbol.text),
        None => line!(out, "doc freeform"),
    }
    line!(out, "    body=\n{}", block.body.text);
    for DocMember { name, text } in &block.members {
        line!(out, "    arg={}\n{}", name.text, text.text);
    }
    for name in undocumented {
        line!(out, "    arg={name}\n");
    }
    for DocMember { name, text } in &block.features {
        line!(out, "    feature={}\n{}", name.text, text.text);
    }
    for section in &block.sections {
        let kind = match section.kind {
            SectionKind::Returns => "Returns",
            SectionKind::Errors => "Errors",
            SectionKind::Since => "Since",
            SectionKind::Todo => "Todo",
            SectionKind::Plain | SectionKind::Note | SectionKind::Example => "Plain",
        };
        line!(out, "    section={kind}\n{}", section.text.text);
    }
}
