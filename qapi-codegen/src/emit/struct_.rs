//! Structs, and the arguments of commands and data of events that are written in line.

use proc_macro2::{Ident, TokenStream};
use qapi_parser::schema::{Definition, Member, ObjectType, TypeId};
use quote::{format_ident, quote};

use super::fields::{
    Field, Used, constructor, declarations, read_in_parts, read_method, shape, write_method,
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

/// A struct of more members is read in parts.
const WIDE: usize = 64;

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
        let is_wide = fields.len() > WIDE;
        let parts = is_wide.then(|| read_in_parts(cx, &fields));
        let read = fields.iter().map(|field| {
            let Field { ident, presence, .. } = field;
            let (local, method) = (field.local(), field.method());
            match is_wide {
                true => quote!(#presence #ident: #local,),
                false => quote!(#presence #ident: r.#method()?,),
            }
        });
        let read_rest = rest.iter().map(|rest| quote!(#rest: r.rest(),));
        let read = quote! {
            #parts
            ::core::result::Result::Ok(Self { #(#read)* #(#read_rest)* })
        };
        let used = if *has_rest { Used::Always } else { Used::by(&fields) };
        let read = read_method(cx, used, &read);
        let write = fields.iter().map(|field| {
            let Field { ident, presence, .. } = field;
            let method = field.method();
            quote!(#presence w.#method(&self.#ident);)
        });
        let write_rest = rest.iter().map(|rest| quote!(w.rest(&self.#rest);));
        let write = write_method(cx, used, &quote!(#(#write)* #(#write_rest)*));
        let rt = &cx.rt;
        quote! {
            #attributes
            #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq #default)]
            pub struct #ident {
                #declarations
                #(#rest_declaration)*
            }

            #constructor

            #presence
            #allow_deprecated
            impl #rt::Object for #ident {
                #shape
                #read
                #write
            }

            #presence
            #rt::object!(#ident);
        }
    }
}

/// Returns the name of the field for further members, beside those of `fields`.
fn rest(fields: &[Field<'_>]) -> Ident {
    let mut rest = format_ident!("rest");
    while fields.iter().any(|field| field.ident == rest) {
        rest = format_ident!("{rest}_");
    }
    rest
}
