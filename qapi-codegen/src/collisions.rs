//! Collisions: two names of the schema that would become the same identifier.

use std::collections::HashMap;

use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::schema::{Definition, Member, Type};
use qapi_parser::source::Span;

use crate::context::Context;
use crate::error::DefinitionError;

/// Rust's built-in types. Generated code, and macros of the runtime in it, use them by these names.
const BUILT_IN: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

/// A scope of Rust in which identifiers must differ.
struct Namespace<'a> {
    diagnostics: &'a mut Diagnostics,
    context: String,
    taken: HashMap<String, (String, Option<Span>)>,
}

impl<'a> Namespace<'a> {
    fn new(diagnostics: &'a mut Diagnostics, context: impl Into<String>) -> Self {
        Self { diagnostics, context: context.into(), taken: HashMap::new() }
    }

    /// Makes a namespace of types, which must leave Rust's built-in types their names.
    fn of_types(diagnostics: &'a mut Diagnostics) -> Self {
        let mut names = Self::new(diagnostics, "");
        for name in BUILT_IN {
            names.take(name, format!("Rust's built-in type `{name}`"), None);
        }
        names
    }

    /// Takes `ident` for `what`, such as `command 'migrate'`.
    fn take(&mut self, ident: impl ToString, what: impl Into<String>, span: Option<Span>) {
        let (ident, what) = (ident.to_string(), what.into());
        // `r#x` and `x` are the same.
        let key = ident.trim_start_matches("r#").to_owned();
        let Some((other, other_span)) = self.taken.get(&key) else {
            self.taken.insert(key, (what, span));
            return;
        };
        let error = DefinitionError::NameCollision { first: other.clone(), second: what, ident };
        let place = span.or(*other_span);
        let mut diagnostic = error.at(place);
        if !self.context.is_empty() && place.is_some() {
            diagnostic = diagnostic.in_context(&self.context);
        }
        if let Some(other_span) = other_span.filter(|&other| Some(other) != place) {
            diagnostic = diagnostic.with_label(other_span, format!("{other} is here"));
        }
        self.diagnostics.push(diagnostic);
    }
}

/// Reports names that would become the same identifier in one scope.
pub(crate) fn check_collisions(cx: &Context<'_>, diagnostics: &mut Diagnostics) {
    check_types(cx, diagnostics);
    for id in cx.selection.types(cx.schema) {
        match cx.schema.ty(id) {
            Type::Builtin(_) | Type::Array(_) => {}
            Type::Enum(ty) => {
                let mut names =
                    Namespace::new(diagnostics, format!("enum '{}'", ty.definition.name));
                for value in &ty.values {
                    names.take(
                        cx.names.value(ty, value),
                        format!("value '{}'", value.name),
                        value.span,
                    );
                }
            }
            Type::Alternate(ty) => {
                let mut names =
                    Namespace::new(diagnostics, format!("alternate '{}'", ty.definition.name));
                for branch in &ty.alternatives {
                    let ident = cx.names.variant(&ty.definition.name, &branch.name);
                    names.take(ident, format!("alternative '{}'", branch.name), branch.span);
                }
            }
            Type::Object(ty) => {
                let kind = if ty.branches.is_some() { "union" } else { "struct" };
                check_members(cx, kind, &ty.definition, &ty.members, diagnostics);
            }
        }
    }
    check_entities(cx, diagnostics);
}

fn check_types(cx: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut names = Namespace::of_types(diagnostics);
    for module in ["commands", "events", "prelude", "schema", "server"] {
        names.take(module, format!("the generated module `{module}`"), None);
    }
    for id in cx.selection.types(cx.schema) {
        let ty = cx.schema.ty(id);
        let span = ty.definition().and_then(|definition| definition.span);
        names.take(cx.names.ty(id), format!("type '{}'", ty.name()), span);
        if let Type::Object(object) = ty
            && object.branches.is_some()
            && object.members.len() > 1
        {
            names.take(
                cx.names.branch_enum(id),
                format!("the branch enum of union '{}'", ty.name()),
                span,
            );
        }
    }
}

fn check_members(
    cx: &Context<'_>,
    kind: &str,
    definition: &Definition,
    members: &[Member],
    diagnostics: &mut Diagnostics,
) {
    let mut names = Namespace::new(diagnostics, format!("{kind} '{}'", definition.name));
    for member in members {
        let ident = cx.names.member(&definition.name, member);
        names.take(ident, format!("member '{}'", member.name), member.span);
    }
}

fn check_entities(cx: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut names = Namespace::of_types(diagnostics);
    let mut methods = Vec::new();
    for command in cx.selection.commands(cx.schema) {
        let name = &command.definition.name;
        names.take(cx.names.command(name), format!("command '{name}'"), command.definition.span);
        methods.push((cx.names.method(name), name, command.definition.span));
    }
    let mut names = Namespace::new(diagnostics, "");
    for (method, name, span) in methods {
        names.take(method, format!("command '{name}'"), span);
    }
    let mut names = Namespace::of_types(diagnostics);
    names.take("Event", "the enum of all events", None);
    names.take("Unknown", "the variant for unknown events", None);
    for event in cx.selection.events(cx.schema) {
        let name = &event.definition.name;
        names.take(cx.names.event(name), format!("event '{name}'"), event.definition.span);
    }
    let inline = |ty: Option<qapi_parser::schema::TypeId>| {
        ty.filter(|&ty| !cx.is_named(ty)).map(|ty| &cx.schema.object(ty).members)
    };
    for command in cx.selection.commands(cx.schema).filter(|command| command.flags.generate) {
        if let Some(members) = inline(command.arguments) {
            check_members(cx, "command", &command.definition, members, diagnostics);
        }
    }
    for event in cx.selection.events(cx.schema) {
        if let Some(members) = inline(event.data) {
            check_members(cx, "event", &event.definition, members, diagnostics);
        }
    }
}
