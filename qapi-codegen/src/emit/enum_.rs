//! Enums.

use proc_macro2::{Ident, TokenStream};
use qapi_parser::schema::{EnumType, EnumValue, TypeId};
use quote::quote;

use crate::attrs::{AllowDeprecated, Part};
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::Subject;
use crate::names::Names;
use crate::ty::Scope;

/// A value that is present.
struct Variant<'a> {
    value: &'a EnumValue,
    ident: Ident,
    presence: Presence,
}

fn variants<'a>(cx: &Context<'_>, ty: &'a EnumType) -> Vec<Variant<'a>> {
    let variant = |value: &'a EnumValue| Variant {
        value,
        ident: cx.names.value(ty, value),
        presence: cx.value_presence(value),
    };
    ty.values.iter().map(variant).filter(|variant| !variant.presence.is_never()).collect()
}

/// Returns the variant of an open enum that keeps values which the schema does not name.
pub(super) fn catch_all(cx: &Context<'_>, id: TypeId, ty: &EnumType) -> Option<Ident> {
    let idents = || variants(cx, ty).into_iter().map(|variant| variant.ident).collect::<Vec<_>>();
    cx.is_open(id).then(|| Names::catch_all(&idents()))
}

/// Emits an `enum` definition.
pub(super) fn emit_enum(cx: &Context<'_>, id: TypeId, ty: &EnumType) -> TokenStream {
    let definition = &ty.definition;
    let locals: Vec<&str> = ty.values.iter().map(|value| value.name.as_str()).collect();
    let subject = Subject { cx, scope: Scope::Root, definition, locals: &locals };
    let (rt, ident, presence) = (&cx.rt, cx.names.ty(id), cx.type_presence(id));
    let variants = variants(cx, ty);
    let catch_all = catch_all(cx, id, ty);
    let is_deprecated = |variant: &Variant<'_>| cx.deprecation(&variant.value.features).is_some();
    let deprecated =
        cx.deprecation(&definition.features).is_some() || variants.iter().any(is_deprecated);
    let allow_deprecated = AllowDeprecated(deprecated);

    let attributes = cx.item_attributes(&subject, &presence);
    let copy = catch_all.is_none().then(|| quote!(, ::core::marker::Copy));
    let declarations = variants.iter().map(|Variant { value, ident, presence }| {
        let part = Part {
            name: &value.name,
            doc: value.doc.as_ref(),
            cond: value.cond.as_ref(),
            features: &value.features,
            presence,
        };
        let attributes = cx.part_attributes(&subject, &part);
        quote!(#attributes #ident,)
    });
    let other = catch_all.iter().map(|other| {
        quote! {
            /// A value that the schema does not name.
            #other(::std::string::String),
        }
    });

    let name = &definition.name;
    let features = cx.feature_list(&definition.features);
    let shapes = shapes(cx, &variants);
    let values =
        variants.iter().map(|Variant { ident, presence, .. }| quote!(#presence Self::#ident,));
    let (kind, declare, index) = match &catch_all {
        None => (quote!(Enum), quote!(enumeration), index(&variants)),
        Some(other) => (quote!(OpenEnum), quote!(open_enumeration), open_index(&variants, other)),
    };
    quote! {
        #attributes
        #[derive(::core::fmt::Debug, ::core::clone::Clone #copy)]
        #[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
        pub enum #ident {
            #(#declarations)*
            #(#other)*
        }

        #presence
        #allow_deprecated
        impl #rt::#kind for #ident {
            const VALUES: &'static [Self] = &[#(#values)*];

            #[inline]
            fn shape() -> #rt::EnumShape {
                #rt::EnumShape::new(#name, #shapes)#features
            }

            #index
        }

        #presence
        #rt::#declare!(#allow_deprecated #ident);
    }
}

/// Returns the values as the runtime's walker sees them.
fn shapes(cx: &Context<'_>, variants: &[Variant<'_>]) -> TokenStream {
    let rt = &cx.rt;
    let calls: Vec<TokenStream> =
        variants.iter().map(|variant| cx.feature_calls(&variant.value.features)).collect();
    if calls.iter().all(TokenStream::is_empty) {
        let names = variants.iter().map(|Variant { value, presence, .. }| {
            let name = &value.name;
            quote!(#presence #name)
        });
        quote!(const { &#rt::values([#(#names),*]) })
    } else {
        let values = variants.iter().zip(calls).map(|(Variant { value, presence, .. }, calls)| {
            let name = &value.name;
            quote!(#presence #rt::value(#name)#calls,)
        });
        quote!(const { &#rt::ordered([#(#values)*]) })
    }
}

/// Returns the method that gives a value's place among the values.
fn index(variants: &[Variant<'_>]) -> TokenStream {
    let index = if variants.iter().any(|variant| variant.presence.is_always()) {
        quote!(*self as usize)
    } else {
        // Rust casts no enum that may have no variant.
        quote!(Self::VALUES.iter().position(|value| value == self).unwrap_or(0))
    };
    quote! {
        #[inline]
        fn index(&self) -> usize {
            #index
        }
    }
}

/// Returns the methods that tell a value of the schema, by its place, from the name of another one.
fn open_index(variants: &[Variant<'_>], other: &Ident) -> TokenStream {
    let places = variants.iter().enumerate().map(|(index, Variant { ident, .. })| {
        let index = proc_macro2::Literal::usize_unsuffixed(index);
        quote!(Self::#ident => ::core::result::Result::Ok(#index),)
    });
    let places = if variants.iter().all(|variant| variant.presence.is_always()) {
        quote!(#(#places)*)
    } else {
        // Without any value nothing is left to match.
        let unreachable = (!variants.iter().any(|variant| variant.presence.is_always()))
            .then(|| quote!(#[allow(unreachable_patterns)]));
        quote! {
            #unreachable
            value => {
                let index = Self::VALUES.iter().position(|known| known == value);
                ::core::result::Result::Ok(index.unwrap_or(0))
            }
        }
    };
    quote! {
        #[inline]
        fn index(&self) -> ::core::result::Result<usize, &str> {
            match self {
                Self::#other(name) => ::core::result::Result::Err(name),
                #places
            }
        }

        #[inline]
        fn other(name: ::std::string::String) -> Self {
            Self::#other(name)
        }
    }
}
