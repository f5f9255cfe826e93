//! Unions: tag and branch in one, so that they cannot disagree.
//!
//! Where the tag is all that the branches have in common, the union is an enum. Otherwise it is a
//! struct, and the tag's field holds the enum.

use std::borrow::Cow;

use qapi_parser::schema::{Branch, EnumType, EnumValue, ObjectOrigin, ObjectType, Type, TypeId};

use super::enum_::catch_all;
use super::fields::{Field, Used, emit_declarations, emit_new, emit_shape, open_read, open_write};
use crate::attrs::Part;
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::Subject;
use crate::source::{Source, line, open};
use crate::ty::Scope;

/// A branch that is there.
struct Arm<'a> {
    branch: &'a Branch,
    /// The tag's value.
    value: Option<&'a EnumValue>,
    ident: String,
    /// What it holds; nothing where it has no members.
    ty: Option<Cow<'a, str>>,
    boxed: bool,
    presence: Presence,
}

/// A union on the way to text.
struct Union<'a> {
    cx: &'a Context<'a>,
    subject: Subject<'a>,
    ident: &'a str,
    /// The enum of its branches: the union itself, or what its tag's field holds.
    branches: String,
    fields: Vec<Field<'a>>,
    /// The tag's place among the fields.
    tag: usize,
    /// The enum of the tag.
    tag_type: Cow<'a, str>,
    arms: Vec<Arm<'a>>,
    /// The variant for branches that the schema does not know.
    other: Option<String>,
    presence: Presence,
    deprecated: bool,
}

/// A `union` definition.
pub(super) fn emit_union(cx: &Context<'_>, out: &mut Source, id: TypeId, ty: &ObjectType) {
    let (Some(branches), Some((tag_id, tag))) = (&ty.branches, cx.tag_enum(ty)) else {
        return;
    };
    let branch_names = branches.branches.iter().map(|branch| branch.name.as_str());
    let locals: Vec<&str> =
        ty.members.iter().map(|member| member.name.as_str()).chain(branch_names).collect();
    let fields = Field::all(cx, &ty.definition, Some(id), &ty.members, Scope::Root);
    let arms: Vec<Arm<'_>> =
        branches.branches.iter().filter_map(|branch| Arm::new(cx, id, ty, tag, branch)).collect();
    let is_enum = ty.members.len() == 1;
    let union = Union {
        cx,
        subject: Subject { cx, scope: Scope::Root, definition: &ty.definition, locals: &locals },
        ident: cx.names.ty(id),
        branches: if is_enum { cx.names.ty(id).to_owned() } else { cx.names.branch_enum(id) },
        tag: fields
            .iter()
            .position(|field| field.member.name == ty.members[branches.tag].name)
            .unwrap_or_default(),
        tag_type: cx.ty(tag_id, Scope::Root),
        other: catch_all(cx, tag_id, tag),
        presence: cx.type_presence(id),
        deprecated: fields.iter().any(|field| field.is_deprecated(cx))
            || tag.values.iter().any(|value| cx.deprecation(&value.features).is_some()),
        fields,
        arms,
    };
    if is_enum {
        union.emit_enum(out);
    } else {
        union.emit_struct(out);
    }
}

impl<'a> Arm<'a> {
    fn new(
        cx: &'a Context<'a>,
        id: TypeId,
        union: &ObjectType,
        tag: &'a EnumType,
        branch: &'a Branch,
    ) -> Option<Arm<'a>> {
        let value = tag.values.iter().find(|value| value.name == branch.name);
        let presence = cx.branch_presence(value, branch);
        let is_empty =
            matches!(cx.schema.ty(branch.ty), Type::Object(ty) if ty.origin == ObjectOrigin::Empty);
        (!presence.is_never()).then(|| Arm {
            branch,
            value,
            ident: cx.names.branch(union, branch),
            ty: (!is_empty).then(|| cx.held(Some(id), branch.ty, Scope::Root)),
            boxed: cx.is_boxed(Some(id), branch.ty),
            presence,
        })
    }
}

impl Union<'_> {
    /// The union as an enum.
    fn emit_enum(&self, out: &mut Source) {
        self.cx.emit_item(out, &self.subject, &self.presence);
        self.emit_branches(out);
        self.open_object(out);
        open_read(self.cx, out, Used::Always);
        open!(out, "::core::result::Result::Ok(match r.required::<{}>()? {{", self.tag_type);
        self.emit_read_arms(out, "Self");
        out.close("})");
        out.close("}");
        out.blank();
        open_write(self.cx, out, Used::Always);
        line!(out, "w.required(&self.discriminator());");
        self.emit_write_match(out, self.scrutinee("self", "*self"), "Self");
        out.close("}");
        self.close_object(out);
    }

    /// The union as a struct, and the enum that its tag's field holds.
    fn emit_struct(&self, out: &mut Source) {
        let cx = self.cx;
        let replaced = Some((self.tag, self.branches.as_str()));
        cx.emit_item(out, &self.subject, &self.presence);
        line!(out, "#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]");
        open!(out, "pub struct {} {{", self.ident);
        emit_declarations(cx, out, &self.subject, &self.fields, replaced);
        out.close("}");
        out.blank();
        cx.emit_presence(out, &self.presence);
        emit_new(cx, out, self.ident, &self.fields, replaced, self.deprecated);
        out.blank();

        out.doc(&format!("The branches of [`{}`]: its tag and what goes with it.", self.ident));
        cx.emit_presence(out, &self.presence);
        if !cx.options.docs {
            line!(out, "#[allow(missing_docs)]");
        }
        cx.emit_type_attributes(out, &self.subject);
        self.emit_branches(out);

        self.open_object(out);
        open_read(cx, out, Used::Always);
        // The branch's members come after all others. The names end in `_` so that none is the reader's.
        let local = |field: &Field<'_>| format!("{}_", field.ident.trim_start_matches("r#"));
        for (at, field) in self.fields.iter().enumerate() {
            cx.emit_presence(out, &field.presence);
            // Branches that are all left out would not tell the tag's type.
            let ty = match at == self.tag && !self.is_inhabited() {
                true => format!("::<{}>", self.tag_type),
                false => String::new(),
            };
            line!(out, "let {} = r.{}{ty}()?;", local(field), field.method());
        }
        open!(out, "::core::result::Result::Ok(Self {{");
        for (_, field) in self.fields.iter().enumerate().filter(|(at, _)| *at != self.tag) {
            cx.emit_presence(out, &field.presence);
            line!(out, "{}: {},", field.ident, local(field));
        }
        let tag = &self.fields[self.tag];
        open!(out, "{}: match {} {{", tag.ident, local(tag));
        self.emit_read_arms(out, &self.branches);
        out.close("},");
        out.close("})");
        out.close("}");
        out.blank();
        open_write(cx, out, Used::Always);
        for (at, field) in self.fields.iter().enumerate() {
            cx.emit_presence(out, &field.presence);
            if at == self.tag {
                line!(out, "w.required(&self.{}.discriminator());", tag.ident);
            } else {
                line!(out, "w.{}(&self.{});", field.method(), field.ident);
            }
        }
        let place = format!("self.{}", tag.ident);
        self.emit_write_match(out, self.scrutinee(&format!("&{place}"), &place), &self.branches);
        out.close("}");
        self.close_object(out);
    }

    /// The enum of the branches, from its derives on.
    fn emit_branches(&self, out: &mut Source) {
        let cx = self.cx;
        line!(out, "#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]");
        line!(out, "#[allow(clippy::large_enum_variant)]");
        open!(out, "pub enum {} {{", self.branches);
        for arm in &self.arms {
            let part = Part {
                name: &arm.branch.name,
                doc: arm.branch.doc.as_ref().or(arm.value.and_then(|value| value.doc.as_ref())),
                cond: arm.branch.cond.as_ref(),
                features: arm.value.map_or(&[], |value| &value.features),
                presence: &arm.presence,
            };
            cx.emit_part(out, &self.subject, &part);
            match &arm.ty {
                Some(ty) => line!(out, "{}({ty}),", arm.ident),
                None => line!(out, "{},", arm.ident),
            }
        }
        if let Some(other) = &self.other {
            line!(out, "/// A branch that the schema does not know.");
            line!(out, "{other}({}::UnknownBranch),", cx.root);
        }
        out.close("}");
        out.blank();

        cx.emit_presence(out, &self.presence);
        cx.emit_allow_deprecated(out, self.deprecated);
        open!(out, "impl {} {{", self.branches);
        line!(out, "/// The tag's value.");
        line!(out, "#[inline]");
        open!(out, "pub fn discriminator(&self) -> {} {{", self.tag_type);
        open!(out, "match {} {{", self.scrutinee("self", "*self"));
        for arm in &self.arms {
            cx.emit_presence(out, &arm.presence);
            let pattern = if arm.ty.is_some() { "(_)" } else { "" };
            line!(out, "Self::{ident}{pattern} => {}::{ident},", self.tag_type, ident = arm.ident);
        }
        if let Some(other) = &self.other {
            let tag = &self.tag_type;
            line!(out, "Self::{other}(branch) => {tag}::{other}(branch.discriminator.clone()),");
        }
        out.close("}");
        out.close("}");
        out.close("}");
        out.blank();
    }

    fn open_object(&self, out: &mut Source) {
        let (cx, definition) = (self.cx, self.subject.definition);
        cx.emit_presence(out, &self.presence);
        cx.emit_allow_deprecated(out, self.deprecated);
        if !self.is_inhabited() {
            line!(out, "#[allow(unreachable_code)]");
        }
        open!(out, "impl {}::Object for {} {{", cx.rt, self.ident);
        emit_shape(cx, out, &definition.name, &definition.features, &self.fields);
        out.blank();
    }

    fn close_object(&self, out: &mut Source) {
        out.close("}");
        out.blank();
        self.cx.emit_presence(out, &self.presence);
        line!(out, "{}::object!({});", self.cx.rt, self.ident);
        out.blank();
    }

    /// From the tag's value to the branch, a variant of `branches`.
    fn emit_read_arms(&self, out: &mut Source, branches: &str) {
        let tag = &self.tag_type;
        for arm in &self.arms {
            self.cx.emit_presence(out, &arm.presence);
            let ident = &arm.ident;
            match (&arm.ty, arm.boxed) {
                (None, _) => {
                    open!(out, "{tag}::{ident} => {{");
                    line!(out, "r.empty_branch()?;");
                    line!(out, "{branches}::{ident}");
                    out.close("}");
                }
                (Some(_), false) => {
                    line!(out, "{tag}::{ident} => {branches}::{ident}(r.branch()?),")
                }
                (Some(_), true) => {
                    line!(
                        out,
                        "{tag}::{ident} => {branches}::{ident}(::std::boxed::Box::new(r.branch()?)),"
                    )
                }
            }
        }
        if let Some(other) = &self.other {
            line!(out, "{tag}::{other}(name) => {branches}::{other}(r.unknown_branch(name)?),");
        }
    }

    /// Writes the members of the branch that is matched at `place`, a variant of `branches`.
    fn emit_write_match(&self, out: &mut Source, place: &str, branches: &str) {
        open!(out, "match {place} {{");
        for arm in &self.arms {
            self.cx.emit_presence(out, &arm.presence);
            let ident = &arm.ident;
            let bind = if self.is_inhabited() { "branch" } else { "ref branch" };
            match (&arm.ty, arm.boxed) {
                (None, _) => line!(out, "{branches}::{ident} => {{}}"),
                (Some(_), false) => line!(out, "{branches}::{ident}({bind}) => w.branch(branch),"),
                (Some(_), true) => {
                    line!(out, "{branches}::{ident}({bind}) => w.branch(&**branch),")
                }
            }
        }
        if let Some(other) = &self.other {
            line!(out, "{branches}::{other}(branch) => w.unknown_branch(branch),");
        }
        out.close("}");
    }

    /// Whether the enum of branches has a variant whatever the conditions.
    fn is_inhabited(&self) -> bool {
        self.other.is_some() || self.arms.iter().any(|arm| arm.presence.is_always())
    }

    /// How to match on the enum of branches: Rust wants one that may have no variant by value.
    fn scrutinee<'t>(&self, by_reference: &'t str, by_value: &'t str) -> &'t str {
        if self.is_inhabited() { by_reference } else { by_value }
    }
}
