//! Commands: the types of their arguments, and their description for the runtime.

use proc_macro2::{Ident, TokenStream};
use qapi_parser::schema::{Command, Definition, Member, TypeId};
use quote::quote;

use super::struct_::Struct;
use crate::attrs::AllowDeprecated;
use crate::context::Context;
use crate::docs::Subject;
use crate::ty::Scope;

/// Emits module `commands`.
pub(super) fn emit_commands(cx: &Context<'_>) -> TokenStream {
    let commands = cx.selection.commands(cx.schema).map(|command| emit_command(cx, command));
    quote! {
        /// The commands: for each a type with its arguments.
        ///
        /// A client executes a value of such a type and receives its `Command::Response`. Optional
        /// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
        #[allow(dead_code, clippy::all)]
        pub mod commands {
            #(#commands)*
        }
    }
}

fn emit_command(cx: &Context<'_>, command: &Command) -> TokenStream {
    let definition = &command.definition;
    let (root, name, ident) = (&cx.root, &definition.name, cx.names.command(&definition.name));
    let payload = Payload::of(cx, command).emit(cx, ident, definition);
    let presence = cx.entity_presence(definition);
    let allow_deprecated = AllowDeprecated(cx.deprecation(&definition.features).is_some());
    let response = response(cx, command);
    let flags = flags(command);
    let features = cx.feature_calls(&definition.features);
    quote! {
        #payload

        #presence
        #allow_deprecated
        impl #root::Command for #ident {
            type Response = #response;
            const INFO: &'static #root::CommandInfo = &#root::CommandInfo::new(#name)#(#flags)*#features;
        }
    }
}

/// Returns the type of a command's reply.
pub(super) fn response(cx: &Context<'_>, command: &Command) -> TokenStream {
    let root = &cx.root;
    match command.returns {
        None => quote!(()),
        Some(_) if !command.flags.generate => quote!(#root::Value),
        Some(ty) => cx.ty(ty, Scope::Inner),
    }
}

/// Returns the type of the `arguments` of a server's method, or none if it has none.
pub(crate) fn arguments(cx: &Context<'_>, command: &Command, scope: Scope) -> Option<TokenStream> {
    match Payload::of(cx, command) {
        Payload::Nothing => None,
        Payload::Named(ty) => Some(cx.ty(ty, scope)),
        Payload::Inline(_) | Payload::Open(_) => {
            let ident = cx.names.command(&command.definition.name);
            Some(match scope {
                Scope::Root => quote!(commands::#ident),
                Scope::Inner => quote!(super::commands::#ident),
            })
        }
    }
}

/// Returns the calls that tell the runtime of a command's flags.
fn flags(command: &Command) -> impl Iterator<Item = TokenStream> {
    [
        (command.flags.allow_oob, quote!(.allow_oob())),
        (command.flags.allow_preconfig, quote!(.allow_preconfig())),
        (!command.flags.success_response, quote!(.no_success_response())),
        (command.flags.coroutine, quote!(.coroutine())),
        (!command.flags.generate, quote!(.untyped())),
    ]
    .into_iter()
    .filter_map(|(is_set, call)| is_set.then_some(call))
}

/// The arguments of a command or the data of an event.
pub(super) enum Payload {
    /// Nothing.
    Nothing,
    /// Members written in line.
    Inline(TypeId),
    /// A type with a name.
    Named(TypeId),
    /// Members of a command without generated code in QEMU, and whatever else comes.
    Open(Option<TypeId>),
}

impl Payload {
    /// Returns the arguments of a command.
    pub(super) fn of(cx: &Context<'_>, command: &Command) -> Payload {
        let is_union = |ty: &TypeId| cx.schema.object(*ty).branches.is_some();
        match command.arguments {
            arguments if command.flags.generate || arguments.as_ref().is_some_and(is_union) => {
                Payload::new(cx, arguments)
            }
            arguments => Payload::Open(arguments),
        }
    }

    pub(super) fn new(cx: &Context<'_>, ty: Option<TypeId>) -> Payload {
        match ty {
            None => Payload::Nothing,
            Some(ty) if cx.is_named(ty) => Payload::Named(ty),
            Some(ty) => Payload::Inline(ty),
        }
    }

    /// Emits the type called `ident` that holds it.
    pub(super) fn emit(
        &self,
        cx: &Context<'_>,
        ident: &Ident,
        definition: &Definition,
    ) -> TokenStream {
        let rt = &cx.rt;
        let presence = cx.entity_presence(definition);
        let inner = match self {
            Payload::Inline(_) | Payload::Open(_) => {
                let members: &[Member] = match self {
                    Payload::Inline(ty) | Payload::Open(Some(ty)) => &cx.schema.object(*ty).members,
                    _ => &[],
                };
                let has_rest = matches!(self, Payload::Open(_));
                let scope = Scope::Inner;
                let item = Struct { ident, owner: None, members, presence, scope, has_rest };
                return item.emit(cx, definition);
            }
            Payload::Named(ty) => Some(cx.ty(*ty, Scope::Inner)),
            Payload::Nothing => None,
        };
        let subject = Subject { cx, scope: Scope::Inner, definition, locals: &[] };
        let attributes = cx.item_attributes(&subject, &presence);
        let allow_deprecated = AllowDeprecated(cx.deprecation(&definition.features).is_some());
        match inner {
            Some(inner) => quote! {
                #attributes
                #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
                pub struct #ident(pub #inner);

                #presence
                #rt::newtype!(#ident(#inner));
            },
            None => quote! {
                #attributes
                #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
                pub struct #ident;

                #presence
                #rt::unit!(#allow_deprecated #ident);
            },
        }
    }
}
