//! Events: a type for the data of each, and the enum of all.

use proc_macro2::TokenStream;
use quote::quote;

use super::command::Payload;
use crate::attrs::AllowDeprecated;
use crate::context::Context;
use crate::docs::Doc;

/// Emits module `events`.
pub(super) fn emit_events(cx: &Context<'_>) -> TokenStream {
    let root = &cx.root;
    let events = cx.selection.events(cx.schema).map(|event| {
        let definition = &event.definition;
        let (name, ident) = (&definition.name, cx.names.event(&definition.name));
        let payload = Payload::new(cx, event.data).emit(cx, ident, definition);
        let presence = cx.entity_presence(definition);
        let allow_deprecated = AllowDeprecated(cx.deprecation(&definition.features).is_some());
        let features = cx.feature_calls(&definition.features);
        quote! {
            #payload

            #presence
            #allow_deprecated
            impl #root::Event for #ident {
                const INFO: &'static #root::EventInfo = &#root::EventInfo::new(#name)#features;
            }
        }
    });
    let any_event = cx.options.role.is_client().then(|| emit_any_event(cx));
    let doc = Doc::new(match any_event {
        Some(_) => {
            "The events: for each a type with its data, and [`Event`](events::Event), any of them."
        }
        None => "The events: for each a type with its data.",
    });
    quote! {
        #doc
        #[allow(dead_code, clippy::all)]
        pub mod events {
            #(#events)*
            #any_event
        }
    }
}

/// Emits the enum of all events.
fn emit_any_event(cx: &Context<'_>) -> TokenStream {
    let (root, rt) = (&cx.root, &cx.rt);
    let mut deprecated = false;
    let (mut declarations, mut reads) = (Vec::new(), Vec::new());
    let (mut infos, mut names, mut writes) = (Vec::new(), Vec::new(), Vec::new());
    for event in cx.selection.events(cx.schema) {
        let definition = &event.definition;
        deprecated |= cx.deprecation(&definition.features).is_some();
        let (name, ident) = (&definition.name, cx.names.event(&definition.name));
        let presence = cx.entity_presence(definition);
        let doc = Doc::new(format!("`{name}`"));
        declarations.push(quote!(#doc #presence #ident(#ident),));
        reads.push(quote! {
            #presence
            #name => ::core::result::Result::Ok(Self::#ident(data.read()?)),
        });
        infos.push(quote! {
            #presence
            Self::#ident(_) => ::core::option::Option::Some(<#ident as #root::Event>::INFO),
        });
        names.push(quote!(#presence Self::#ident(_) => #name,));
        writes.push(quote!(#presence Self::#ident(event) => w.value(event),));
    }
    let unknown = quote!(::core::result::Result::Ok(Self::Unknown(data.raw(name))));
    let read = match reads.is_empty() {
        true => unknown,
        false => quote!(match name { #(#reads)* _ => #unknown, }),
    };
    let allow_deprecated = AllowDeprecated(deprecated);
    quote! {
        /// Any event.
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
        #allow_deprecated
        pub enum Event {
            #(#declarations)*
            /// An event that the schema does not name.
            Unknown(#root::RawEvent),
        }

        #allow_deprecated
        impl #rt::AnyEvent for Event {
            #[inline]
            fn read(
                name: &str,
                data: #rt::EventData<'_>
            ) -> ::core::result::Result<Self, #root::DecodeError> {
                #read
            }

            #[inline]
            fn info(&self) -> ::core::option::Option<&'static #root::EventInfo> {
                match self {
                    #(#infos)*
                    Self::Unknown(_) => ::core::option::Option::None,
                }
            }

            #[inline]
            fn name(&self) -> &str {
                match self {
                    #(#names)*
                    Self::Unknown(event) => &event.name,
                }
            }

            #[inline]
            fn write(&self, w: &mut #rt::Writer<'_>) {
                match self {
                    #(#writes)*
                    Self::Unknown(event) => w.value(&event.data),
                }
            }
        }
    }
}
