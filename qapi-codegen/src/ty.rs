//! Types of the schema as types of Rust.

use proc_macro2::TokenStream;
use qapi_parser::schema::{Builtin, Type, TypeId};
use quote::{ToTokens, quote};

use crate::context::Context;

/// The module that a path is written in, which decides how it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The module of the generated types.
    Root,
    /// `commands`, `events` or `server`.
    Inner,
}

impl Scope {
    /// Returns the path from here to the generated types.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Scope::Root => "",
            Scope::Inner => "super::",
        }
    }
}

impl Context<'_> {
    /// Returns the Rust type of a value.
    pub(crate) fn ty(&self, id: TypeId, scope: Scope) -> TokenStream {
        match self.schema.ty(id) {
            Type::Builtin(builtin) => self.builtin(*builtin),
            Type::Array(array) => {
                let element = self.ty(array.element, scope);
                quote!(::std::vec::Vec<#element>)
            }
            Type::Enum(_) | Type::Object(_) | Type::Alternate(_) => {
                let ident = self.names.ty(id);
                match (self.extern_type(id), scope) {
                    (Some(ty), _) => ty.path.clone(),
                    (None, Scope::Root) => ident.to_token_stream(),
                    (None, Scope::Inner) => quote!(super::#ident),
                }
            }
        }
    }

    /// Returns the Rust type of a member of `owner`, in a `Box` where it must be.
    pub(crate) fn field_type(
        &self,
        owner: Option<TypeId>,
        id: TypeId,
        scope: Scope,
    ) -> TokenStream {
        let ty = self.ty(id, scope);
        if self.is_boxed(owner, id) { quote!(::std::boxed::Box<#ty>) } else { ty }
    }

    fn builtin(&self, builtin: Builtin) -> TokenStream {
        let root = &self.root;
        match builtin {
            Builtin::Str => quote!(::std::string::String),
            Builtin::Number => quote!(f64),
            Builtin::Int | Builtin::Int64 => quote!(i64),
            Builtin::Int8 => quote!(i8),
            Builtin::Int16 => quote!(i16),
            Builtin::Int32 => quote!(i32),
            Builtin::Uint8 => quote!(u8),
            Builtin::Uint16 => quote!(u16),
            Builtin::Uint32 => quote!(u32),
            Builtin::Uint64 | Builtin::Size => quote!(u64),
            Builtin::Bool => quote!(bool),
            Builtin::Any => quote!(#root::Value),
            Builtin::Null => quote!(#root::Null),
        }
    }
}
