//! Simple unions, which QEMU had before 6.2: a union without base and discriminator.
//!
//! `{ 'union': 'U', 'data': { 'a': 'T' } }` stands for an enum `UKind` of the branches' names, an
//! object `q_obj_T-wrapper` with the member `data` for each type of a branch, and a union whose own
//! member `type` is the tag. The names are those that QEMU gave them.

use std::collections::{HashMap, HashSet};

use crate::ast::{Branch, Definition, DefinitionBody, EnumValue, File, Item, Member, TypeRef};
use crate::cond::IfCond;
use crate::expression::{Object, Text};

/// The name of the tag.
const TAG: &str = "type";

/// The keys that a simple union may have.
const KEYS: [&str; 4] = ["union", "data", "if", "features"];

/// Returns true if a union's object is that of a simple union.
pub(crate) fn is_simple(union: &Object) -> bool {
    union.get("data").is_some()
        && union.members.iter().all(|(key, _)| KEYS.contains(&key.text.as_str()))
}

/// Makes the union called `name` of its branches; [`expand`] has to follow.
pub(crate) fn with_tag(name: &Text, branches: Vec<Branch>) -> DefinitionBody {
    let text = |text: String| Text { text, span: name.span };
    let tag = Member {
        name: text(TAG.to_owned()),
        optional: false,
        ty: TypeRef { name: text(kind_enum(&name.text)), array: false },
        cond: None,
        features: Vec::new(),
    };
    let discriminator = text(TAG.to_owned());
    DefinitionBody::Union { base: None, members: vec![tag], discriminator, branches }
}

/// Defines the types that simple unions imply before each of them.
pub(crate) fn expand(file: &mut File) {
    let is_simple = |item: &Item| match item {
        Item::Definition(definition) => {
            matches!(definition.kind, DefinitionBody::Union { base: None, .. })
        }
        Item::Include(_) | Item::FreeForm(_) => false,
    };
    if !file.items.iter().any(is_simple) {
        return;
    }
    let conditions = conditions(file);
    let mut wrapped = HashSet::new();
    for mut item in std::mem::take(&mut file.items) {
        if let Item::Definition(definition) = &mut item
            && let DefinitionBody::Union { base: None, branches, .. } = &mut definition.kind
        {
            let mut implied = Vec::new();
            for branch in branches.iter_mut() {
                let (wrapper, content) = wrap(branch);
                if wrapped.insert(wrapper.text.clone()) {
                    let cond = conditions.get(&content.ty.name.text).cloned();
                    let kind = DefinitionBody::Struct { base: None, members: vec![content] };
                    implied.push((wrapper, kind, cond));
                }
            }
            let values = branches.iter().map(value).collect();
            let name = kind_enum(&definition.name.text);
            let name = Text { text: name, span: definition.name.span };
            let kind = DefinitionBody::Enum { prefix: None, values };
            implied.push((name, kind, definition.cond.clone()));
            let span = definition.span;
            let union = &definition.name.text;
            file.items.extend(implied.into_iter().map(|(name, kind, cond)| {
                let features = Vec::new();
                let doc = None;
                let implied_by = Some(union.clone());
                let definition = Definition { name, kind, cond, features, doc, span, implied_by };
                Item::Definition(Box::new(definition))
            }));
        }
        file.items.push(item);
    }
}

/// Collects the conditions of definitions: a wrapper has that of the type it wraps.
fn conditions(file: &File) -> HashMap<String, IfCond> {
    let condition = |item: &Item| match item {
        Item::Definition(definition) => {
            Some((definition.name.text.clone(), definition.cond.clone()?))
        }
        Item::Include(_) | Item::FreeForm(_) => None,
    };
    file.items.iter().filter_map(condition).collect()
}

/// Replaces the type of a branch by its wrapper; returns the wrapper's name and member.
fn wrap(branch: &mut Branch) -> (Text, Member) {
    let span = branch.ty.name.span;
    let list = if branch.ty.array { "List" } else { "" };
    let wrapper = Text { text: format!("q_obj_{}{list}-wrapper", branch.ty.name.text), span };
    let ty = TypeRef { name: wrapper.clone(), array: false };
    let content = Member {
        name: Text { text: "data".to_owned(), span },
        optional: false,
        ty: std::mem::replace(&mut branch.ty, ty),
        cond: None,
        features: Vec::new(),
    };
    (wrapper, content)
}

/// Returns the value of the kind enum for a branch.
fn value(branch: &Branch) -> EnumValue {
    EnumValue { name: branch.name.clone(), cond: branch.cond.clone(), features: Vec::new() }
}

fn kind_enum(union: &str) -> String {
    format!("{union}Kind")
}
