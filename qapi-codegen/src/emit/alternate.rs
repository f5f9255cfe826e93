//! Alternates: the JSON type of a value selects the alternative.

use proc_macro2::{Ident, TokenStream};
use qapi_parser::schema::{AlternateType, Branch, Builtin, Type, TypeId};
use quote::{format_ident, quote};

use super::fields::{Used, read_method, write_method};
use crate::attrs::{AllowDeprecated, Part};
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::Subject;
use crate::ty::Scope;

/// The number of kinds of JSON values that the runtime tells apart.
const KINDS: usize = 6;

/// An alternative that is present.
struct Alternative<'a> {
    branch: &'a Branch,
    ident: Ident,
    /// The method of the reader and writer for it.
    method: Ident,
    presence: Presence,
}

/// Emits an `alternate` definition.
pub(super) fn emit_alternate(cx: &Context<'_>, id: TypeId, ty: &AlternateType) -> TokenStream {
    let definition = &ty.definition;
    let locals: Vec<&str> = ty.alternatives.iter().map(|branch| branch.name.as_str()).collect();
    let subject = Subject { cx, scope: Scope::Root, definition, locals: &locals };
    let (rt, name, ident) = (&cx.rt, &definition.name, cx.names.ty(id));
    let alternatives: Vec<Alternative<'_>> = ty
        .alternatives
        .iter()
        .map(|branch| Alternative {
            branch,
            ident: cx.names.variant(name, &branch.name),
            method: format_ident!(
                "{}",
                if cx.is_boxed(Some(id), branch.ty) { "boxed" } else { "value" }
            ),
            presence: cx.branch_presence(branch),
        })
        .filter(|alternative| !alternative.presence.is_never())
        .collect();

    let presence = cx.type_presence(id);
    let allow_deprecated = AllowDeprecated(cx.deprecation(&definition.features).is_some());
    let attributes = cx.item_attributes(&subject, &presence);
    let declarations =
        alternatives.iter().map(|Alternative { branch, ident, presence, .. }| {
            let part = Part {
                name: &branch.name,
                doc: branch.doc.as_ref(),
                cond: branch.cond.as_ref(),
                features: &[],
                presence,
            };
            let attributes = cx.part_attributes(&subject, &part);
            let ty = cx.field_type(Some(id), branch.ty, Scope::Root);
            quote!(#attributes #ident(#ty),)
        });
    let read = read_method(cx, Used::Always, &read(cx, &alternatives));
    let write = write(cx, &alternatives);
    quote! {
        #attributes
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
        pub enum #ident {
            #(#declarations)*
        }

        #presence
        #allow_deprecated
        impl #rt::Alternate for #ident {
            const NAME: &'static str = #name;

            #read
            #write
        }

        #presence
        #rt::alternate!(#allow_deprecated #ident);
    }
}

/// Reads the alternative that takes the value's kind.
fn read(cx: &Context<'_>, alternatives: &[Alternative<'_>]) -> TokenStream {
    let rt = &cx.rt;
    let arms = alternatives.iter().map(|Alternative { branch, ident, method, presence }| {
        let kind = kind(cx.schema.ty(branch.ty));
        quote! {
            #presence
            #rt::Kind::#kind => ::core::result::Result::Ok(Self::#ident(r.#method()?)),
        }
    });
    let covers_all = alternatives.len() == KINDS;
    let always = alternatives.iter().all(|alternative| alternative.presence.is_always());
    let unreachable = covers_all.then(|| quote!(#[allow(unreachable_patterns)]));
    let none = (!covers_all || !always).then(|| {
        quote! {
            #unreachable
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    });
    quote!(match r.kind() { #(#arms)* #none })
}

/// Writes the value of the alternative.
fn write(cx: &Context<'_>, alternatives: &[Alternative<'_>]) -> TokenStream {
    let inhabited = alternatives.iter().any(|alternative| alternative.presence.is_always());
    let (place, bind) = match inhabited {
        true => (quote!(self), quote!(value)),
        false => (quote!(*self), quote!(ref value)),
    };
    let used = match (inhabited, alternatives.is_empty()) {
        (true, _) => Used::Always,
        (false, false) => Used::Sometimes,
        (false, true) => Used::Never,
    };
    let arms = alternatives.iter().map(
        |Alternative { ident, method, presence, .. }| quote!(#presence Self::#ident(#bind) => w.#method(value),),
    );
    write_method(cx, used, &quote!(match #place { #(#arms)* }))
}

/// Returns the runtime's kind of the JSON values of a type.
fn kind(ty: &Type) -> TokenStream {
    match ty {
        Type::Builtin(Builtin::Null) => quote!(Null),
        Type::Builtin(Builtin::Bool) => quote!(Bool),
        Type::Builtin(Builtin::Str) | Type::Enum(_) => quote!(String),
        Type::Builtin(_) => quote!(Number),
        Type::Array(_) => quote!(List),
        Type::Object(_) | Type::Alternate(_) => quote!(Dict),
    }
}
