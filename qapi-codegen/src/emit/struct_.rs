//! Structs, and the arguments of commands and data of events that are written in line.

use proc_macro2::{Ident, TokenStream};
use qapi_parser::schema::{Definition, Member, ObjectType, TypeId};
use quote::{format_ident, quote};

use super::fields::{
    Field, Used, WIDE, constructor, declarations, read_in_parts, read_method, shape, write_method,
};
use crate::attrs::AllowDeprecated;
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::Subject;
use crate::ty::Scope;

/// Emits a `struct` definition.
pub(super) fn emit_struct(cx: &Context<'_>, id: TypeId, ty: &ObjectType) -> TokenStream {
    let item = Struct {
        ident: cx.names.ty(id),
        owner: Some(id),
        members: &ty.members,
        presence: cx.type_presence(id),
        scope: Scope::Root,
        has_rest: false,
    };
    item.emit(cx, &ty.definition)
}

/// A struct of Rust with a definition's members.
pub(super) struct Struct<'a> {
    pub(super) ident: &'a Ident,
    pub(super) owner: Option<TypeId>,
    pub(super) members: &'a [Member],
    pub(super) presence: Presence,
    pub(super) scope: Scope,
    /// A field keeps members that the schema does not name.
    pub(super) has_rest: bool,
}

impl Struct<'_> {
    pub(super) fn emit(&self, cx: &Context<'_>, definition: &Definition) -> TokenStream {
        let Struct { ident, owner, members, presence, scope, has_rest } = self;
        let fields = Field::all(cx, definition, *owner, members, *scope);
        let locals: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        let subject = Subject { cx, scope: *scope, definition, locals: &locals };
        let deprecated = cx.deprecation(&definition.features).is_some()
            || fields.iter().any(|field| field.is_deprecated(cx));
        let allow_deprecated = AllowDeprecated(deprecated);

        let (root, rest) = (&cx.root, has_rest.then(|| rest(&fields)));
        let rest_declaration = rest.iter().map(|rest| {
            quote! {
                /// The members that the schema does not name.
                pub #rest: #root::Dict,
            }
        });
        let attributes = cx.item_attributes(&subject, presence);
        let default = fields
            .iter()
            .all(|field| field.member.optional)
            .then(|| quote!(, ::core::default::Default));
        let declarations = declarations(cx, &subject, &fields, None);
        let constructor =
            constructor(ident, presence, &fields, None, rest.as_ref(), allow_deprecated);
        let shape = shape(cx, &definition.name, &definition.features, &fields);
        let methods = match rest {
            None if fields.len() <= WIDE => expanded_methods(cx, &fields),
            _ => self.methods(cx, &fields, rest.as_ref()),
        };
        let rt = &cx.rt;
        quote! {
            #attributes
            #[derive(::core::clone::Clone, ::core::cmp::PartialEq #default)]
            pub struct #ident {
                #declarations
                #(#rest_declaration)*
            }

            #constructor

            #presence
            #allow_deprecated
            impl #rt::Object for #ident {
                #shape
                #methods
            }

            #presence
            #rt::object!(#allow_deprecated #ident);
        }
    }

    /// Returns `read` and `write` in full.
    fn methods(&self, cx: &Context<'_>, fields: &[Field<'_>], rest: Option<&Ident>) -> TokenStream {
        let parts = read_in_parts(cx, fields);
        let values = fields.iter().map(|field| {
            let (Field { ident, presence, .. }, local) = (field, field.local());
            quote!(#presence #ident: #local,)
        });
        let read_rest = rest.map(|rest| quote!(#rest: r.rest(),));
        let read = quote! {
            #parts
            ::core::result::Result::Ok(Self { #(#values)* #read_rest })
        };
        let write = fields.iter().map(|field| {
            let (Field { ident, presence, .. }, method) = (field, field.method());
            quote!(#presence w.#method(&self.#ident);)
        });
        let write_rest = rest.map(|rest| quote!(w.rest(&self.#rest);));
        let used = if rest.is_some() { Used::Always } else { Used::by(fields) };
        let read = read_method(cx, used, &read);
        let write = write_method(cx, used, &quote!(#(#write)* #write_rest));
        quote!(#read #write)
    }
}

/// Returns `read` and `write` as a macro of the runtime expands them.
fn expanded_methods(cx: &Context<'_>, fields: &[Field<'_>]) -> TokenStream {
    let rt = &cx.rt;
    let members = fields.iter().map(|field| {
        let (Field { ident, presence, .. }, method) = (field, field.method());
        quote!(#presence #method(#ident),)
    });
    quote!(#rt::methods! { #(#members)* })
}

/// Returns the name of the field for further members, beside those of `fields`.
fn rest(fields: &[Field<'_>]) -> Ident {
    let mut rest = format_ident!("rest");
    while fields.iter().any(|field| field.ident == rest) {
        rest = format_ident!("{rest}_");
    }
    rest
}
