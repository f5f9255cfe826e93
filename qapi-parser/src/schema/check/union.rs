//! Unions: the discriminator and the branches for its values.

use std::collections::HashSet;

use super::{Checker, Seen};
use crate::schema::declaration::{UnionDeclaration, Values};
use crate::schema::error::SchemaError;
use crate::schema::fold::folded;
use crate::schema::source_definition::SourceDefinition;
use crate::schema::types::*;

impl<'a> Checker<'a> {
    /// Returns the branches of a union whose base has `members`; `None` if one of them is unfit.
    pub(super) fn branches(
        &mut self,
        union: UnionDeclaration<'a>,
        source: SourceDefinition<'a>,
        members: &[Member],
        seen: &Seen<'a>,
    ) -> Option<Branches> {
        let (tag, values) = self.discriminator(union, source, members)?;
        self.expand(values.len(), source).then_some(())?;
        let described = self.declarations.describe(members[tag].ty);
        let known: HashSet<&str> = values.iter().map(|(name, _)| *name).collect();
        let given: HashSet<&str> =
            union.branches.iter().map(|branch| branch.name.text.as_str()).collect();
        let errors = self.reporter.errors();
        let mut branches = Vec::with_capacity(values.len());
        let mut sound = true;
        for branch in union.branches {
            let name = &branch.name.text;
            let ty = self.resolve_ref(&branch.ty, source, |_| format!("branch '{name}'"));
            if !known.contains(name.as_str()) {
                let nearest = self.nearest(name, values.iter().map(|(value, _)| *value));
                let error = SchemaError::BranchNotValue {
                    name: name.clone(),
                    described: described.clone(),
                    nearest,
                };
                self.reporter.error(source, branch.name.span, error);
            }
            let Some(ty) = ty else { continue };
            if self.declarations.object(ty).is_none() {
                let error = SchemaError::BranchType {
                    branch: format!("branch '{name}'"),
                    described: self.declarations.describe(ty),
                };
                self.reporter.error(source, branch.ty.name.span, error);
                continue;
            }
            sound &= self.object(ty);
            branches.push(Branch {
                name: name.clone(),
                ty,
                cond: branch.cond.clone(),
                doc: None,
                span: Some(branch.name.span),
                implicit: false,
            });
        }
        if !sound || self.reporter.errors() > errors {
            return None;
        }
        self.check_branch_clashes(union, &branches, source, seen);
        let empty = self.declarations.type_named("q_empty")?;
        let left_out =
            values.iter().filter(|(name, _)| !given.contains(name)).map(|(name, cond)| Branch {
                name: (*name).to_owned(),
                ty: empty,
                cond: cond.cloned(),
                doc: None,
                span: Some(source.ast.span),
                implicit: true,
            });
        branches.extend(left_out);
        Some(Branches { tag, branches })
    }

    /// Returns the place of the discriminator among `members`, and its values.
    fn discriminator(
        &mut self,
        union: UnionDeclaration<'a>,
        source: SourceDefinition<'a>,
        members: &[Member],
    ) -> Option<(usize, Values<'a>)> {
        let span = union.discriminator.span;
        let name = &union.discriminator.text;
        let Some(tag) = members.iter().position(|member| member.name == *name) else {
            let nearest = self.nearest(name, members.iter().map(|member| member.name.as_str()));
            let error = SchemaError::UnknownDiscriminator { name: name.clone(), nearest };
            self.reporter.error(source, span, error);
            return None;
        };
        let member = &members[tag];
        let (name, base) = (name.clone(), self.describe_base(member.defined_in));
        let Some(values) = self.declarations.values(member.ty) else {
            self.reporter.error(source, span, SchemaError::DiscriminatorNotEnum { name, base });
            return None;
        };
        if member.optional {
            self.reporter.error(source, span, SchemaError::DiscriminatorOptional { name, base });
            return None;
        }
        if member.cond.is_some() {
            self.reporter.error(source, span, SchemaError::DiscriminatorConditional { name, base });
            return None;
        }
        if values.is_empty() && union.branches.is_empty() {
            self.reporter.error(source, span, SchemaError::NoBranches);
            return None;
        }
        Some((tag, values))
    }

    fn describe_base(&self, owner: TypeId) -> String {
        match self.declarations.object(owner) {
            Some(object) if object.origin == ObjectOrigin::Struct => {
                format!("base type '{}'", object.name)
            }
            _ => "'base'".to_owned(),
        }
    }

    /// Reports members of branches that clash with those of the base.
    fn check_branch_clashes(
        &mut self,
        union: UnionDeclaration<'a>,
        branches: &[Branch],
        source: SourceDefinition<'a>,
        seen: &Seen<'a>,
    ) {
        for (branch, declared) in branches.iter().zip(union.branches) {
            let names = self.reachable_names(branch.ty, source);
            if !self.expand(names.len(), source) {
                return;
            }
            let clash =
                names.iter().find_map(|name| Some((*name, *seen.get(&folded(&name.0.text))?)));
            if let Some((second, first)) = clash {
                self.member_clash(declared.ty.name.span, second, first, source);
            }
        }
    }
}
