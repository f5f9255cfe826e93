//! What a server implements: command traits, sync and async, and their dispatch tables.

use qapi_parser::schema::{Command, ModuleId};

use super::command::{Payload, presence, response};
use crate::context::Context;
use crate::docs::Subject;
use crate::source::{Source, line, literal, open};
use crate::ty::Scope;

/// How a method answers.
#[derive(Clone, Copy, PartialEq)]
enum Flavour {
    Sync,
    Async,
}

impl Flavour {
    /// What goes before a trait's name.
    fn prefix(self) -> &'static str {
        if self == Flavour::Async { "Async" } else { "" }
    }

    /// What goes before a table's name.
    fn table_prefix(self) -> &'static str {
        if self == Flavour::Async { "async_" } else { "" }
    }
}

/// Module `server`.
pub(super) fn emit_server(cx: &Context<'_>, out: &mut Source) {
    line!(
        out,
        "/// What a server implements: a trait for the commands of each module of the schema."
    );
    line!(out, "/// Commands that it leaves out are answered as unknown ones are.");
    open!(out, "pub mod server {{");
    let modules: Vec<ModuleId> = cx.command_modules().map(|(id, _)| id).collect();
    for flavour in [Flavour::Sync, Flavour::Async] {
        for &module in &modules {
            let commands: Vec<&Command> = cx
                .selection
                .commands(cx.schema)
                .filter(|command| command.definition.module == module)
                .collect();
            let deprecated = commands
                .iter()
                .any(|command| cx.deprecation(&command.definition.features).is_some());
            emit_trait(cx, out, flavour, module, &commands, deprecated);
            emit_table(cx, out, flavour, module, &commands, deprecated);
        }
        emit_all_tables(cx, out, flavour, &modules);
    }
    out.close("}");
    out.blank();
}

fn trait_name(cx: &Context<'_>, flavour: Flavour, module: ModuleId) -> String {
    format!("{}{}", flavour.prefix(), cx.names.command_trait(module))
}

fn emit_trait(
    cx: &Context<'_>,
    out: &mut Source,
    flavour: Flavour,
    module: ModuleId,
    commands: &[&Command],
    deprecated: bool,
) {
    line!(out, "/// The commands of `{}`.", cx.schema.module(module).name);
    cx.emit_allow_deprecated(out, deprecated);
    // A server may well have more arguments than it uses, and none of its own state.
    let bound = if flavour == Flavour::Async { ": ::core::marker::Sync" } else { "" };
    open!(out, "pub trait {}{bound} {{", trait_name(cx, flavour, module));
    for command in commands {
        emit_method(cx, out, flavour, command);
    }
    out.close("}");
    out.blank();
}

fn emit_method(cx: &Context<'_>, out: &mut Source, flavour: Flavour, command: &Command) {
    let root = cx.root;
    let definition = &command.definition;
    let arguments = arguments(cx, command);
    let subject = Subject { cx, scope: Scope::Inner, definition, locals: &[] };
    let summary = subject.summary();
    if !summary.is_empty() {
        out.doc(&summary);
        line!(out, "///");
    }
    let ident = cx.names.command(&definition.name);
    match presence(cx, definition).is_always() {
        true => line!(out, "/// Command [`{}`](super::commands::{ident}).", definition.name),
        false => line!(out, "/// Command `{}`.", definition.name),
    }
    cx.emit_presence(out, &presence(cx, definition));
    let method = cx.names.method(&definition.name);
    let result = format!("::core::result::Result<{}, {root}::QmpError>", response(cx, command));
    let used = if arguments.is_some() { "(cx, arguments)" } else { "cx" };
    let refuse = format!(
        "::core::result::Result::Err({root}::QmpError::command_not_found({}))",
        literal(&definition.name)
    );
    open!(out, "fn {method}(");
    line!(out, "&self,");
    line!(out, "cx: &{root}::Context<'_>,");
    if let Some(ty) = &arguments {
        line!(out, "arguments: {ty},");
    }
    let (returned, answer) = match flavour {
        Flavour::Sync => (result, refuse),
        Flavour::Async => (
            format!("impl ::core::future::Future<Output = {result}> + ::core::marker::Send"),
            format!("::core::future::ready({refuse})"),
        ),
    };
    out.close(&format!(") -> {returned} {{"));
    out.indented(|out| {
        line!(out, "let _ = {used};");
        line!(out, "{answer}");
    });
    line!(out, "}}");
    out.blank();
}

/// The type of a method's `arguments`.
fn arguments(cx: &Context<'_>, command: &Command) -> Option<String> {
    if !command.generate {
        return Some(format!("{}::Dict", cx.root));
    }
    match Payload::new(cx, command.arguments) {
        Payload::Nothing => None,
        Payload::Named(ty) => Some(cx.ty(ty, Scope::Inner).into_owned()),
        Payload::Inline(_) | Payload::Untyped => {
            Some(format!("super::commands::{}", cx.names.command(&command.definition.name)))
        }
    }
}

fn emit_table(
    cx: &Context<'_>,
    out: &mut Source,
    flavour: Flavour,
    module: ModuleId,
    commands: &[&Command],
    deprecated: bool,
) {
    let root = cx.root;
    let name = trait_name(cx, flavour, module);
    line!(out, "/// Dispatches the commands of [`{name}`].");
    cx.emit_allow_deprecated(out, deprecated);
    open!(
        out,
        "pub fn {}{}<H: {name} + 'static>() -> &'static [{root}::{}Handler<H>] {{",
        flavour.table_prefix(),
        cx.names.command_table(module),
        flavour.prefix()
    );
    open!(out, "const {{");
    open!(out, "&[");
    for command in commands {
        let definition = &command.definition;
        let ident = cx.names.command(&definition.name);
        let method = cx.names.method(&definition.name);
        cx.emit_presence(out, &presence(cx, definition));
        let takes_inner = !command.generate || command.arguments.is_some_and(|ty| cx.is_named(ty));
        let (argument, inner) = match arguments(cx, command) {
            Some(_) if takes_inner => (", arguments", ".0"),
            Some(_) => (", arguments", ""),
            None => ("", ""),
        };
        let read = if argument.is_empty() {
            format!("call.arguments::<super::commands::{ident}>()?;")
        } else {
            format!("let arguments = call.arguments::<super::commands::{ident}>()?{inner};")
        };
        let info = format!("<super::commands::{ident} as {root}::Command>::INFO");
        let wait = if flavour == Flavour::Async { ".await" } else { "" };
        let run = format!("handler.{method}(call.context(){argument}){wait}?;");
        let body = |out: &mut Source| {
            line!(out, "{read}");
            if response(cx, command) == "()" {
                line!(out, "{run}");
                line!(out, "call.reply(())");
            } else {
                line!(out, "let response = {run}");
                line!(out, "call.reply(response)");
            }
        };
        match flavour {
            Flavour::Sync => {
                open!(out, "{root}::Handler::new({info}, |handler, call| {{");
                body(out);
                out.close("}),");
            }
            Flavour::Async => {
                open!(out, "{root}::AsyncHandler::new({info}, |handler, call| {{");
                open!(out, "::std::boxed::Box::pin(async move {{");
                body(out);
                out.close("})");
                out.close("}),");
            }
        }
    }
    out.close("]");
    out.close("}");
    out.close("}");
    out.blank();
}

/// Every table of a flavour, for servers that implement all traits.
fn emit_all_tables(cx: &Context<'_>, out: &mut Source, flavour: Flavour, modules: &[ModuleId]) {
    let prefix = flavour.prefix();
    let bounds: Vec<String> =
        modules.iter().map(|&module| trait_name(cx, flavour, module)).collect();
    let bounds =
        if bounds.is_empty() { String::new() } else { format!("{} + ", bounds.join(" + ")) };
    line!(out, "/// The dispatch tables of all modules.");
    open!(
        out,
        "pub fn {}commands<H: {bounds}'static>() -> [&'static [{}::{prefix}Handler<H>]; {}] {{",
        flavour.table_prefix(),
        cx.root,
        modules.len()
    );
    let tables: Vec<String> = modules
        .iter()
        .map(|&module| format!("{}{}()", flavour.table_prefix(), cx.names.command_table(module)))
        .collect();
    line!(out, "[{}]", tables.join(", "));
    out.close("}");
    out.blank();
}
