//! Alternates: the JSON type of a value decides what it is.

use qapi_parser::schema::{AlternateType, Branch, Builtin, Type, TypeId};

use super::fields::{Used, open_write};
use crate::attrs::Part;
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::Subject;
use crate::source::{Source, line, literal, open};
use crate::ty::Scope;

/// How many kinds of JSON values the runtime tells apart.
const KINDS: usize = 6;

/// An `alternate` definition.
pub(super) fn emit_alternate(cx: &Context<'_>, out: &mut Source, id: TypeId, ty: &AlternateType) {
    let rt = &cx.rt;
    let ident = cx.names.ty(id);
    let name = &ty.definition.name;
    let presence = cx.type_presence(id);
    let alternatives: Vec<(&Branch, String, Presence)> = ty
        .alternatives
        .iter()
        .map(|branch| {
            (branch, cx.names.variant(name, &branch.name), cx.branch_presence(None, branch))
        })
        .filter(|(_, _, presence)| !presence.is_never())
        .collect();
    let locals: Vec<&str> = ty.alternatives.iter().map(|branch| branch.name.as_str()).collect();
    let subject = Subject { cx, scope: Scope::Root, definition: &ty.definition, locals: &locals };

    cx.emit_item(out, &subject, &presence);
    line!(out, "#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]");
    line!(out, "#[allow(clippy::large_enum_variant)]");
    open!(out, "pub enum {ident} {{");
    for (branch, variant, presence) in &alternatives {
        let part = Part {
            name: &branch.name,
            doc: branch.doc.as_ref(),
            cond: branch.cond.as_ref(),
            features: &[],
            presence,
        };
        cx.emit_part(out, &subject, &part);
        line!(out, "{variant}({}),", cx.held(Some(id), branch.ty, Scope::Root));
    }
    out.close("}");
    out.blank();

    cx.emit_presence(out, &presence);
    open!(out, "impl {rt}::Alternate for {ident} {{");
    line!(out, "const NAME: &'static str = {};", literal(name));
    out.blank();
    line!(out, "#[inline]");
    open!(out, "fn read(r: &mut {rt}::Reader<'_>) -> ::core::result::Result<Self, {rt}::Stop> {{");
    open!(out, "match r.kind() {{");
    for (branch, variant, presence) in &alternatives {
        cx.emit_presence(out, presence);
        line!(
            out,
            "{rt}::Kind::{} => ::core::result::Result::Ok(Self::{variant}(r.value()?)),",
            kind(cx.schema.ty(branch.ty))
        );
    }
    if alternatives.len() < KINDS
        || alternatives.iter().any(|(_, _, presence)| !presence.is_always())
    {
        if alternatives.len() == KINDS {
            line!(out, "#[allow(unreachable_patterns)]");
        }
        line!(out, "_ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),");
    }
    out.close("}");
    out.close("}");
    out.blank();
    let inhabited = alternatives.iter().any(|(_, _, presence)| presence.is_always());
    let (place, bind) = if inhabited { ("self", "value") } else { ("*self", "ref value") };
    let used = match (inhabited, alternatives.is_empty()) {
        (true, _) => Used::Always,
        (false, false) => Used::Sometimes,
        (false, true) => Used::Never,
    };
    open_write(cx, out, used);
    open!(out, "match {place} {{");
    for (_, variant, presence) in &alternatives {
        cx.emit_presence(out, presence);
        line!(out, "Self::{variant}({bind}) => w.value(value),");
    }
    out.close("}");
    out.close("}");
    out.close("}");
    out.blank();
    cx.emit_presence(out, &presence);
    line!(out, "{rt}::alternate!({ident});");
    out.blank();
}

/// The runtime's kind of JSON value that a type is written as.
fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Builtin(Builtin::Null) => "Null",
        Type::Builtin(Builtin::Bool) => "Bool",
        Type::Builtin(Builtin::Str) | Type::Enum(_) => "String",
        Type::Builtin(_) => "Number",
        Type::Array(_) => "List",
        Type::Object(_) | Type::Alternate(_) => "Dict",
    }
}
