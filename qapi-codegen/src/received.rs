//! The types that a client receives: those reached from returned values and from events.

use qapi_parser::schema::{Schema, Type, TypeId};

/// Returns, by type, true for the types that a client receives.
pub(crate) fn received(schema: &Schema) -> Vec<bool> {
    let mut seen = vec![false; schema.types().len()];
    let returned = schema.commands().iter().filter_map(|command| command.returns);
    let data = schema.events().iter().filter_map(|event| event.data);
    let mut work: Vec<TypeId> = returned.chain(data).collect();
    while let Some(id) = work.pop() {
        if std::mem::replace(&mut seen[id.index()], true) {
            continue;
        }
        match schema.ty(id) {
            Type::Builtin(_) | Type::Enum(_) => {}
            Type::Array(ty) => work.push(ty.element),
            Type::Object(ty) => {
                let branches = ty.branches.iter().flat_map(|branches| &branches.branches);
                work.extend(ty.members.iter().map(|member| member.ty));
                work.extend(branches.map(|branch| branch.ty));
            }
            Type::Alternate(ty) => work.extend(ty.alternatives.iter().map(|branch| branch.ty)),
        }
    }
    seen
}
