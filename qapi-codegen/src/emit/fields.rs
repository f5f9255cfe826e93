//! Members as fields: the parts that structs, unions, arguments and event data share.

use proc_macro2::{Ident, Span, TokenStream};
use qapi_parser::schema::{Builtin, Definition, Feature, Member, Type, TypeId};
use quote::{format_ident, quote};

use crate::attrs::{AllowDeprecated, Part};
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::Subject;
use crate::ty::Scope;

/// A member that is present.
pub(super) struct Field<'a> {
    pub(super) member: &'a Member,
    pub(super) ident: Ident,
    /// Its type, in a `Box` where it must be, without `Option`.
    pub(super) ty: TokenStream,
    pub(super) presence: Presence,
    is_string: bool,
    is_boxed: bool,
}

impl<'a> Field<'a> {
    /// Returns the fields of `members` in the type that `definition` becomes. `owner` is that type
    /// if other types may contain it.
    pub(super) fn all(
        cx: &Context<'_>,
        definition: &Definition,
        owner: Option<TypeId>,
        members: &'a [Member],
        scope: Scope,
    ) -> Vec<Field<'a>> {
        let field = |member: &'a Member| {
            let presence = cx.member_presence(member);
            (!presence.is_never()).then(|| Field {
                member,
                ident: cx.names.member(&definition.name, member),
                ty: cx.field_type(owner, member.ty, scope),
                presence,
                is_string: matches!(cx.schema.ty(member.ty), Type::Builtin(Builtin::Str)),
                is_boxed: cx.is_boxed(owner, member.ty),
            })
        };
        members.iter().filter_map(field).collect()
    }

    /// Returns true if generated code for it names a deprecated item.
    pub(super) fn is_deprecated(&self, cx: &Context<'_>) -> bool {
        cx.deprecation(&self.member.features).is_some()
    }

    fn part(&self) -> Part<'_> {
        let member = self.member;
        Part {
            name: &member.name,
            doc: member.doc.as_ref(),
            cond: member.cond.as_ref(),
            features: &member.features,
            presence: &self.presence,
        }
    }

    /// Returns its type as declared.
    fn declared_type(&self) -> TokenStream {
        let ty = &self.ty;
        if self.member.optional { quote!(::core::option::Option<#ty>) } else { ty.clone() }
    }

    /// Returns the name of the variable that holds it once it is read; it ends in `_` so that it
    /// is not the reader's.
    pub(super) fn local(&self) -> Ident {
        format_ident!("{}_", self.ident)
    }

    /// Returns the method of the reader and writer for it.
    pub(super) fn method(&self) -> Ident {
        let name = match (self.member.optional, self.is_boxed) {
            (false, false) => "required",
            (false, true) => "required_box",
            (true, false) => "optional",
            (true, true) => "optional_box",
        };
        Ident::new(name, Span::call_site())
    }
}

/// A struct of more members is read in parts.
pub(super) const WIDE: usize = 64;

/// Members read by one function of a wide struct at most.
const PART: usize = 32;

/// Returns the statements that read each of `fields` into its [local](Field::local).
///
/// For a wide struct a function of its own reads each part: rustc's time for a function grows with
/// the square of the members that it reads. Members under a condition are read outside of parts.
pub(super) fn read_in_parts(cx: &Context<'_>, fields: &[Field<'_>]) -> TokenStream {
    let rt = &cx.rt;
    let alike =
        |one: &Field<'_>, next: &Field<'_>| one.presence.is_always() && next.presence.is_always();
    let read_part = |part: &[Field<'_>]| {
        let locals = part.iter().map(Field::local);
        let types = part.iter().map(Field::declared_type);
        let methods = part.iter().map(Field::method);
        match part {
            [field] => {
                let (local, presence, method) = (field.local(), &field.presence, field.method());
                quote!(#presence let #local = r.#method()?;)
            }
            _ => quote! {
                let (#(#locals,)*) = {
                    #[allow(clippy::type_complexity)]
                    fn part(
                        r: &mut #rt::Reader<'_>
                    ) -> ::core::result::Result<(#(#types,)*), #rt::ReadError> {
                        ::core::result::Result::Ok((#(r.#methods()?,)*))
                    }
                    part(r)?
                };
            },
        }
    };
    let size = if fields.len() > WIDE { PART } else { 1 };
    fields.chunk_by(alike).flat_map(|run| run.chunks(size)).map(read_part).collect()
}

/// The field with another type than its member's, such as a union's tag: its place and that type.
pub(super) type Replaced<'a> = Option<(usize, &'a Ident)>;

/// Returns `name: Type,` for each field, documented.
pub(super) fn declarations(
    cx: &Context<'_>,
    subject: &Subject<'_>,
    fields: &[Field<'_>],
    replaced: Replaced<'_>,
) -> TokenStream {
    let declaration = |(at, field): (usize, &Field<'_>)| {
        let attributes = cx.part_attributes(subject, &field.part());
        let (ident, ty) = (&field.ident, field.declared_type());
        match replaced {
            Some((replaced, ty)) if replaced == at => quote!(#attributes pub #ident: #ty,),
            _ => quote!(#attributes pub #ident: #ty,),
        }
    };
    fields.iter().enumerate().map(declaration).collect()
}

/// Returns `impl Type { pub fn new(..) }`, or nothing if all members are optional.
pub(super) fn constructor(
    ident: &Ident,
    presence: &Presence,
    fields: &[Field<'_>],
    replaced: Replaced<'_>,
    rest: Option<&Ident>,
    allow_deprecated: AllowDeprecated,
) -> Option<TokenStream> {
    if fields.iter().all(|field| field.member.optional) {
        return None;
    }
    let parameters = fields.iter().enumerate().filter(|(_, field)| !field.member.optional);
    let parameters = parameters.map(|(at, field)| {
        let Field { ident, ty, presence, .. } = field;
        match replaced {
            Some((replaced, ty)) if replaced == at => quote!(#presence #ident: #ty,),
            _ if field.is_string => {
                quote!(#presence #ident: impl ::core::convert::Into<::std::string::String>,)
            }
            _ => quote!(#presence #ident: #ty,),
        }
    });
    let values = fields.iter().map(|field| {
        let Field { ident, presence, .. } = field;
        match (field.member.optional, field.is_string) {
            (true, _) => quote!(#presence #ident: ::core::option::Option::None,),
            (false, true) => quote!(#presence #ident: #ident.into(),),
            (false, false) => quote!(#presence #ident,),
        }
    });
    let rest = rest.iter().map(|rest| quote!(#rest: ::core::default::Default::default(),));
    Some(quote! {
        #presence
        #allow_deprecated
        #[allow(dead_code, clippy::all)]
        impl #ident {
            /// Makes a value of the mandatory members, without the optional ones.
            #[inline]
            pub fn new(#(#parameters)*) -> Self {
                Self { #(#values)* #(#rest)* }
            }
        }
    })
}

/// Returns `fn shape`, the members as the runtime's walker sees them.
pub(super) fn shape(
    cx: &Context<'_>,
    name: &str,
    features: &[Feature],
    fields: &[Field<'_>],
) -> TokenStream {
    let rt = &cx.rt;
    let calls: Vec<TokenStream> =
        fields.iter().map(|field| cx.feature_calls(&field.member.features)).collect();
    let members = if fields.is_empty() {
        quote!(&[])
    } else if calls.iter().all(TokenStream::is_empty) {
        let names = fields.iter().map(|Field { member, presence, .. }| {
            let mark = if member.optional { "*" } else { "" };
            let name = [mark, &member.name].concat();
            quote!(#presence #name)
        });
        quote!(const { &#rt::members([#(#names),*]) })
    } else {
        let members = fields.iter().zip(calls).map(|(Field { member, presence, .. }, calls)| {
            let name = &member.name;
            match member.optional {
                true => quote!(#presence #rt::optional(#name)#calls,),
                false => quote!(#presence #rt::member(#name)#calls,),
            }
        });
        quote!(const { &[#(#members)*] })
    };
    let calls = cx.feature_list(features);
    quote! {
        #[inline]
        fn shape() -> #rt::Shape {
            #rt::Shape::new(#name, #members)#calls
        }
    }
}

/// Returns `fn read` around `body`, which uses the reader `r` as `used` says.
pub(super) fn read_method(cx: &Context<'_>, used: Used, body: &TokenStream) -> TokenStream {
    let rt = &cx.rt;
    let (reader, mark) = used.parameter("r");
    quote! {
        #[inline]
        fn read(#reader: &mut #rt::Reader<'_>) -> ::core::result::Result<Self, #rt::ReadError> {
            #mark
            #body
        }
    }
}

/// Returns `fn write` around `body`, which uses the writer `w` as `used` says.
pub(super) fn write_method(cx: &Context<'_>, used: Used, body: &TokenStream) -> TokenStream {
    let rt = &cx.rt;
    let (writer, mark) = used.parameter("w");
    quote! {
        #[inline]
        fn write(&self, #writer: &mut #rt::Writer<'_>) {
            #mark
            #body
        }
    }
}

/// Use of a parameter by a method's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Used {
    Always,
    /// Under a condition.
    Sometimes,
    Never,
}

impl Used {
    /// Returns the use of the parameter by code that reads or writes each of `fields`.
    pub(super) fn by(fields: &[Field<'_>]) -> Used {
        if fields.iter().any(|field| field.presence.is_always()) {
            Used::Always
        } else if fields.is_empty() {
            Used::Never
        } else {
            Used::Sometimes
        }
    }

    /// Returns the parameter's name, and the statement that keeps rustc from calling it unused.
    fn parameter(self, name: &str) -> (Ident, Option<TokenStream>) {
        let ident = Ident::new(name, Span::call_site());
        match self {
            Used::Always => (ident, None),
            Used::Sometimes => {
                let mark = quote!(let _ = &#ident;);
                (ident, Some(mark))
            }
            Used::Never => (quote::format_ident!("_{name}"), None),
        }
    }
}
