//! Object types: bases, members and their clashes, of structs and unions alike.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

use super::{CheckState, Checker, MAX_NESTED_UNIONS, OwnedName, Seen, builtin_definition};
use crate::ast;
use crate::expression::Text;
use crate::schema::declaration::{Base, ObjectDeclaration};
use crate::schema::error::SchemaError;
use crate::schema::fold::folded;
use crate::schema::source_definition::SourceDefinition;
use crate::schema::types::*;

/// Maximum depth of recursion. Types nested deeper are checked with an explicit stack.
const MAX_RECURSION: usize = 32;

impl<'a> Checker<'a> {
    /// Checks an object type unless that has been done. Returns true if it is sound.
    pub(super) fn object(&mut self, id: TypeId) -> bool {
        match self.states[id.index()] {
            CheckState::Sound => return true,
            CheckState::Failed => return false,
            CheckState::InProgress => {
                self.object_error(id, |name| SchemaError::ContainsItself { name });
                return false;
            }
            CheckState::Pending => {}
        }
        self.states[id.index()] = CheckState::InProgress;
        if self.recursion == MAX_RECURSION {
            return self.innermost_first(id);
        }
        self.check_in_progress(id)
    }

    fn check_in_progress(&mut self, id: TypeId) -> bool {
        self.recursion += 1;
        let declarations = self.declarations;
        let checked = declarations.object(id).and_then(|object| self.check_object(id, object));
        self.recursion -= 1;
        self.finish(id, checked.map(Type::Object))
    }

    /// Checks an object type after the types that it consists of. Recursion would report the
    /// outermost one first, as QEMU does, but the input decides how deep they nest.
    fn innermost_first(&mut self, id: TypeId) -> bool {
        let mut path = vec![(id, self.parts_of(id))];
        let mut sound = false;
        while let Some((id, parts)) = path.last_mut() {
            match parts.pop() {
                None => {
                    sound = self.check_in_progress(*id);
                    path.pop();
                }
                Some(part) if self.states[part.index()] == CheckState::Pending => {
                    self.states[part.index()] = CheckState::InProgress;
                    path.push((part, self.parts_of(part)));
                }
                Some(_) => {}
            }
        }
        sound
    }

    /// Returns the base and branches of an object type, the base last.
    fn parts_of(&self, id: TypeId) -> Vec<TypeId> {
        let Some(object) = self.declarations.object(id) else { return Vec::new() };
        let branches = object.union.map_or(&[][..], |union| union.branches);
        let branches = branches.iter().rev().map(|branch| &branch.ty.name);
        let named = |name: &Text| self.declarations.type_named(&name.text);
        branches
            .filter_map(named)
            .chain(self.base_of(object))
            .filter(|&part| self.declarations.object(part).is_some())
            .collect()
    }

    fn base_of(&self, object: &ObjectDeclaration) -> Option<TypeId> {
        match object.base {
            Base::None => None,
            Base::Named(name) => self.declarations.type_named(&name.text),
            Base::Implicit(id) => Some(id),
        }
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
            let inherited = self.own_names(base);
            seen.extend(inherited.iter().map(|name| (folded(&name.0.text), *name)));
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
        self.check_nested_unions(id, object, base.ok().flatten(), branches.as_ref());
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

    /// Checks the base and returns it, if there is one. If it is unfit, an error has been reported,
    /// here or earlier.
    fn base(&mut self, base: Base<'a>, source: SourceDefinition<'a>) -> Result<Option<TypeId>, ()> {
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
        source: SourceDefinition<'a>,
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

    /// Returns the type that a member or branch names. Arrays check their elements.
    pub(super) fn resolve_ref(
        &mut self,
        ty: &ast::TypeRef,
        source: SourceDefinition<'a>,
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
        source: SourceDefinition<'a>,
        seen: &mut Seen<'a>,
    ) {
        let second = (name, owner);
        if let Some(first) = seen.insert(folded(&name.text), second) {
            self.member_clash(name.span, second, first, source);
        }
    }

    fn check_nested_unions(
        &mut self,
        id: TypeId,
        object: &ObjectDeclaration<'a>,
        base: Option<TypeId>,
        branches: Option<&Branches>,
    ) {
        let inherited = base.map(|base| self.nested_unions[base.index()]);
        let branches = branches.into_iter().flat_map(|branches| &branches.branches);
        let held = branches.map(|branch| self.nested_unions[branch.ty.index()] + 1);
        let nested = inherited.into_iter().chain(held).max().unwrap_or(0);
        self.nested_unions[id.index()] = nested;
        if nested > MAX_NESTED_UNIONS {
            self.object_error(id, |_| SchemaError::TooDeep { name: object.name.to_string() });
        }
    }

    /// Returns the members of a sound object type, those of its base first, without those of
    /// branches.
    fn own_names(&mut self, id: TypeId) -> Rc<[OwnedName<'a>]> {
        if let Some(names) = self.own.get(&id) {
            return Rc::clone(names);
        }
        let declarations = self.declarations;
        let object = declarations.object(id);
        let members = object.map_or(&[][..], |object| object.members);
        // A sound type's base has been checked, which stored its names.
        let inherited = object.and_then(|object| self.base_of(object));
        let inherited = inherited.and_then(|base| self.own.get(&base));
        let names = match inherited {
            Some(inherited) if members.is_empty() => Rc::clone(inherited),
            _ => {
                let inherited = inherited.into_iter().flat_map(|names| names.iter().copied());
                inherited.chain(members.iter().map(|member| (&member.name, id))).collect()
            }
        };
        self.own.insert(id, Rc::clone(&names));
        names
    }

    /// Returns all members of a sound object type including those of its branches, each name once;
    /// none if there are too many.
    pub(super) fn reachable_names(
        &mut self,
        id: TypeId,
        source: SourceDefinition<'a>,
    ) -> Rc<[OwnedName<'a>]> {
        if let Some(names) = self.reachable.get(&id) {
            return Rc::clone(names);
        }
        let mut names = self.own_names(id).to_vec();
        let union = self.declarations.object(id).and_then(|object| object.union);
        if let Some(union) = union {
            let mut seen: HashSet<Cow<str>> =
                names.iter().map(|name| folded(&name.0.text)).collect();
            for branch in union.branches {
                let Some(ty) = self.declarations.type_named(&branch.ty.name.text) else { continue };
                let held = self.reachable_names(ty, source);
                if !self.expand(held.len(), source) {
                    names.clear();
                    break;
                }
                names.extend(held.iter().filter(|name| seen.insert(folded(&name.0.text))));
            }
        }
        let names: Rc<[OwnedName]> = names.into();
        self.reachable.insert(id, Rc::clone(&names));
        names
    }
}

/// Returns the built-in type without members.
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
