//! Links from documentation to generated items.

use super::Subject;
use super::inline::{Links, code_span};
use crate::context::Context;
use crate::targets::Target;
use crate::ty::Scope;

impl Links for Subject<'_> {
    fn reference(&self, name: &str) -> String {
        let feature = || self.definition.features.iter().any(|feature| feature.name == name);
        if self.locals.contains(&name) || feature() {
            return code_span(name);
        }
        link(self.cx, name, self.scope).unwrap_or_else(|| code_span(name))
    }
}

/// Derive macros of Rust's prelude. A link to a type with such a name must say that it means the
/// type.
const DERIVES: &[&str] =
    &["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// Returns a link to the type, command or event called `name`, from documentation in `scope`. An
/// item under a `cfg` has none, because the link would be broken without the item.
fn link(cx: &Context<'_>, name: &str, scope: Scope) -> Option<String> {
    let prefix = scope.prefix();
    let (path, presence) = match cx.targets.get(name)? {
        Target::Type(id) => {
            let path = match cx.extern_type(id) {
                Some(ty) => ty.link.clone(),
                None => format!("{prefix}{}", cx.names.ty(id)),
            };
            (path, cx.type_presence(id))
        }
        Target::Command(id) => {
            let definition = &cx.schema.command(id).definition;
            let path = format!("{prefix}commands::{}", cx.names.command(name));
            (path, cx.entity_presence(definition))
        }
        Target::Event(id) => {
            let definition = &cx.schema.event(id).definition;
            let path = format!("{prefix}events::{}", cx.names.event(name));
            (path, cx.entity_presence(definition))
        }
    };
    if !presence.is_always() {
        return None;
    }
    if DERIVES.contains(&path.as_str()) {
        return Some(format!("[`{name}`](type@{path})"));
    }
    Some(if path == name { format!("[`{name}`]") } else { format!("[`{name}`]({path})") })
}
