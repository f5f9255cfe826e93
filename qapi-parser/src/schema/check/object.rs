//! Structs, and what unions share with them: bases, members and their clashes.

use std::collections::HashSet;
use std::rc::Rc;

use super::{Checker, MAX_DEPTH, OwnedName, Seen, State, builtin_definition};
use crate::ast;
use crate::expression::Text;
use crate::schema::declare::{Base, ObjectDeclaration, Source};
use crate::schema::error::SchemaError;
use crate::schema::fold::FoldedName;
use crate::schema::types::*;

impl<'a> Checker<'a> {
    /// Checks an object type unless that has been done, and says whether it is sound.
    pub(super) fn object(&mut self, id: TypeId) -> bool {
        match self.states[id.index()] {
            State::Sound => return true,
            State::Failed => return false,
            State::InProgress => {
                self.object_error(id, |name| SchemaError::ContainsItself { name });
                return false;
            }
            State::Pending => {}
        }
        if self.depth == MAX_DEPTH {
            self.object_error(id, |name| SchemaError::TooDeep { name });
            self.states[id.index()] = State::Failed;
            return false;
        }
        self.states[id.index()] = State::InProgress;
        self.depth += 1;
        let declarations = self.declarations;
        let checked = declarations.object(id).and_then(|object| self.check_object(id, object));
        self.depth -= 1;
        self.finish(id, checked.map(Type::Object))
    }

    fn object_error(&mut self, id: TypeId, error: impl FnOnce(String) -> SchemaError) {
        if let Some(object) = self.declarations.object(id)
            && let Some(source) = object.source
        {
            self.reporter.error(source, source.ast.name.span, error(object.name.to_string()));
        }
    }

    fn check_object(&mut self, id: TypeId, object: &ObjectDeclaration<'a>) -> Option<ObjectType> {
        let Some(source) = object.source else { return Some(empty_object()) };
        let errors = self.reporter.errors();
        let implied = matches!(object.origin, ObjectOrigin::Base | ObjectOrigin::Arguments);
        if !implied {
            self.check_type_features(source);
        }
        let base = self.base(object.base, source);
        let mut seen = Seen::new();
        let mut members = Vec::new();
        if let Ok(Some(base)) = base {
            self.expand(self.checked_object(base)?.members.len(), source).then_some(())?;
            seen.extend(
                self.own_names(base).into_iter().map(|name| (FoldedName(&name.0.text), name)),
            );
            members.extend(self.checked_object(base)?.members.iter().cloned());
        }
        let inherited = members.len();
        for member in object.members {
            members.extend(self.member(member, id, source));
            self.check_member_clash(&member.name, id, source, &mut seen);
        }
        let branches = match object.union {
            Some(union) if base.is_ok() => self.branches(union, source, &members, &seen),
            _ => None,
        };
        self.check_depth(id, object, base.ok().flatten(), branches.as_ref());
        if base.is_err()
            || self.reporter.errors() > errors
            || object.union.is_some() && branches.is_none()
        {
            return None;
        }
        let definition =
            if implied { self.implied(source, &object.name) } else { self.defined(source) };
        let local_members = members[inherited..].to_vec();
        Some(ObjectType {
            definition,
            origin: object.origin,
            base: base.ok().flatten(),
            local_members,
            members,
            branches,
        })
    }

    /// The base, if there is one; an error has been reported, here or earlier, if it is unfit.
    fn base(&mut self, base: Base<'a>, source: Source<'a>) -> Result<Option<TypeId>, ()> {
        let id = match base {
            Base::None => return Ok(None),
            Base::Implicit(id) => id,
            Base::Named(name) => {
                let id = self.resolve(name, source, || "'base'".to_owned()).ok_or(())?;
                if self.declarations.object(id).is_none_or(|object| object.union.is_some()) {
                    let described = self.declarations.describe(id);
                    self.reporter.error(
                        source,
                        name.span,
                        SchemaError::BaseNotStruct { described },
                    );
                    return Err(());
                }
                id
            }
        };
        if self.object(id) { Ok(Some(id)) } else { Err(()) }
    }

    fn member(
        &mut self,
        member: &ast::Member,
        owner: TypeId,
        source: Source<'a>,
    ) -> Option<Member> {
        let name = &member.name.text;
        let user = (&member.name, owner);
        let ty = self.resolve_ref(&member.ty, source, |cx| cx.describe_member(user, source));
        self.check_feature_clash(&member.features, source);
        Some(Member {
            name: name.clone(),
            ty: ty?,
            optional: member.optional,
            cond: member.cond.clone(),
            features: self.features(&member.features, source),
            defined_in: owner,
            doc: self.member_doc(source, name),
            span: Some(member.name.span),
        })
    }

    /// The type that a member or branch names; an array's element is checked with the array.
    pub(super) fn resolve_ref(
        &mut self,
        ty: &ast::TypeRef,
        source: Source<'a>,
        user: impl FnOnce(&Self) -> String,
    ) -> Option<TypeId> {
        if ty.array {
            return self.declarations.type_named(&format!("{}List", ty.name.text));
        }
        if let Some(found) = self.declarations.type_named(&ty.name.text) {
            return Some(found);
        }
        let user = user(self);
        self.resolve(&ty.name, source, || user)
    }

    fn check_member_clash(
        &mut self,
        name: &'a Text,
        owner: TypeId,
        source: Source<'a>,
        seen: &mut Seen<'a>,
    ) {
        let second = (name, owner);
        if let Some(first) = seen.insert(FoldedName(&name.text), second) {
            self.member_clash(name.span, second, first, source);
        }
    }

    /// Refuses what nests too deep although every step of it was checked by itself.
    fn check_depth(
        &mut self,
        id: TypeId,
        object: &ObjectDeclaration<'a>,
        base: Option<TypeId>,
        branches: Option<&Branches>,
    ) {
        let held =
            base.into_iter().chain(branches.into_iter().flat_map(|b| &b.branches).map(|b| b.ty));
        let depth = held.map(|held| self.depths[held.index()] + 1).max().unwrap_or(0);
        self.depths[id.index()] = depth;
        if depth > MAX_DEPTH {
            self.object_error(id, |_| SchemaError::TooDeep { name: object.name.to_string() });
        }
    }

    /// The members of a sound object type, those of its base first, without those of branches.
    fn own_names(&self, id: TypeId) -> Vec<OwnedName<'a>> {
        let mut chain = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next
            && let Some(object) = self.declarations.object(id)
        {
            chain.push((id, object.members));
            next = match object.base {
                Base::None => None,
                Base::Named(name) => self.declarations.type_named(&name.text),
                Base::Implicit(id) => Some(id),
            };
        }
        let names = |(id, members): (TypeId, &'a [ast::Member])| {
            members.iter().map(move |member| (&member.name, id))
        };
        chain.into_iter().rev().flat_map(names).collect()
    }

    /// All members of a sound object type, those of its branches too, each name once; none if there would be too many.
    pub(super) fn reachable_names(
        &mut self,
        id: TypeId,
        source: Source<'a>,
    ) -> Rc<[OwnedName<'a>]> {
        if let Some(names) = self.reachable.get(&id) {
            return Rc::clone(names);
        }
        let mut names = self.own_names(id);
        let union = self.declarations.object(id).and_then(|object| object.union);
        if let Some(union) = union {
            let mut seen: HashSet<FoldedName> =
                names.iter().map(|name| FoldedName(&name.0.text)).collect();
            for branch in union.branches {
                let Some(ty) = self.declarations.type_named(&branch.ty.name.text) else { continue };
                let held = self.reachable_names(ty, source);
                if !self.expand(held.len(), source) {
                    names.clear();
                    break;
                }
                names.extend(held.iter().filter(|name| seen.insert(FoldedName(&name.0.text))));
            }
        }
        let names: Rc<[OwnedName]> = names.into();
        self.reachable.insert(id, Rc::clone(&names));
        names
    }
}

/// The built-in type without members.
fn empty_object() -> ObjectType {
    ObjectType {
        definition: builtin_definition("q_empty"),
        origin: ObjectOrigin::Empty,
        base: None,
        local_members: Vec::new(),
        members: Vec::new(),
        branches: None,
    }
}
