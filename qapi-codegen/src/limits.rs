//! Limits of generated code.

use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::schema::Type;

use crate::context::Context;
use crate::error::DefinitionError;

/// Most values of an enum. rustc's time grows with the square of their number: this many take it
/// 5 s. QEMU's largest enum has fewer than 200.
const ENUM_VALUES: usize = 8192;

/// Reports enums with too many values.
pub(crate) fn check_limits(cx: &Context<'_>, diagnostics: &mut Diagnostics) {
    for id in cx.selection.types(cx.schema) {
        let Type::Enum(ty) = cx.schema.ty(id) else { continue };
        let (name, count) = (&ty.definition.name, ty.values.len());
        if count > ENUM_VALUES {
            let name = name.clone();
            let error = DefinitionError::TooManyValues { name, count, limit: ENUM_VALUES };
            diagnostics.push(error.at(ty.definition.span));
        }
    }
}
