//! Members as fields: what structs, unions, arguments and event data share.

use std::borrow::Cow;

use qapi_parser::schema::{Builtin, Definition, Feature, Member, Type, TypeId};

use crate::attrs::Part;
use crate::cond::Presence;
use crate::context::Context;
use crate::docs::Subject;
use crate::source::{Source, line, literal, open};
use crate::ty::Scope;

/// A member that is there.
pub(super) struct Field<'a> {
    pub(super) member: &'a Member,
    pub(super) ident: String,
    /// Its type, in a `Box` where it must be, without `Option`.
    pub(super) ty: Cow<'a, str>,
    pub(super) presence: Presence,
    is_string: bool,
}

impl<'a> Field<'a> {
    /// The fields of `members` in the type that `definition` becomes. `owner` is that type where others
    /// may hold it.
    pub(super) fn all(
        cx: &'a Context<'a>,
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
                ty: cx.held(owner, member.ty, scope),
                presence,
                is_string: matches!(cx.schema.ty(member.ty), Type::Builtin(Builtin::Str)),
            })
        };
        members.iter().filter_map(field).collect()
    }

    /// Whether our code for it names something deprecated.
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

    /// The reader's or writer's method for it.
    pub(super) fn method(&self) -> &'static str {
        if self.member.optional { "optional" } else { "required" }
    }
}

/// The type of a field that is not what its member says, such as that of a union's tag.
pub(super) type Replaced<'a> = Option<(usize, &'a str)>;

/// `name: Type,` for each field, documented. `replaced` is the field with another type.
pub(super) fn emit_declarations(
    cx: &Context<'_>,
    out: &mut Source,
    subject: &Subject<'_>,
    fields: &[Field<'_>],
    replaced: Replaced<'_>,
) {
    for (at, field) in fields.iter().enumerate() {
        cx.emit_part(out, subject, &field.part());
        let ident = &field.ident;
        let ty = replaced.filter(|(replaced, _)| *replaced == at).map_or(&*field.ty, |(_, ty)| ty);
        if field.member.optional {
            line!(out, "pub {ident}: ::core::option::Option<{ty}>,");
        } else {
            line!(out, "pub {ident}: {ty},");
        }
    }
}

/// `new`, for types with members that must be given.
pub(super) fn emit_new(
    cx: &Context<'_>,
    out: &mut Source,
    ident: &str,
    fields: &[Field<'_>],
    replaced: Replaced<'_>,
    deprecated: bool,
) {
    if fields.iter().all(|field| field.member.optional) {
        return;
    }
    cx.emit_allow_deprecated(out, deprecated);
    open!(out, "impl {ident} {{");
    line!(out, "/// A value of the mandatory members; the optional ones are absent.");
    let mandatory = fields.iter().filter(|field| !field.member.optional).count();
    if mandatory > 7 {
        line!(out, "#[allow(clippy::too_many_arguments)]");
    }
    if fields.iter().all(|field| field.member.optional || !field.presence.is_always()) {
        line!(out, "#[allow(clippy::new_without_default)]");
    }
    line!(out, "#[inline]");
    open!(out, "pub fn new(");
    for (at, field) in fields.iter().enumerate().filter(|(_, field)| !field.member.optional) {
        cx.emit_presence(out, &field.presence);
        let name = &field.ident;
        match replaced.filter(|(replaced, _)| *replaced == at) {
            Some((_, ty)) => line!(out, "{name}: {ty},"),
            None if field.is_string => {
                line!(out, "{name}: impl ::core::convert::Into<::std::string::String>,")
            }
            None => line!(out, "{name}: {},", field.ty),
        }
    }
    out.close(") -> Self {");
    out.indented(|out| {
        open!(out, "Self {{");
        for field in fields {
            cx.emit_presence(out, &field.presence);
            let name = &field.ident;
            match (field.member.optional, field.is_string) {
                (true, _) => line!(out, "{name}: ::core::option::Option::None,"),
                (false, true) => line!(out, "{name}: {name}.into(),"),
                (false, false) => line!(out, "{name},"),
            }
        }
        out.close("}");
    });
    line!(out, "}}");
    out.close("}");
}

/// `const SHAPE`: what the runtime's walker has to know of an object's members.
pub(super) fn emit_shape(
    cx: &Context<'_>,
    out: &mut Source,
    name: &str,
    features: &[Feature],
    fields: &[Field<'_>],
) {
    let rt = &cx.rt;
    let name = literal(name);
    let calls = cx.feature_list(features);
    if fields.is_empty() {
        line!(out, "const SHAPE: &'static {rt}::Shape = &{rt}::Shape::new({name}, &[]){calls};");
        return;
    }
    open!(out, "const SHAPE: &'static {rt}::Shape = &{rt}::Shape::new({name}, &[");
    for field in fields {
        cx.emit_presence(out, &field.presence);
        let kind = if field.member.optional { "optional" } else { "member" };
        let calls = cx.feature_calls(&field.member.features);
        line!(out, "{rt}::{kind}({}){calls},", literal(&field.member.name));
    }
    out.close(&format!("]){calls};"));
}

/// The head of `fn read`, with the reader called `r`. `used` is whether the body reads something.
pub(super) fn open_read(cx: &Context<'_>, out: &mut Source, used: Used) {
    let rt = &cx.rt;
    let reader = used.name("r");
    line!(out, "#[inline]");
    open!(
        out,
        "fn read({reader}: &mut {rt}::Reader<'_>) -> ::core::result::Result<Self, {rt}::Stop> {{"
    );
    used.touch(out, "r");
}

/// The head of `fn write`, with the writer called `w`. `used` is whether the body writes something.
pub(super) fn open_write(cx: &Context<'_>, out: &mut Source, used: Used) {
    let writer = used.name("w");
    line!(out, "#[inline]");
    open!(out, "fn write(&self, {writer}: &mut {}::Writer<'_>) {{", cx.rt);
    used.touch(out, "w");
}

/// Whether a parameter is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Used {
    Always,
    /// Under a condition.
    Sometimes,
    Never,
}

impl Used {
    /// Whether what reads or writes each of `fields` uses its parameter.
    pub(super) fn by(fields: &[Field<'_>]) -> Used {
        if fields.iter().any(|field| field.presence.is_always()) {
            Used::Always
        } else if fields.is_empty() {
            Used::Never
        } else {
            Used::Sometimes
        }
    }

    fn name(self, name: &str) -> String {
        if self == Used::Never { format!("_{name}") } else { name.to_owned() }
    }

    fn touch(self, out: &mut Source, name: &str) {
        if self == Used::Sometimes {
            line!(out, "let _ = &{name};");
        }
    }
}
