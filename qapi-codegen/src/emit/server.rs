//! Servers: command traits, sync and async, and their dispatch tables.

use proc_macro2::{Ident, Span, TokenStream};
use qapi_parser::schema::{Command, ModuleId};
use quote::quote;

use super::command::{Payload, arguments, response};
use crate::attrs::AllowDeprecated;
use crate::context::Context;
use crate::docs::{Doc, Subject};
use crate::ty::Scope;

/// The form of a server's methods.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Sync,
    Async,
}

impl Mode {
    fn is_async(self) -> bool {
        self == Mode::Async
    }

    /// Returns the word before the names of traits and tables.
    fn prefix(self) -> &'static str {
        if self.is_async() { "async" } else { "" }
    }

    /// Returns the runtime's method that runs a command.
    fn run(self) -> Ident {
        Ident::new(if self.is_async() { "run_async" } else { "run" }, Span::call_site())
    }

    /// Returns the runtime's type of a table's entries.
    fn handler(self) -> Ident {
        Ident::new(if self.is_async() { "AsyncHandler" } else { "Handler" }, Span::call_site())
    }
}

/// The commands of a module, in a mode.
struct Commands<'a> {
    cx: &'a Context<'a>,
    mode: Mode,
    module: ModuleId,
    commands: Vec<&'a Command>,
    allow_deprecated: AllowDeprecated,
}

/// Emits module `server`.
pub(super) fn emit_server(cx: &Context<'_>) -> TokenStream {
    let modules: Vec<ModuleId> = cx.command_modules().map(|(id, _)| id).collect();
    let emit = |mode: Mode| {
        let modules_items = modules.iter().map(|&module| {
            let commands = Commands::new(cx, mode, module);
            let (trait_, table) = (commands.emit_trait(), commands.emit_table());
            quote!(#trait_ #table)
        });
        let all_tables = emit_all_tables(cx, mode, &modules);
        quote!(#(#modules_items)* #all_tables)
    };
    let (sync, async_) = (emit(Mode::Sync), emit(Mode::Async));
    quote! {
        /// The traits that a server implements, one for the commands of each schema file, and
        /// functions that return their dispatch tables.
        ///
        /// A command without a method of the server's own is answered like an unknown one. The
        /// asynchronous form of each trait has the same name after `Async`.
        #[allow(dead_code, clippy::all)]
        pub mod server {
            #sync
            #async_
        }
    }
}

impl<'a> Commands<'a> {
    fn new(cx: &'a Context<'a>, mode: Mode, module: ModuleId) -> Self {
        let commands: Vec<&Command> = cx
            .selection
            .commands(cx.schema)
            .filter(|command| command.definition.module == module)
            .collect();
        let is_deprecated =
            |command: &&Command| cx.deprecation(&command.definition.features).is_some();
        let allow_deprecated = AllowDeprecated(commands.iter().any(is_deprecated));
        Self { cx, mode, module, commands, allow_deprecated }
    }

    /// Emits the trait with a method for each command.
    fn emit_trait(&self) -> TokenStream {
        let Self { cx, mode, module, allow_deprecated, .. } = self;
        let doc = Doc::new(format!(
            "The commands of `{}`.",
            cx.schema.module(*module).name.escape_debug()
        ));
        let ident = cx.names.command_trait(mode.prefix(), *module);
        let bound = mode.is_async().then(|| quote!(: ::core::marker::Sync));
        let methods = self.commands.iter().map(|command| emit_method(cx, *mode, command));
        quote! {
            #doc
            #allow_deprecated
            pub trait #ident #bound {
                #(#methods)*
            }
        }
    }

    /// Emits the function that returns the dispatch table.
    fn emit_table(&self) -> TokenStream {
        let Self { cx, mode, module, allow_deprecated, .. } = self;
        let root = &cx.root;
        let ident = cx.names.command_trait(mode.prefix(), *module);
        let doc = Doc::new(format!("Dispatches the commands of [`{ident}`]."));
        let table = cx.names.command_table(mode.prefix(), *module);
        let handler = mode.handler();
        let entries = self.commands.iter().map(|command| emit_entry(cx, *mode, command));
        quote! {
            #doc
            #allow_deprecated
            pub fn #table<H: #ident + 'static>() -> &'static [#root::#handler<H>] {
                const { &[#(#entries)*] }
            }
        }
    }
}

/// Emits a command's method, which refuses the command unless a server overrides it.
fn emit_method(cx: &Context<'_>, mode: Mode, command: &Command) -> TokenStream {
    let root = &cx.root;
    let definition = &command.definition;
    let (name, presence) = (&definition.name, cx.entity_presence(definition));
    let subject = Subject { cx, scope: Scope::Inner, definition, locals: &[] };
    let mut doc = subject.summary();
    if !doc.is_empty() {
        doc.push_str("\n\n");
    }
    doc.push_str(&match presence.is_always() {
        true => format!("Command [`{name}`](super::commands::{}).", cx.names.command(name)),
        false => format!("Command `{name}`."),
    });
    let doc = Doc::new(doc);
    let method = cx.names.method(name);
    let response = response(cx, command);
    let result = quote!(::core::result::Result<#response, #root::QmpError>);
    let refusal = quote!(::core::result::Result::Err(#root::QmpError::command_not_found(#name)));
    let (parameter, used) = match arguments(cx, command, Scope::Inner) {
        Some(ty) => (Some(quote!(arguments: #ty,)), quote!((cx, arguments))),
        None => (None, quote!(cx)),
    };
    let (result, refusal) = match mode {
        Mode::Sync => (result, refusal),
        Mode::Async => (
            quote!(impl ::core::future::Future<Output = #result> + ::core::marker::Send),
            quote!(::core::future::ready(#refusal)),
        ),
    };
    quote! {
        #doc
        #presence
        fn #method(&self, cx: &#root::Context<'_>, #parameter) -> #result {
            let _ = #used;
            #refusal
        }
    }
}

/// Emits a table's entry: the command, and the function that calls the method with its arguments.
fn emit_entry(cx: &Context<'_>, mode: Mode, command: &Command) -> TokenStream {
    let (root, definition) = (&cx.root, &command.definition);
    let ident = cx.names.command(&definition.name);
    let method = cx.names.method(&definition.name);
    let presence = cx.entity_presence(definition);
    let takes_inner = matches!(Payload::of(cx, command), Payload::Named(_));
    let inner = takes_inner.then(|| quote!(.0));
    let (parameter, argument) = match arguments(cx, command, Scope::Inner) {
        Some(_) => (quote!(arguments), Some(quote!(, arguments #inner))),
        None => (quote!(_), None),
    };
    let (handler, run) = (mode.handler(), mode.run());
    quote! {
        #presence
        #root::#handler::new(<super::commands::#ident as #root::Command>::INFO, |handler, call| {
            call.#run(|cx, #parameter: super::commands::#ident| handler.#method(cx #argument))
        }),
    }
}

/// Emits the function that returns every table, for servers that implement all traits.
fn emit_all_tables(cx: &Context<'_>, mode: Mode, modules: &[ModuleId]) -> TokenStream {
    let root = &cx.root;
    let bounds = modules.iter().map(|&module| cx.names.command_trait(mode.prefix(), module));
    let tables = modules.iter().map(|&module| cx.names.command_table(mode.prefix(), module));
    let all =
        Ident::new(if mode.is_async() { "async_commands" } else { "commands" }, Span::call_site());
    let handler = mode.handler();
    let count = proc_macro2::Literal::usize_unsuffixed(modules.len());
    quote! {
        /// The dispatch tables of all modules.
        pub fn #all<H: #(#bounds +)* 'static>() -> [&'static [#root::#handler<H>]; #count] {
            [#(#tables()),*]
        }
    }
}
