//! Commands: the types of their arguments, and what the runtime has to know of them.

use std::borrow::Cow;

use qapi_parser::schema::{Command, Definition, TypeId};

use super::struct_::Item;
use crate::context::Context;
use crate::docs::Subject;
use crate::source::{Source, line, literal, open};
use crate::ty::Scope;

/// Module `commands`.
pub(super) fn emit_commands(cx: &Context<'_>, out: &mut Source) {
    line!(out, "/// The commands: a type for the arguments of each.");
    open!(out, "pub mod commands {{");
    for command in cx.selection.commands(cx.schema) {
        emit_command(cx, out, command);
    }
    out.close("}");
    out.blank();
}

fn emit_command(cx: &Context<'_>, out: &mut Source, command: &Command) {
    let definition = &command.definition;
    let ident = cx.names.command(&definition.name);
    let arguments =
        if command.generate { Payload::new(cx, command.arguments) } else { Payload::Untyped };
    arguments.emit(cx, out, &ident, definition);

    cx.emit_presence(out, &presence(cx, definition));
    cx.emit_allow_deprecated(out, cx.deprecation(&definition.features).is_some());
    open!(out, "impl {}::Command for {ident} {{", cx.root);
    line!(out, "type Response = {};", response(cx, command));
    line!(
        out,
        "const INFO: &'static {root}::CommandInfo = &{root}::CommandInfo::new({}){}{};",
        literal(&definition.name),
        flags(command),
        cx.feature_calls(&definition.features),
        root = cx.root
    );
    out.close("}");
    out.blank();
}

/// Whether a command or event is there.
pub(super) fn presence(cx: &Context<'_>, definition: &Definition) -> crate::cond::Presence {
    cx.options.presence_with(definition.cond.as_ref(), &definition.features)
}

/// What a command returns in Rust.
pub(super) fn response<'a>(cx: &'a Context<'_>, command: &Command) -> Cow<'a, str> {
    match command.returns {
        _ if !command.generate => format!("{}::Value", cx.root).into(),
        Some(ty) => cx.ty(ty, Scope::Inner),
        None => "()".into(),
    }
}

fn flags(command: &Command) -> String {
    let flags = [
        (command.allow_oob, ".allow_oob()"),
        (command.allow_preconfig, ".allow_preconfig()"),
        (!command.success_response, ".no_success_response()"),
        (command.coroutine, ".coroutine()"),
        (!command.generate, ".untyped()"),
    ];
    flags.iter().filter(|(set, _)| *set).map(|(_, call)| *call).collect()
}

/// What the arguments of a command or the data of an event are.
pub(super) enum Payload {
    /// Nothing.
    Nothing,
    /// Members written in line.
    Inline(TypeId),
    /// A type with a name.
    Named(TypeId),
    /// Whatever comes.
    Untyped,
}

impl Payload {
    pub(super) fn new(cx: &Context<'_>, ty: Option<TypeId>) -> Payload {
        match ty {
            None => Payload::Nothing,
            Some(ty) if cx.is_named(ty) => Payload::Named(ty),
            Some(ty) => Payload::Inline(ty),
        }
    }

    /// The type called `ident` that holds it.
    pub(super) fn emit(
        &self,
        cx: &Context<'_>,
        out: &mut Source,
        ident: &str,
        definition: &Definition,
    ) {
        let rt = &cx.rt;
        let presence = presence(cx, definition);
        if let Payload::Inline(ty) = self {
            let members = &cx.schema.object(*ty).members;
            let item = Item { ident, owner: None, members, presence, scope: Scope::Inner };
            return item.emit(cx, out, definition);
        }
        let subject = Subject { cx, scope: Scope::Inner, definition, locals: &[] };
        let inner = match self {
            Payload::Named(ty) => Some(cx.ty(*ty, Scope::Inner)),
            Payload::Untyped => Some(format!("{}::Dict", cx.root).into()),
            Payload::Nothing | Payload::Inline(_) => None,
        };
        cx.emit_item(out, &subject, &presence);
        let default = if inner.is_none() { ", ::core::default::Default" } else { "" };
        line!(
            out,
            "#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq{default})]"
        );
        match &inner {
            Some(inner) => line!(out, "pub struct {ident}(pub {inner});"),
            None => line!(out, "pub struct {ident};"),
        }
        out.blank();
        cx.emit_presence(out, &presence);
        match &inner {
            Some(inner) => line!(out, "{rt}::newtype!({ident}({inner}));"),
            None => line!(out, "{rt}::unit!({ident});"),
        }
        out.blank();
    }
}
