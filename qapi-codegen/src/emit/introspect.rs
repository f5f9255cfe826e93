//! Introspection data in the generated code: the masked JSON of replies to `query-qmp-schema`, in
//! pieces, because an element under a condition is a piece of its own.

use proc_macro2::TokenStream;
use qapi_parser::schema::Entity;
use quote::quote;

use crate::cond::{Predicate, Presence};
use crate::context::Context;
use crate::introspect::{Element, Json, collect, write_scalar};

/// Emits module `schema`.
pub(super) fn emit_introspection(cx: &Context<'_>) -> TokenStream {
    let schema = cx.schema;
    let is_listed = |entity: &Entity| match entity {
        Entity::Command(id) => cx.selection.has_command(*id),
        Entity::Event(id) => cx.selection.has_event(*id),
        Entity::Include(_) | Entity::Type(_) => false,
    };
    let mut pieces = Pieces { cx, list: Vec::new() };
    pieces.json(&Presence::Always, &Json::List(collect(schema, false, &is_listed)), true);

    let pieces = pieces.list.iter().map(|(presence, text)| quote!(#presence #text,));
    quote! {
        /// The introspection data of the schema, for replies to `query-qmp-schema`.
        #[allow(dead_code, clippy::all)]
        pub mod schema {
            /// The reply to `query-qmp-schema`, a JSON text in pieces.
            pub const PIECES: &[&str] = &[#(#pieces)*];
        }
    }
}

struct Pieces<'a> {
    cx: &'a Context<'a>,
    list: Vec<(Presence, String)>,
}

impl Pieces<'_> {
    /// Adds text that is there under `presence`. The elements of the outermost list start pieces.
    fn push(&mut self, presence: &Presence, text: &str) {
        match self.list.last_mut() {
            Some((last, piece)) if last == presence => piece.push_str(text),
            _ => self.list.push((presence.clone(), text.to_owned())),
        }
    }

    fn json(&mut self, presence: &Presence, json: &Json<'_>, outermost: bool) {
        match json {
            Json::Object(members) => {
                for (number, (name, value)) in members.iter().enumerate() {
                    let opening = if number == 0 { '{' } else { ',' };
                    self.push(presence, &format!("{opening}\"{name}\":"));
                    self.json(presence, value, false);
                }
                self.push(presence, "}");
            }
            Json::List(items) => {
                self.push(presence, "[");
                self.items(presence, items, outermost);
                self.push(presence, "]");
            }
            scalar => {
                let mut text = String::new();
                write_scalar(&mut text, scalar);
                self.push(presence, &text);
            }
        }
    }

    /// Adds the elements of a list, with commas such that every subset of the conditional ones
    /// gives JSON: elements before the first unconditional one end in a comma, those after it start
    /// with one.
    fn items(&mut self, outer: &Presence, items: &[Element<'_>], outermost: bool) {
        let options = self.cx.options;
        let items: Vec<(&Element<'_>, Presence)> = items
            .iter()
            .map(|item| (item, options.presence_with(item.cond, item.features)))
            .filter(|(_, presence)| !presence.is_never())
            .collect();
        let first = items.iter().position(|(_, presence)| presence.is_always());
        let mut before: Vec<Predicate> = Vec::new();
        for (number, (item, presence)) in items.iter().enumerate() {
            let place = outer.clone().and(presence.clone());
            if outermost && number > 0 {
                self.list.push((place.clone(), String::new()));
            }
            match first {
                Some(first) if number > first => self.push(&place, ","),
                None if !before.is_empty() => {
                    let any = Presence::Cfg(Predicate::any(before.clone()));
                    self.push(&place.clone().and(any), ",");
                }
                _ => {}
            }
            self.json(&place, &item.value, false);
            if first.is_some_and(|first| number < first) {
                self.push(&place, ",");
            }
            if let Presence::Cfg(predicate) = presence {
                before.push(predicate.clone());
            }
        }
    }
}
