//! Enums.

use qapi_parser::schema::{EnumType, EnumValue, TypeId};

use crate::attrs::Part;
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::Subject;
use crate::names::Names;
use crate::source::{Source, line, literal, open};
use crate::ty::Scope;

/// A value that is there.
struct Variant<'a> {
    value: &'a EnumValue,
    ident: String,
    presence: Presence,
}

/// The variants of an enum that are there, and the one for all else if it is open.
fn variants<'a>(cx: &Context<'_>, ty: &'a EnumType) -> Vec<Variant<'a>> {
    let variant = |value: &'a EnumValue| {
        let presence = cx.options.presence_with(value.cond.as_ref(), &value.features);
        (!presence.is_never()).then(|| Variant {
            value,
            ident: cx.names.value(ty, value),
            presence,
        })
    };
    ty.values.iter().filter_map(variant).collect()
}

/// The variant of an open enum that keeps a value which the schema does not name.
pub(super) fn catch_all(cx: &Context<'_>, id: TypeId, ty: &EnumType) -> Option<String> {
    let idents = || variants(cx, ty).into_iter().map(|variant| variant.ident).collect::<Vec<_>>();
    cx.is_open(id).then(|| Names::catch_all(&idents()))
}

/// An `enum` definition.
pub(super) fn emit_enum(cx: &Context<'_>, out: &mut Source, id: TypeId, ty: &EnumType) {
    let rt = &cx.rt;
    let ident = cx.names.ty(id);
    let presence = cx.type_presence(id);
    let variants = variants(cx, ty);
    let catch_all = catch_all(cx, id, ty);
    let locals: Vec<&str> = ty.values.iter().map(|value| value.name.as_str()).collect();
    let subject = Subject { cx, scope: Scope::Root, definition: &ty.definition, locals: &locals };
    let deprecated =
        variants.iter().any(|variant| cx.deprecation(&variant.value.features).is_some());

    cx.emit_item(out, &subject, &presence);
    let copy = if catch_all.is_none() { ", ::core::marker::Copy" } else { "" };
    line!(out, "#[derive(::core::fmt::Debug, ::core::clone::Clone{copy})]");
    line!(
        out,
        "#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::cmp::PartialOrd, ::core::cmp::Ord)]"
    );
    line!(out, "#[derive(::core::hash::Hash)]");
    open!(out, "pub enum {ident} {{");
    for variant in &variants {
        let value = variant.value;
        let part = Part {
            name: &value.name,
            doc: value.doc.as_ref(),
            cond: value.cond.as_ref(),
            features: &value.features,
            presence: &variant.presence,
        };
        cx.emit_part(out, &subject, &part);
        line!(out, "{},", variant.ident);
    }
    if let Some(other) = &catch_all {
        line!(out, "/// A value that the schema does not name.");
        line!(out, "{other}(::std::string::String),");
    }
    out.close("}");
    out.blank();

    cx.emit_presence(out, &presence);
    cx.emit_allow_deprecated(out, deprecated);
    let kind = if catch_all.is_some() { "OpenEnum" } else { "Enum" };
    open!(out, "impl {rt}::{kind} for {ident} {{");
    let calls = cx.feature_list(&ty.definition.features);
    open!(
        out,
        "const SHAPE: &'static {rt}::EnumShape = &{rt}::EnumShape::new({}, &[",
        literal(&ty.definition.name)
    );
    for variant in &variants {
        cx.emit_presence(out, &variant.presence);
        let calls = cx.feature_calls(&variant.value.features);
        line!(out, "{rt}::value({}){calls},", literal(&variant.value.name));
    }
    out.close(&format!("]){calls};"));
    open!(out, "const VALUES: &'static [Self] = &[");
    for variant in &variants {
        cx.emit_presence(out, &variant.presence);
        line!(out, "Self::{},", variant.ident);
    }
    out.close("];");
    out.blank();
    match &catch_all {
        Some(other) => emit_open_index(out, &variants, other),
        None => emit_index(out, &variants),
    }
    out.close("}");
    out.blank();
    cx.emit_presence(out, &presence);
    let declare = if catch_all.is_some() { "open_enumeration" } else { "enumeration" };
    line!(out, "{rt}::{declare}!({ident});");
    out.blank();
}

/// The place of a value among the values.
fn emit_index(out: &mut Source, variants: &[Variant<'_>]) {
    line!(out, "#[inline]");
    open!(out, "fn index(&self) -> usize {{");
    if variants.iter().any(|variant| variant.presence.is_always()) {
        line!(out, "*self as usize");
    } else {
        // Rust casts no enum that may have no variant.
        line!(out, "Self::VALUES.iter().position(|value| value == self).unwrap_or(0)");
    }
    out.close("}");
}

/// The place of a value among those that the schema names, or the value itself.
fn emit_open_index(out: &mut Source, variants: &[Variant<'_>], other: &str) {
    line!(out, "#[inline]");
    open!(out, "fn index(&self) -> ::core::result::Result<usize, &str> {{");
    open!(out, "match self {{");
    line!(out, "Self::{other}(name) => ::core::result::Result::Err(name),");
    if variants.iter().all(|variant| variant.presence.is_always()) {
        for (index, variant) in variants.iter().enumerate() {
            line!(out, "Self::{} => ::core::result::Result::Ok({index}),", variant.ident);
        }
    } else if !variants.is_empty() {
        // With every value left out there is none that this could be.
        if !variants.iter().any(|variant| variant.presence.is_always()) {
            line!(out, "#[allow(unreachable_patterns)]");
        }
        open!(out, "value => {{");
        line!(out, "let index = Self::VALUES.iter().position(|known| known == value);");
        line!(out, "::core::result::Result::Ok(index.unwrap_or(0))");
        out.close("}");
    }
    out.close("}");
    out.close("}");
    out.blank();
    line!(out, "#[inline]");
    open!(out, "fn other(name: ::std::string::String) -> Self {{");
    line!(out, "Self::{other}(name)");
    out.close("}");
}
