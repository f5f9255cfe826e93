//! `.help`: descriptions of the shell, of commands and of events.

use std::fmt::Write;

use qapi::introspect::{Entity, EntityKind};

use super::builtins::BUILTINS;
use super::model::Model;
use super::term::PathStep;
use super::types::{alternatives, follow, of_kind};

const SYNTAX: &str = "\
COMMAND [NAME=VALUE]...     execute a command; a.b=VALUE sets a member, a.0.b one of an element
COMMAND {JSON}              the same with all arguments as JSON, in either quotes
{\"execute\": ...}            execute a message
transaction( ... )          actions, one a line or all on one
# ...                       a comment
";

/// Describes the shell, or a command, an event or a part of their arguments by a path with dots.
pub(super) fn describe(model: &Model, name: Option<&str>) -> Option<String> {
    let Some(path) = name else { return Some(shell()) };
    let (name, steps) = match path.split_once('.') {
        Some((name, path)) => (name, path.split('.').collect()),
        None => (path, Vec::new()),
    };
    let entity = model.command(name).or_else(|| model.event(name))?;
    let mut text = String::new();
    if steps.is_empty() {
        let kind = if entity.kind() == EntityKind::Command { "command" } else { "event" };
        line(&mut text, &format!("{kind} {name}{}", features(entity)));
        members(&mut text, entity.arguments()?);
        if let Some(returns) = entity.returns() {
            line(&mut text, &format!("returns {}", type_name(returns)));
            members(&mut text, of_element(returns));
        }
        return Some(text);
    }
    let mut ty = entity.arguments()?;
    for step in steps {
        ty = follow(of_element(ty), None, &PathStep::Member(step.to_owned()))
            .map(|(ty, _)| ty)
            .or_else(|| ty.member(step))?;
    }
    line(&mut text, &format!("{path}: {}{}", type_name(ty), features(ty)));
    members(&mut text, of_element(ty));
    Some(text)
}

fn shell() -> String {
    let mut text = SYNTAX.to_owned();
    for (name, arguments, purpose) in BUILTINS {
        line(&mut text, &format!("{:<27} {purpose}", format!("{name} {arguments}")));
    }
    text
}

/// Lists the members of an object type and of its branches.
fn members(text: &mut String, ty: Entity<'_>) {
    let Some(object) = of_kind(ty, EntityKind::Object) else { return };
    for (name, ty) in object.members() {
        let optional = if ty.is_optional() { ", optional" } else { "" };
        line(text, &format!("  {name}: {}{optional}{}", type_name(ty), features(ty)));
    }
    let Some(tag) = object.tag() else { return };
    let values = object.members().find(|(name, _)| *name == tag).map(|(_, ty)| ty.values());
    for value in values.into_iter().flatten() {
        let Some(branch) = object.branch(value) else { continue };
        let names: Vec<&str> = branch.members().map(|(name, _)| name).collect();
        if !names.is_empty() {
            line(text, &format!("  with {tag}={value}: {}", names.join(", ")));
        }
    }
}

fn type_name(ty: Entity<'_>) -> String {
    let names = alternatives(ty).into_iter().map(|ty| match ty.kind() {
        EntityKind::String => "string".to_owned(),
        EntityKind::Integer => "integer".to_owned(),
        EntityKind::Number => "number".to_owned(),
        EntityKind::Boolean => "boolean".to_owned(),
        EntityKind::Null => "null".to_owned(),
        EntityKind::Enum => ty.values().collect::<Vec<_>>().join("|"),
        EntityKind::Array => "array".to_owned(),
        EntityKind::Object => "object".to_owned(),
        _ => "any".to_owned(),
    });
    let name = names.collect::<Vec<_>>().join(" or ");
    match ty.element() {
        // An array of arrays needs no more than this.
        Some(element) if element.element().is_none() => format!("array of {}", type_name(element)),
        _ => name,
    }
}

/// Returns the type of an array's elements, or another type itself.
fn of_element(ty: Entity<'_>) -> Entity<'_> {
    of_kind(ty, EntityKind::Array).and_then(|array| array.element()).unwrap_or(ty)
}

fn features(entity: Entity<'_>) -> String {
    let features: Vec<&str> = entity.features().collect();
    if features.is_empty() { String::new() } else { format!(" [{}]", features.join(", ")) }
}

fn line(text: &mut String, content: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{content}");
}
