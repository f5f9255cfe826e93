//! Unions: tag and branch in one, so that they cannot disagree.
//!
//! A union whose only common member is the tag becomes an enum. Any other union becomes a struct,
//! and the field of its tag holds the enum.

use proc_macro2::{Ident, TokenStream};
use qapi_parser::schema::{Branch, EnumType, EnumValue, ObjectOrigin, ObjectType, Type, TypeId};
use quote::{ToTokens, quote};

use super::enum_::catch_all;
use super::fields::{Field, Used, constructor, declarations, read_method, shape, write_method};
use crate::attrs::{AllowDeprecated, AllowMissingDocs, Part};
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::{Doc, Subject};
use crate::ty::Scope;

/// A branch that is present.
struct Arm<'a> {
    branch: &'a Branch,
    /// The tag's value.
    value: Option<&'a EnumValue>,
    ident: Ident,
    /// The type of its members; none if it has no members.
    ty: Option<TokenStream>,
    boxed: bool,
    presence: Presence,
}

/// A union on the way to tokens.
struct Union<'a> {
    cx: &'a Context<'a>,
    subject: Subject<'a>,
    ident: &'a Ident,
    /// The enum of its branches: the union itself, or the type of its tag's field.
    branches: Ident,
    fields: Vec<Field<'a>>,
    /// The tag's place among the fields.
    tag: usize,
    /// The enum of the tag.
    tag_type: TokenStream,
    arms: Vec<Arm<'a>>,
    /// The variant for branches that the schema does not know.
    other: Option<Ident>,
    presence: Presence,
    allow_deprecated: AllowDeprecated,
}

/// Emits a `union` definition.
pub(super) fn emit_union(cx: &Context<'_>, id: TypeId, ty: &ObjectType) -> TokenStream {
    let (Some(branches), Some((tag_id, tag))) = (&ty.branches, cx.tag_enum(ty)) else {
        return TokenStream::new();
    };
    let branch_names = branches.branches.iter().map(|branch| branch.name.as_str());
    let locals: Vec<&str> =
        ty.members.iter().map(|member| member.name.as_str()).chain(branch_names).collect();
    let mut fields = Field::all(cx, &ty.definition, Some(id), &ty.members, Scope::Root);
    let arms: Vec<Arm<'_>> =
        branches.branches.iter().flat_map(|branch| Arm::of(cx, id, ty, tag, branch)).collect();
    let tag_name = &ty.members[branches.tag].name;
    let tag_place = fields.iter().position(|field| field.member.name == *tag_name);
    let tag_place = tag_place.unwrap_or_default();
    // Without its tag there is no union: an unstable one stays without the cargo feature.
    fields[tag_place].presence = Presence::Always;
    let deprecated = fields.iter().any(|field| field.is_deprecated(cx))
        || tag.values.iter().any(|value| cx.deprecation(&value.features).is_some());
    let is_enum = ty.members.len() == 1;
    let union = Union {
        cx,
        subject: Subject { cx, scope: Scope::Root, definition: &ty.definition, locals: &locals },
        ident: cx.names.ty(id),
        branches: if is_enum { cx.names.ty(id).clone() } else { cx.names.branch_enum(id) },
        tag: tag_place,
        tag_type: cx.ty(tag_id, Scope::Root),
        other: catch_all(cx, tag_id, tag),
        presence: cx.type_presence(id),
        allow_deprecated: AllowDeprecated(deprecated),
        fields,
        arms,
    };
    let (declaration, object) = if is_enum {
        (union.enum_(), union.enum_object())
    } else {
        (union.struct_(), union.struct_object())
    };
    let discriminator = union.discriminator();
    let (rt, ident, presence) = (&cx.rt, union.ident, &union.presence);
    let unreachable = (!union.is_inhabited()).then(|| quote!(#[allow(unreachable_code)]));
    let shape = shape(cx, &ty.definition.name, &ty.definition.features, &union.fields);
    let allow_deprecated = union.allow_deprecated;
    quote! {
        #declaration

        #discriminator

        #presence
        #allow_deprecated
        #unreachable
        impl #rt::Object for #ident {
            #shape
            #object
        }

        #presence
        #rt::object!(#allow_deprecated #ident);
    }
}

impl<'a> Arm<'a> {
    /// Returns the arms of a branch. Where its own condition does not hold, the value of the tag is
    /// one without a branch, as others that the union does not list.
    fn of(
        cx: &Context<'_>,
        id: TypeId,
        union: &ObjectType,
        tag: &'a EnumType,
        branch: &'a Branch,
    ) -> impl Iterator<Item = Arm<'a>> {
        let value = tag.values.iter().find(|value| value.name == branch.name);
        let of_value = value.map_or(Presence::Always, |value| cx.value_presence(value));
        let own = cx.branch_presence(branch);
        let is_empty =
            matches!(cx.schema.ty(branch.ty), Type::Object(ty) if ty.origin == ObjectOrigin::Empty);
        let arm = |ty: Option<TokenStream>, presence: Presence| Arm {
            branch,
            value,
            ident: cx.names.branch(union, branch),
            boxed: ty.is_some() && cx.is_boxed(Some(id), branch.ty),
            ty,
            presence,
        };
        let is_same = own == of_value;
        let (with, without) = match is_empty {
            true => (Presence::Never, of_value),
            false if is_same => (own, Presence::Never),
            false => (of_value.clone().and(own.clone()), of_value.and(own.not())),
        };
        let ty = (!is_empty).then(|| cx.field_type(Some(id), branch.ty, Scope::Root));
        [arm(ty, with), arm(None, without)].into_iter().filter(|arm| !arm.presence.is_never())
    }
}

impl Union<'_> {
    /// Declares the union as an enum.
    fn enum_(&self) -> TokenStream {
        let attributes = self.cx.item_attributes(&self.subject, &self.presence);
        self.branches(&attributes)
    }

    /// Declares the union as a struct, and the enum that its tag's field holds.
    fn struct_(&self) -> TokenStream {
        let (cx, ident, presence) = (self.cx, self.ident, &self.presence);
        let replaced = Some((self.tag, &self.branches));
        let attributes = cx.item_attributes(&self.subject, presence);
        let declarations = declarations(cx, &self.subject, &self.fields, replaced);
        let constructor =
            constructor(ident, presence, &self.fields, replaced, None, self.allow_deprecated);
        let doc = Doc::new(format!(
            "The branches of [`{ident}`](struct@{ident}): the tag, and the members that it selects."
        ));
        let missing_docs = AllowMissingDocs(!cx.options.docs);
        let type_attributes = cx.type_attributes(&self.subject);
        let branches = self.branches(
            &quote!(#doc #presence #missing_docs #[allow(dead_code, clippy::all)] #type_attributes),
        );
        quote! {
            #attributes
            #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
            pub struct #ident {
                #declarations
            }

            #constructor

            #branches
        }
    }

    /// Declares the enum of the branches.
    fn branches(&self, attributes: &TokenStream) -> TokenStream {
        let (cx, branches) = (self.cx, &self.branches);
        let arms = self.arms.iter().map(|arm| {
            let part = Part {
                name: &arm.branch.name,
                doc: arm.branch.doc.as_ref().or(arm.value.and_then(|value| value.doc.as_ref())),
                // Without members the condition decides nothing.
                cond: arm.branch.cond.as_ref().filter(|_| arm.ty.is_some()),
                features: arm.value.map_or(&[], |value| &value.features),
                presence: &arm.presence,
            };
            let attributes = cx.part_attributes(&self.subject, &part);
            let Arm { ident, ty, .. } = arm;
            match ty {
                Some(ty) => quote!(#attributes #ident(#ty),),
                None => quote!(#attributes #ident,),
            }
        });
        let root = &cx.root;
        // The union's own `Debug` is the walker's.
        let debug = (self.branches != *self.ident).then(|| quote!(::core::fmt::Debug,));
        let other = self.other.iter().map(|other| {
            quote! {
                /// A branch that the schema does not know.
                #other(#root::UnknownBranch),
            }
        });
        quote! {
            #attributes
            #[derive(#debug ::core::clone::Clone, ::core::cmp::PartialEq)]
            pub enum #branches {
                #(#arms)*
                #(#other)*
            }
        }
    }

    /// The method that returns the tag's value.
    fn discriminator(&self) -> TokenStream {
        let Union { branches, tag_type, presence, allow_deprecated, .. } = self;
        let arms = self.arms.iter().map(|Arm { ident, ty, presence, .. }| {
            let members = ty.as_ref().map(|_| quote!((_)));
            quote!(#presence Self::#ident #members => #tag_type::#ident,)
        });
        let other = self.other.iter().map(|other| {
            quote!(Self::#other(branch) => #tag_type::#other(branch.discriminator.clone()),)
        });
        let operand = self.match_operand(quote!(self), quote!(*self));
        quote! {
            #presence
            #allow_deprecated
            #[allow(dead_code, clippy::all)]
            impl #branches {
                /// The tag's value.
                #[inline]
                pub fn discriminator(&self) -> #tag_type {
                    match #operand {
                        #(#arms)*
                        #(#other)*
                    }
                }
            }
        }
    }

    /// Reads and writes the union as an enum.
    fn enum_object(&self) -> TokenStream {
        let (cx, tag_type) = (self.cx, &self.tag_type);
        let arms = self.read_arms(&quote!(Self));
        let read = quote!(::core::result::Result::Ok(match r.required::<#tag_type>()? { #arms }));
        let branch =
            self.write_branch(&self.match_operand(quote!(self), quote!(*self)), &quote!(Self));
        let write = quote!(w.required(&self.discriminator()); #branch);
        let (read, write) =
            (read_method(cx, Used::Always, &read), write_method(cx, Used::Always, &write));
        quote!(#read #write)
    }

    /// Reads and writes the union as a struct. The branch's members come after all others.
    fn struct_object(&self) -> TokenStream {
        let (cx, tag_type, branches) = (self.cx, &self.tag_type, self.branches.to_token_stream());
        let tag = &self.fields[self.tag].ident;
        let others = || self.fields.iter().enumerate().filter(|(at, _)| *at != self.tag);

        let members = self.fields.iter().enumerate().map(|(at, field)| {
            let (local, presence, method) = (field.local(), &field.presence, field.method());
            // Without any branch nothing else tells the tag's type.
            let ty = (at == self.tag && !self.is_inhabited()).then(|| quote!(::<#tag_type>));
            quote!(#presence let #local = r.#method #ty()?;)
        });
        let values = others().map(|(_, field)| {
            let (ident, local, presence) = (&field.ident, field.local(), &field.presence);
            quote!(#presence #ident: #local,)
        });
        let tag_local = self.fields[self.tag].local();
        let arms = self.read_arms(&branches);
        let read = quote! {
            #(#members)*
            ::core::result::Result::Ok(Self {
                #(#values)*
                #tag: match #tag_local { #arms },
            })
        };

        let members = self.fields.iter().enumerate().map(|(at, field)| {
            let (ident, presence, method) = (&field.ident, &field.presence, field.method());
            if at == self.tag {
                quote!(#presence w.required(&self.#ident.discriminator());)
            } else {
                quote!(#presence w.#method(&self.#ident);)
            }
        });
        let operand = self.match_operand(quote!(&self.#tag), quote!(self.#tag));
        let branch = self.write_branch(&operand, &branches);
        let write = quote!(#(#members)* #branch);
        let (read, write) =
            (read_method(cx, Used::Always, &read), write_method(cx, Used::Always, &write));
        quote!(#read #write)
    }

    /// The arms from the tag's value to the branch, a variant of `branches`.
    fn read_arms(&self, branches: &TokenStream) -> TokenStream {
        let tag = &self.tag_type;
        let arms =
            self.arms.iter().map(|Arm { ident, ty, boxed, presence, .. }| match (ty, boxed) {
                (None, _) => quote!(#presence #tag::#ident => #branches::#ident,),
                (Some(_), false) => {
                    quote!(#presence #tag::#ident => #branches::#ident(r.branch()?),)
                }
                (Some(_), true) => quote! {
                    #presence
                    #tag::#ident => #branches::#ident(::std::boxed::Box::new(r.branch()?)),
                },
            });
        let other = self
            .other
            .iter()
            .map(|other| quote!(#tag::#other(name) => #branches::#other(r.unknown_branch(name)),));
        quote!(#(#arms)* #(#other)*)
    }

    /// Writes the members of the branch that `operand` is, a variant of `branches`.
    fn write_branch(&self, operand: &TokenStream, branches: &TokenStream) -> TokenStream {
        let bind = if self.is_inhabited() { quote!(branch) } else { quote!(ref branch) };
        let arms =
            self.arms.iter().map(|Arm { ident, ty, boxed, presence, .. }| match (ty, boxed) {
                (None, _) => quote!(#presence #branches::#ident => {}),
                (Some(_), false) => {
                    quote!(#presence #branches::#ident(#bind) => w.branch(branch),)
                }
                (Some(_), true) => {
                    quote!(#presence #branches::#ident(#bind) => w.branch(&**branch),)
                }
            });
        let other = self
            .other
            .iter()
            .map(|other| quote!(#branches::#other(branch) => w.unknown_branch(branch),));
        quote!(match #operand { #(#arms)* #(#other)* })
    }

    /// Returns true if the enum of branches has a variant whatever the conditions.
    fn is_inhabited(&self) -> bool {
        self.other.is_some() || self.arms.iter().any(|arm| arm.presence.is_always())
    }

    /// Selects how to match on the enum of branches: Rust takes one that may have no variant by
    /// value only.
    fn match_operand(&self, by_reference: TokenStream, by_value: TokenStream) -> TokenStream {
        if self.is_inhabited() { by_reference } else { by_value }
    }
}
