//! A type of the schema as a type of Rust.

use std::borrow::Cow;

use qapi_parser::schema::{Builtin, Type, TypeId};

use crate::context::Context;

/// The module that a path is written in, which decides how it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Where the generated types are.
    Root,
    /// In `commands`, `events` or `server`.
    Inner,
}

impl Scope {
    /// From here to where the types are.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Scope::Root => "",
            Scope::Inner => "super::",
        }
    }
}

impl Context<'_> {
    /// The Rust type of a value.
    pub(crate) fn ty(&self, id: TypeId, scope: Scope) -> Cow<'_, str> {
        match self.schema.ty(id) {
            Type::Builtin(builtin) => self.builtin(*builtin),
            Type::Array(array) => {
                format!("::std::vec::Vec<{}>", self.ty(array.element, scope)).into()
            }
            Type::Enum(_) | Type::Object(_) | Type::Alternate(_) => match self.extern_path(id) {
                Some(path) => path.into(),
                None if scope == Scope::Root => self.names.ty(id).into(),
                None => format!("{}{}", scope.prefix(), self.names.ty(id)).into(),
            },
        }
    }

    /// The Rust type of a member of `owner`, in a `Box` where it must be.
    pub(crate) fn held(&self, owner: Option<TypeId>, id: TypeId, scope: Scope) -> Cow<'_, str> {
        let ty = self.ty(id, scope);
        if self.is_boxed(owner, id) { format!("::std::boxed::Box<{ty}>").into() } else { ty }
    }

    fn builtin(&self, builtin: Builtin) -> Cow<'_, str> {
        match builtin {
            Builtin::Str => "::std::string::String".into(),
            Builtin::Number => "f64".into(),
            Builtin::Int | Builtin::Int64 => "i64".into(),
            Builtin::Int8 => "i8".into(),
            Builtin::Int16 => "i16".into(),
            Builtin::Int32 => "i32".into(),
            Builtin::Uint8 => "u8".into(),
            Builtin::Uint16 => "u16".into(),
            Builtin::Uint32 => "u32".into(),
            Builtin::Uint64 | Builtin::Size => "u64".into(),
            Builtin::Bool => "bool".into(),
            Builtin::Any => format!("{}::Value", self.root).into(),
            Builtin::Null => format!("{}::Null", self.root).into(),
        }
    }
}
