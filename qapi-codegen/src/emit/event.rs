//! Events: a type for the data of each, and the enum of all.

use super::command::{Payload, presence};
use crate::context::Context;
use crate::source::{Source, line, literal, open};

/// Module `events`.
pub(super) fn emit_events(cx: &Context<'_>, out: &mut Source) {
    line!(out, "/// The events: a type for the data of each.");
    open!(out, "pub mod events {{");
    for event in cx.selection.events(cx.schema) {
        let definition = &event.definition;
        let ident = cx.names.event(&definition.name);
        Payload::new(cx, event.data).emit(cx, out, &ident, definition);
        cx.emit_presence(out, &presence(cx, definition));
        cx.emit_allow_deprecated(out, cx.deprecation(&definition.features).is_some());
        open!(out, "impl {}::Event for {ident} {{", cx.root);
        line!(
            out,
            "const INFO: &'static {root}::EventInfo = &{root}::EventInfo::new({}){};",
            literal(&definition.name),
            cx.feature_calls(&definition.features),
            root = cx.root
        );
        out.close("}");
        out.blank();
    }
    if cx.options.role.is_client() {
        emit_any_event(cx, out);
    }
    out.close("}");
    out.blank();
}

/// The enum of all events.
fn emit_any_event(cx: &Context<'_>, out: &mut Source) {
    let (root, rt) = (cx.root, &cx.rt);
    let events: Vec<_> = cx
        .selection
        .events(cx.schema)
        .map(|event| {
            let definition = &event.definition;
            (definition, cx.names.event(&definition.name), presence(cx, definition))
        })
        .collect();
    let deprecated =
        events.iter().any(|(definition, _, _)| cx.deprecation(&definition.features).is_some());
    let each = |out: &mut Source, write: &dyn Fn(&mut Source, &str, &str)| {
        for (definition, ident, presence) in &events {
            cx.emit_presence(out, presence);
            write(out, ident, &definition.name);
        }
    };

    line!(out, "/// An event of whatever kind.");
    line!(out, "#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]");
    line!(out, "#[allow(clippy::large_enum_variant)]");
    cx.emit_allow_deprecated(out, deprecated);
    open!(out, "pub enum Event {{");
    each(out, &|out, ident, name| {
        line!(out, "/// `{name}`");
        line!(out, "{ident}({ident}),");
    });
    line!(out, "/// One that the schema does not name.");
    line!(out, "Unknown({root}::RawEvent),");
    out.close("}");
    out.blank();

    cx.emit_allow_deprecated(out, deprecated);
    open!(out, "impl {rt}::AnyEvent for Event {{");
    line!(out, "#[inline]");
    open!(
        out,
        "fn read(name: &str, data: {rt}::EventData<'_>) -> ::core::result::Result<Self, {root}::DecodeError> {{"
    );
    if events.is_empty() {
        line!(out, "::core::result::Result::Ok(Self::Unknown(data.raw(name)))");
    } else {
        open!(out, "match name {{");
        each(out, &|out, ident, name| {
            line!(
                out,
                "{} => ::core::result::Result::Ok(Self::{ident}(data.read()?)),",
                literal(name)
            )
        });
        line!(out, "_ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),");
        out.close("}");
    }
    out.close("}");
    out.blank();
    line!(out, "#[inline]");
    open!(out, "fn info(&self) -> ::core::option::Option<&'static {root}::EventInfo> {{");
    open!(out, "match self {{");
    each(out, &|out, ident, _| {
        line!(
            out,
            "Self::{ident}(_) => ::core::option::Option::Some(<{ident} as {root}::Event>::INFO),"
        )
    });
    line!(out, "Self::Unknown(_) => ::core::option::Option::None,");
    out.close("}");
    out.close("}");
    out.blank();
    line!(out, "#[inline]");
    open!(out, "fn name(&self) -> &str {{");
    open!(out, "match self {{");
    each(out, &|out, ident, name| line!(out, "Self::{ident}(_) => {},", literal(name)));
    line!(out, "Self::Unknown(event) => &event.name,");
    out.close("}");
    out.close("}");
    out.blank();
    line!(out, "#[inline]");
    open!(out, "fn write(&self, w: &mut {rt}::Writer<'_>) {{");
    open!(out, "match self {{");
    each(out, &|out, ident, _| line!(out, "Self::{ident}(event) => w.value(event),"));
    line!(out, "Self::Unknown(event) => w.value(&event.data),");
    out.close("}");
    out.close("}");
    out.close("}");
}
