//! Structs, and the arguments of commands and data of events that are written in line.

use qapi_parser::schema::{Definition, Member, ObjectType, TypeId};

use super::fields::{Field, Used, emit_declarations, emit_new, emit_shape, open_read, open_write};
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::Subject;
use crate::source::{Source, line, open};
use crate::ty::Scope;

/// A `struct` definition.
pub(super) fn emit_struct(cx: &Context<'_>, out: &mut Source, id: TypeId, ty: &ObjectType) {
    let item = Item {
        ident: cx.names.ty(id),
        owner: Some(id),
        members: &ty.members,
        presence: cx.type_presence(id),
        scope: Scope::Root,
    };
    item.emit(cx, out, &ty.definition);
}

/// A struct of Rust with a definition's members.
pub(super) struct Item<'a> {
    pub(super) ident: &'a str,
    pub(super) owner: Option<TypeId>,
    pub(super) members: &'a [Member],
    pub(super) presence: Presence,
    pub(super) scope: Scope,
}

impl Item<'_> {
    pub(super) fn emit(&self, cx: &Context<'_>, out: &mut Source, definition: &Definition) {
        let ident = self.ident;
        let fields = Field::all(cx, definition, self.owner, self.members, self.scope);
        let locals: Vec<&str> = self.members.iter().map(|member| member.name.as_str()).collect();
        let subject = Subject { cx, scope: self.scope, definition, locals: &locals };
        let deprecated = cx.deprecation(&definition.features).is_some()
            || fields.iter().any(|field| field.is_deprecated(cx));

        cx.emit_item(out, &subject, &self.presence);
        let default = if fields.iter().all(|field| field.member.optional) {
            ", ::core::default::Default"
        } else {
            ""
        };
        line!(
            out,
            "#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq{default})]"
        );
        if fields.is_empty() {
            line!(out, "pub struct {ident} {{}}");
        } else {
            open!(out, "pub struct {ident} {{");
            emit_declarations(cx, out, &subject, &fields, None);
            out.close("}");
        }
        out.blank();

        if fields.iter().any(|field| !field.member.optional) {
            cx.emit_presence(out, &self.presence);
            emit_new(cx, out, ident, &fields, None, deprecated);
            out.blank();
        }

        cx.emit_presence(out, &self.presence);
        cx.emit_allow_deprecated(out, deprecated);
        open!(out, "impl {}::Object for {ident} {{", cx.rt);
        emit_shape(cx, out, &definition.name, &definition.features, &fields);
        out.blank();
        open_read(cx, out, Used::by(&fields));
        if fields.is_empty() {
            line!(out, "::core::result::Result::Ok(Self {{}})");
        } else {
            open!(out, "::core::result::Result::Ok(Self {{");
            for field in &fields {
                cx.emit_presence(out, &field.presence);
                line!(out, "{}: r.{}()?,", field.ident, field.method());
            }
            out.close("})");
        }
        out.close("}");
        out.blank();
        open_write(cx, out, Used::by(&fields));
        for field in &fields {
            cx.emit_presence(out, &field.presence);
            line!(out, "w.{}(&self.{});", field.method(), field.ident);
        }
        out.close("}");
        out.close("}");
        out.blank();
        cx.emit_presence(out, &self.presence);
        line!(out, "{}::object!({ident});", cx.rt);
        out.blank();
    }
}
